"""Letters about deleveraging: the price in effect, and what would have put others first."""

from fractions import Fraction

import pytest

from crash_run import PACKS, crash_folder
from hkperp.letters.deleverage import closing_of, effective_price, more_for_less
from hkperp.letters.losses import Losses
from hkperp.reports.decisions import Decision, Happening, Reader, decisions
from hkperp.reports.run_folder import LOG_NAME, read_record
from hkperp.reports.wording import Terms
from hkperp_engine.codes import Event, Layer
from hkperp_engine.units import PPB
from letters_of import letter_to

PACK = PACKS[2]
CLIENTS = range(16, 16 + 222)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(crash_folder() / PACK / LOG_NAME)


@pytest.fixture(scope="module")
def closed(reader: Reader) -> list[Decision]:
    """Every deleveraging of the small crash."""
    every = (each for wallet in CLIENTS for each in decisions(reader, wallet))
    return [each for each in every if each.what == Happening.DELEVERAGING]


def terms_of(row: dict[str, int]) -> Terms:
    return read_record(crash_folder()).contracts[row["contract"]]


def score(each: Decision, equity: int) -> int:
    """The score of an account of one position, had it had that equity (machine.md 6.4)."""
    (leg,) = each.inputs.legs
    terms = terms_of(closing_of(each))
    value, entry = terms.value(leg.lots, leg.mark_ticks), abs(leg.entry_cost)
    gain = value - entry if leg.lots > 0 else entry - value
    assert gain > 0
    return (gain * PPB // entry) * (value * PPB // equity) // PPB


def test_the_least_that_would_have_put_others_first(
    reader: Reader, closed: list[Decision]
) -> None:
    """LOSS-04: with so much more the score is below the lowest that was closed, and not with a
    unit less.
    """
    losses, seen = Losses(reader), 0
    for each in closed:
        row, equity = closing_of(each), each.inputs.equity
        lowest = losses.lowest_score(row)
        assert score(each, equity) == row["counter_order_id"] >= lowest
        more = more_for_less(each, terms_of(row), lowest)
        assert (more is None) == (row["counter_order_id"] == lowest)
        if more is not None:
            assert score(each, equity + more) < lowest <= score(each, equity + more - 1)
            seen += 1
    assert seen > 5


def test_the_price_in_effect_is_the_mark_less_what_was_given_up(closed: list[Decision]) -> None:
    """LOSS-04: to a millionth of a unit of price; nobody gives up more than its gain."""
    for each in closed:
        row, (leg,) = closing_of(each), each.inputs.legs
        terms = terms_of(row)
        size = Fraction(row["lots"] * terms.lot_e8, 10**8)
        given = Fraction(row["amount"], 10**6) / size
        mark = Fraction(row["price_ticks"] * terms.tick_e8, 10**8)
        exact = mark - given if leg.lots > 0 else mark + given
        written = Fraction(effective_price(terms, row, leg.lots).replace(",", ""))
        assert abs(written - exact) <= Fraction(1, 10**6), (row, written, exact)
        assert 0 < row["amount"] <= each.inputs.variation


def test_layers_of_a_letter_are_those_of_the_log(reader: Reader, closed: list[Decision]) -> None:
    """LOSS-02: what a loss left for layer 5 is what those who were closed gave up for it."""
    losses = Losses(reader)
    given: dict[int, int] = {}
    for each in closed:
        row = closing_of(each)
        given[row["order_id"]] = given.get(row["order_id"], 0) + row["amount"]
    shared = reader.of(Event.ALLOCATION, Layer.LOSS_SHARING)
    shared = shared[shared["wallet"] >= CLIENTS[0]]
    assert len(given) > 1
    for loss_id, amount in given.items():
        assert amount == shared["amount"][shared["order_id"] == loss_id].sum()
        assert amount <= losses.of(loss_id).left <= losses.of(loss_id).short


def test_a_short_of_three_tenths_costs_400_000_in_effect() -> None:
    """LOSS-04: closed at 390,000.00 with 3,000.00 given up: the defaulter's bankruptcy price."""
    text = " ".join(letter_to("default-up/adl", "wong").split())
    assert (
        "it gave up 3,000.00 for loss 1 (layer 5), so the price was 400,000.00 in effect" in text
    )
    assert "the platform's first loss (layer 2) paid 1,000.00, the reserve fund (layer 3)" in text
    assert "bankruptcy price 400,000.00" in letter_to("default-up/adl", "daisy")
