"""Random whole numbers that are the same on every machine and under every numpy.

numpy promises the stream of a bit generator, not what its distributions make of it; so only raw
64-bit words are taken from PCG64, and scaled here by multiplying and shifting.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["Draws"]


class Draws:
    """A seeded source of arrays of int64."""

    def __init__(self, *seeds: int) -> None:
        """Start the stream of `seeds`: the same seeds give the same numbers."""
        self._words = np.random.PCG64(np.random.SeedSequence(list(seeds)))

    def below(self, bound: int, count: int) -> np.ndarray:
        """Return `count` numbers from 0 to bound - 1; bound is at most 2^32. O(count)."""
        assert 1 <= bound <= 1 << 32, bound
        words: np.ndarray = self._words.random_raw(count)
        # The upper half of each word times the bound: exact, and even to within 2^-32.
        return (((words >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)

    def wide_below(self, bound: int, count: int) -> np.ndarray:
        """Return `count` numbers from 0 to bound - 1; bound is at most 2^53. O(count)."""
        assert 1 <= bound <= 1 << 53, bound
        words: np.ndarray = self._words.random_raw(count)
        return (words % np.uint64(bound)).astype(np.int64)

    def chosen(self, weights: Sequence[int], count: int) -> np.ndarray:
        """Return `count` indices, each as often as its weight says. O(count log weights)."""
        edges = np.cumsum(np.array(weights, np.int64))
        return np.searchsorted(edges, self.below(int(edges[-1]), count), side="right")

    def between(self, lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
        """Return a number from lows[i] to highs[i] for each i; the spans are below 2^31. O(n)."""
        words: np.ndarray = self._words.random_raw(lows.size) >> np.uint64(32)
        spans = (highs - lows + 1).astype(np.uint64)
        return lows + ((words * spans) >> np.uint64(32)).astype(np.int64)
