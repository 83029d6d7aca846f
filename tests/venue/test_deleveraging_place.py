"""The ADL indicator of an account, as an embedding program asks for it (LOSS-04, DFT-022)."""

import pytest

from hkperp_engine.codes import Side
from hkperp_engine.errors import RequestError
from test_venue import BUYER, SELLER, traded

MILLION = 1_000_000


def test_place_in_the_queue() -> None:
    """At 900,000 the buyer at 900,500 has lost, the seller has won: each is alone on its side."""
    venue = traded()
    (long,), (short,) = (venue.deleveraging_queue(0, side) for side in Side)
    assert (long.wallet, long.lots, long.rank, long.count, long.lights) == (BUYER, 2, 1, 1, 5)
    assert (short.wallet, short.lots, short.rank, short.count, short.lights) == (
        SELLER,
        -2,
        1,
        1,
        5,
    )
    assert long.score_ppb < 0 < short.score_ppb
    assert (long.gain_quote, long.loss_rank) == (0, 0), "nothing to give to a loss"
    assert (short.gain_quote, short.loss_rank) == (MILLION, 1)
    assert short.gain_quote == venue.account(SELLER).variation_quote
    assert venue.deleveraging_place(BUYER, 0) == long
    assert venue.deleveraging_place(SELLER, 0) == short
    assert venue.deleveraging_place(3, 0) is None, "the house is never deleveraged"


def test_who_is_not_there_has_no_place() -> None:
    venue = traded()
    with pytest.raises(RequestError, match="contract: "):
        venue.deleveraging_queue(1, Side.BUY)
    with pytest.raises(RequestError, match="wallet: "):
        venue.deleveraging_place(18, 0)
