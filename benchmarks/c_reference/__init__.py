"""The book and the full path in C, on the same memory: what a compiler of C makes of them."""
