"""Benchmarks that ship with the venue: the public tape, reference workloads, and their clock.

`hkperp bench` runs them. Every figure is preceded by a check of the outcome: a speed of a book
that gives wrong trades is not a speed. Import the module that is wanted; this one imports nothing.
"""

__all__: list[str] = []
