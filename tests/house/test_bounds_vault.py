"""int64 safety of the vault: every value formed in docs/gate.md section 4, as in bounds.py.

Units of an asset in the house are at most 2**61 (its EXTERNAL balance is bounded), and a deposit
that is looked at adds 2**60. Kernels with state get a body that builds the rows in exact integers.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from bounds import INT64_MAX, Formula, Int64, Interval, python_body
from hkperp_clearing import collateral, custody
from hkperp_clearing.layout import ASSET, ASSETS_MAX, LIMIT
from hkperp_engine.codes import HouseWallet
from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    ASSET_PRICE_PPB_MAX,
    EXPOSURE_QUOTE_MAX,
    HOUSE_QUOTE_MAX,
    LOTS_MAX,
    NOTIONAL_QUOTE_MAX,
    PPB,
)

Steps = Iterator[tuple[str, Interval]]

AMOUNT = (1, ACCOUNT_QUOTE_MAX)
UNITS = (0, custody.ASSET_UNITS_MAX)
PRICE = (1, ASSET_PRICE_PPB_MAX)
HAIRCUT = (0, PPB)
#: EXTERNAL and CONVERSION face the outside; together they are what the house has, turned over.
OUTSIDE = (-2 * HOUSE_QUOTE_MAX, 2 * HOUSE_QUOTE_MAX)
HOUSE = (0, HOUSE_QUOTE_MAX)
CAP = (1, HOUSE_QUOTE_MAX - 1)
TIME = (0, INT64_MAX // 2)
WALLETS_MAX = 10**6


class Rows(list):
    """Rows of a section in exact integers: it has a size, as an array does."""

    @property
    def size(self) -> int:
        return len(self)


class State(NamedTuple):
    """The sections that these kernels read."""

    engine: Rows = Rows()
    assets: Rows = Rows()
    wallets: Rows = Rows()
    balances: Rows = Rows()
    uncleared: Rows = Rows()
    limits: Rows = Rows()
    events: Rows = Rows()


def row(dtype, **fields):
    """A row of exact integers: same names, no 64 bits to hide in."""
    return {name: Int64(fields.get(name, 0)) for name in dtype.names}


def revalue_steps(price: Interval, haircut: Interval) -> Steps:
    factor = -haircut + PPB
    yield "factor", factor
    yield "whole * factor", (price // PPB) * factor
    yield "rest * factor", Interval(0, PPB - 1) * factor


def limit_steps(units: Interval, value_ppb: Interval) -> Steps:
    whole = units // PPB
    yield "whole", whole
    # the wide form is reached with whole <= 2**61 // value_ppb only
    yield "value", Interval(0, HOUSE_QUOTE_MAX) + value_ppb
    yield "2**61 // value_ppb", Interval.of(HOUSE_QUOTE_MAX) // value_ppb.within(1, value_ppb.high)


def house_steps(external: Interval, conversion: Interval, uncleared: Interval) -> Steps:
    both = external + conversion
    yield "both", both
    yield "turned over", -both.within(-2 * HOUSE_QUOTE_MAX, 0)
    ledger = Interval(0, 2 * HOUSE_QUOTE_MAX) - uncleared
    yield "ledger", ledger
    yield "break", ledger - Interval(0, 2**62)


def sum_steps(units: Interval, amount: Interval, cap: Interval) -> Steps:
    yield "units with the deposit", units + amount
    # a sum is left as soon as it is above the cap: what is added to is within it
    yield "total", Interval(0, cap.high) + Interval(0, HOUSE_QUOTE_MAX)


def room_steps(held: Interval, awaited: Interval, amount: Interval, external: Interval) -> Steps:
    yield "held and awaited", held + awaited
    yield "with the amount", held + awaited + amount
    yield "whole house", amount - external


def redeem_steps(units: Interval, par: Interval) -> Steps:
    proceeds = units * par // PPB
    yield "proceeds", proceeds
    yield "with the cash", proceeds + Interval(*HOUSE) + Interval(*HOUSE)
    assert proceeds.high <= ACCOUNT_QUOTE_MAX


def leaving_steps(cash: Interval, worth: Interval, variation: Interval, need: Interval) -> Steps:
    collateral_quote = worth * (ASSETS_MAX - 1)
    yield "collateral", collateral_quote
    settled = cash + collateral_quote + variation.within(variation.low, 0)
    yield "settled", settled
    free = settled - need
    yield "free", free
    yield "less funding", free - Interval(0, EXPOSURE_QUOTE_MAX // 8)


def age_steps(now: Interval, since: Interval) -> Steps:
    yield "age", now - since


def lots_steps(total: Interval) -> Steps:
    yield "one wallet more", total + Interval(0, LOTS_MAX)


def reverse_steps(amount: Interval, held: Interval, break_units: Interval) -> Steps:
    yield "missing", amount - held
    yield "found", amount - (amount - held).within(0, amount.high)
    yield "break left", break_units - amount


def run_price(price, par, haircut):
    asset = row(ASSET, par_ppb=par, haircut_ppb=haircut, depeg_ppb=ASSET_PRICE_PPB_MAX)
    state = State(engine=Rows([{"now_ns": Int64(TIME[1])}]), assets=Rows([asset]))
    python_body(collateral.price_asset)(state, 0, price)
    assert asset["valuation_ppb"] <= min(price, par or price)
    assert asset["below_ns"] == (TIME[1] if price < ASSET_PRICE_PPB_MAX else 0)


def run_limit_value(units, value_ppb):
    state = State(assets=Rows([row(ASSET, valuation_ppb=value_ppb)]))
    value = python_body(custody.limit_value)(state, 0, units)
    wanted = int(units) * int(value_ppb) // PPB
    assert value == min(wanted, HOUSE_QUOTE_MAX), (units, value_ppb)


def run_concentration(units, amount, cap, value_ppb):
    """Eight assets of which the house and one wallet have as much as they can."""
    count, wallets = ASSETS_MAX, 17
    assets = Rows(row(ASSET, valuation_ppb=value_ppb) for _ in range(count))
    names = ("cash", "account")
    state = State(
        assets=assets,
        wallets=Rows({name: Int64(0) for name in names} for _ in range(wallets)),
        balances=Rows(Int64(0) for _ in range(count * wallets)),
        uncleared=Rows(Int64(0) for _ in range(count * wallets)),
        limits=Rows([row(LIMIT, asset_mask=255, pool_cap_quote=cap, client_cap_quote=cap)]),
    )
    client = int(HouseWallet.CLIENTS)
    state.wallets[client]["account"] = Int64(client)
    state.wallets[0]["cash"] = -units
    state.wallets[client]["cash"] = units
    for asset in range(1, count):
        state.balances[asset] = -units
        state.balances[client * count + asset] = units
    held, more, rate = int(units), int(units) + int(amount), int(value_ppb)
    each, raised = (min(number * rate // PPB, HOUSE_QUOTE_MAX) for number in (held, more))
    body = python_body(custody.is_concentrated)
    assert bool(body(state, client, 1, amount)) == (7 * each + raised > int(cap))


FORMULAS = [
    Formula(
        "price_asset",
        {"price": PRICE, "par": (0, ASSET_PRICE_PPB_MAX), "haircut": HAIRCUT},
        lambda price, par, haircut: revalue_steps(price, haircut),
        run_price,
    ),
    Formula(
        "limit_value",
        {"units": (0, INT64_MAX), "value_ppb": (0, ASSET_PRICE_PPB_MAX)},
        limit_steps,
        run_limit_value,
    ),
    Formula(
        "is_concentrated",
        {"units": HOUSE, "amount": AMOUNT, "cap": CAP, "value_ppb": PRICE},
        lambda units, amount, cap, value_ppb: sum_steps(units, amount, cap),
        run_concentration,
        # the full product of the corners is large: all units are in one wallet or none are
        lambda units, **_: units in (0, 1, PPB - 1, HOUSE_QUOTE_MAX - 1, HOUSE_QUOTE_MAX),
    ),
    Formula(
        "ledger_units",
        {
            "external": OUTSIDE,
            "conversion": (-HOUSE_QUOTE_MAX, HOUSE_QUOTE_MAX),
            "uncleared": HOUSE,
        },
        house_steps,
    ),
    Formula(
        "balance_is_full",
        {"held": HOUSE, "awaited": HOUSE, "amount": AMOUNT, "external": OUTSIDE},
        room_steps,
    ),
    Formula("redeem", {"units": UNITS, "par": PRICE}, redeem_steps),
    Formula(
        "withdraw",
        {
            "cash": (0, ACCOUNT_QUOTE_MAX),
            "worth": (0, custody.ASSET_UNITS_MAX * (ASSET_PRICE_PPB_MAX // PPB)),
            "variation": (-8 * NOTIONAL_QUOTE_MAX, 8 * NOTIONAL_QUOTE_MAX),
            "need": (0, 64 * NOTIONAL_QUOTE_MAX),
        },
        leaving_steps,
    ),
    Formula("age_asset", {"now": TIME, "since": TIME}, age_steps),
    Formula("positions_balance", {"total": (0, WALLETS_MAX * LOTS_MAX)}, lots_steps),
    Formula(
        "reverse_deposit",
        {"amount": AMOUNT, "held": HOUSE, "break_units": (1, 2**62)},
        reverse_steps,
    ),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    body, count = python_body(formula.body), 0
    for point in formula.points():
        body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_every_kernel_that_computes_has_a_row() -> None:
    """The others look a number up, or compare: `house_units` is in `ledger_units`."""
    named = {formula.name for formula in FORMULAS}
    looked_up = {"ASSET_UNITS_MAX", "held_units", "awaited_units", "house_units", "is_settling"}
    looked_up |= {"outside_is_full"}  # in `balance_is_full`
    assert set(custody.__all__) - named - looked_up == set()


def test_the_bounds_bite() -> None:
    """Without the cut at 2**61 the first value alone leaves int64: found by both halves."""
    naive = Interval(0, 2**62) * Interval(*PRICE) // PPB
    assert not naive.fits
    with pytest.raises(OverflowError):
        python_body(lambda units, value_ppb: units // PPB * value_ppb)(
            Int64(2**62), Int64(ASSET_PRICE_PPB_MAX)
        )
    total = Interval(0, HOUSE_QUOTE_MAX) * ASSETS_MAX
    assert not total.fits, "eight values that are not left early"
