"""Measurements against other code: the same algorithm in C, other books from Python."""
