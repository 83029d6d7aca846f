"""Reverse stress (STR-01): the smallest shock, up and down, that exhausts each layer.

A shock is a gap of all contracts together, run on the machine. First every 5 % is tried, then the
first such piece that exhausts a layer is halved until a tenth of a percent is left: the smallest
shock is exact to 0.1 %, provided that what a shock of some 5 % exhausts a larger one in the same
piece does, too.
"""

from collections.abc import Callable
from typing import NamedTuple

from hkperp.stress.outcome import Outcome
from hkperp.stress.pool import Pool
from hkperp.stress.shocks import gap, tenth_percent
from hkperp_engine.codes import Layer

__all__ = ["LAYERS", "MOST", "Reverse", "reverse"]

#: The largest shock that is tried, and the coarse step, tenths of a percent.
MOST = 950
_COARSE = 50

#: The layers that can be exhausted: of the last there is always enough.
LAYERS = tuple(layer for layer in Layer if layer != Layer.WIND_DOWN)


class Reverse(NamedTuple):
    """The smallest shock that exhausts a layer: tenths of a percent with sign, 0: none does.

    `within`: the largest shock that was tried, tenths of a percent with sign; less than MOST where
    the highest price of a contract does not allow more.
    """

    layer: Layer
    sign: int
    shock: int
    within: int
    deficit_quote: int


class _Search:
    """Shocks of one direction that were run, and which layers each exhausted."""

    def __init__(self, sign: int, most: int) -> None:
        self.sign, self.most = sign, most
        self.outcomes: dict[int, Outcome] = {}

    def grid(self) -> list[int]:
        """Return the coarse shocks."""
        return [*range(_COARSE, self.most, _COARSE), self.most] if self.most else []

    def between(self, layer: Layer) -> tuple[int, int] | None:
        """Return (does not, does exhaust) next to each other of what was tried, or None."""
        below = 0
        for shock in sorted(self.outcomes):
            if self.outcomes[shock].exhausted[layer - 1]:
                return below, shock
            below = shock
        return None

    def wanted(self) -> set[int]:
        """Return the shocks to be tried next: the middle of every piece that is not small yet."""
        pieces = {self.between(layer) for layer in LAYERS} - {None}
        return {(low + high) // 2 for low, high in filter(None, pieces) if high - low > 1}


def reverse(
    pool: Pool, contracts: int, upwards_most: int, progress: Callable[[int, int, str], None]
) -> list[Reverse]:
    """Return the smallest shock of each layer, down and up, in the order of the layers.

    `contracts`: how many there are; `upwards_most`: the largest rise that prices allow, tenths of
    a percent. About 40 runs for the grid and 6 a layer and direction.
    """
    searches = [_Search(-1, MOST), _Search(1, min(MOST, upwards_most))]
    wanted = [(search, shock) for search in searches for shock in search.grid()]
    while wanted:
        shocks = [gap(tenth_percent(each.sign * shock), contracts) for each, shock in wanted]
        for (search, shock), outcome in zip(wanted, pool.run(shocks, progress), strict=True):
            search.outcomes[shock] = outcome
        wanted = [(search, shock) for search in searches for shock in sorted(search.wanted())]
    return [_found(search, layer) for layer in LAYERS for search in searches]


def _found(search: _Search, layer: Layer) -> Reverse:
    piece = search.between(layer)
    sign, most = search.sign, search.sign * search.most
    if piece is None:
        return Reverse(layer, sign, 0, most, 0)
    return Reverse(layer, sign, sign * piece[1], most, search.outcomes[piece[1]].deficit_quote)
