"""Was it done as the rules say: every requirement of a default, held against the log of a drill.

Each check reads what the machine wrote and compares; none works out anew what it should have been
paid. What may leave a client's account for another's default is nothing (LOSS-03, LOSS-06); what
leaves the fund names a loss (RSV-01); what is missing is borne to the unit, in the order of the
layers (LOSS-01, LOSS-02).
"""

from collections.abc import Iterator
from typing import NamedTuple

from hkperp.drill.fold import Record
from hkperp.drill.subject import Drill, Who
from hkperp.drill.times import Requirement, outstanding
from hkperp.reports.decisions import Row
from hkperp.reports.wording import money, plural
from hkperp.stress.outcome import FUND
from hkperp_engine.codes import Event, Explain, HouseWallet, Layer, Posting
from hkperp_engine.units import PPB

__all__ = ["checks", "principal_taken"]

_FUNDS = {
    Layer.FIRST_LOSS: HouseWallet.FIRST_LOSS,
    Layer.RESERVE: HouseWallet.RESERVE,
    Layer.SECOND_TRANCHE: HouseWallet.SECOND_TRANCHE,
}

#: What may be taken from a client that did not fail: its own loss, its own fee, its own order.
_OWN = (
    *(Posting.WITHDRAWAL, Posting.CONVERSION_ASSET, Posting.LIQUIDATION_FEE),
    *(Posting.VARIATION_PAID, Posting.TRANSFER, Posting.REDEMPTION),
    *(Posting.DEPOSIT_REVERSED, Posting.DEPOSIT_UNCLEARED, Posting.DEPOSIT_RETURNED),
    Posting.ISSUER_LOSS,
)


def checks(drill: Drill, record: Record) -> list[Requirement]:
    """Return what the rules ask of a default besides its times. O(rows)."""
    found = [
        _allocated(record),
        _ordered(record),
        _principal(drill, record),
        _nothing_called(record),
        _gains_cut(drill, record),
        _given_up(record),
        _claims(record),
        _fund_debits(record),
        _nothing_kept(record),
        _obligations(record),
        _solvent(record),
    ]
    return [*found, *_issuer(drill, record)] if drill.choice.who == Who.ISSUER else found


def _none(count: int, what: str) -> str:
    return plural(count, what) if count else "none"


def _sum(rows: list[Row]) -> int:
    return sum(row["amount"] for row in rows)


def _allocated(record: Record) -> Requirement:
    """What is missing and what layers bear are the same, and never is more borne than missing."""
    lost, borne = _sum(record.of(Event.DEFAULT)), _sum(record.of(Event.ALLOCATION))
    least = min((missing for _, missing in outstanding(record)), default=0)
    what = "Borne by layers 2 to 7 what is missing, to the unit"
    return Requirement("LOSS-01", what, money(lost), money(borne), lost == borne and least >= 0)


def _ordered(record: Record) -> Requirement:
    """A layer bears something only when those above it are empty."""
    left = {int(wallet): int(record.units_before[wallet, 0]) for wallet in FUND}
    broken = 0
    for row in record.of(Event.POSTING, Event.ALLOCATION):
        if row["kind"] == Event.ALLOCATION:
            above = [wallet for layer, wallet in _FUNDS.items() if layer < row["code"]]
            broken += any(left[wallet] for wallet in above)
        elif row["contract"] == 0:
            for wallet, amount in (
                (row["wallet"], -row["amount"]),
                (
                    row["counter_wallet"],
                    row["amount"],
                ),
            ):
                if wallet in left:
                    left[wallet] += amount
    what = "A layer touched before the one above was exhausted"
    return Requirement("LOSS-02", what, "none", _none(broken, "time"), not broken)


class _Cut(NamedTuple):
    """What a cycle made of one gain: the gain, what was cut of it, what was paid out."""

    wallet: int
    gain: int
    cut: int
    received: int
    paid: int


def _cuts(record: Record) -> Iterator[_Cut]:
    """Yield every gain that a cycle cut. A haircut in several layers is one."""
    moved: dict[int, list[int]] = {}
    gains: dict[int, int] = {}
    for row in record.of(Event.CYCLE, Event.HAIRCUT, Event.POSTING, Event.CYCLE_DONE):
        wallet, kind = row["wallet"], row["kind"]
        if kind == Event.CYCLE:
            moved, gains = {}, {}
        elif kind == Event.HAIRCUT:
            gains[wallet] = row["counter_order_id"]
            moved.setdefault(wallet, [0, 0, 0])[0] += row["amount"]
        elif kind == Event.CYCLE_DONE:
            for each, gain in gains.items():
                yield _Cut(each, gain, *moved[each])
            moved, gains = {}, {}
        elif row["code"] == Posting.VARIATION_RECEIVED:
            moved.setdefault(row["counter_wallet"], [0, 0, 0])[1] += row["amount"]
        elif row["code"] == Posting.VARIATION_PAID:
            moved.setdefault(wallet, [0, 0, 0])[2] += row["amount"]


def principal_taken(drill: Drill, record: Record) -> int:
    """Return what was taken, for the defaults of others, of more than gains; ledger units.

    Of a gain of 400 that was cut by 64 the client received 336: 0. Received 330: 6.
    """
    taken = sum(
        max(0, each.cut - each.gain) + max(0, each.gain - each.cut - each.received) + each.paid
        for each in _cuts(record)
    )
    variation: dict[int, int] = {}
    for row in record.of(Event.EXPLAIN, Event.DELEVERAGE):
        wallet = row["wallet"]
        if row["kind"] == Event.DELEVERAGE:
            taken += max(0, row["amount"] - max(0, variation.get(wallet, 0)))
        elif row["code"] == Explain.VARIATION:
            variation[wallet] = row["amount"]
    return taken + _sum(_called(record))


def _principal(drill: Drill, record: Record) -> Requirement:
    taken = principal_taken(drill, record)
    what = "Margin principal of non-defaulters taken"
    return Requirement("LOSS-03", what, money(0), money(taken), taken == 0)


def _called(record: Record) -> list[Row]:
    """Postings that take from a client what is not its own loss, fee, or order."""
    clients = int(HouseWallet.CLIENTS)
    return [
        row
        for row in record.of(Event.POSTING)
        if row["wallet"] >= clients and row["code"] not in _OWN
    ]


def _nothing_called(record: Record) -> Requirement:
    called = _called(record)
    what = "Cash called from clients for a loss of others"
    return Requirement("LOSS-06", what, money(0), money(_sum(called)), not called)


def _gains_cut(drill: Drill, record: Record) -> Requirement:
    """Layer 5 takes at most its cap of each gain."""
    cap = drill.config.house.vmgh_cap_ppb
    rows = [row for row in record.of(Event.HAIRCUT) if row["code"] == Layer.LOSS_SHARING]
    broken = sum(row["amount"] > row["counter_order_id"] * cap // PPB for row in rows)
    what = f"Gains cut by layer 5 beyond its cap, of {len(rows):,}"
    return Requirement("LOSS-05", what, "none", _none(broken, "gain"), not broken)


def _given_up(record: Record) -> Requirement:
    """Deleveraging gives a loss what layer 5 bears of it, and stops there: overshoot 0."""
    given: dict[int, int] = {}
    for row in record.of(Event.DELEVERAGE, Event.ALLOCATION):
        if row["kind"] == Event.DELEVERAGE:
            given[row["order_id"]] = given.get(row["order_id"], 0) + row["amount"]
        elif row["code"] == Layer.LOSS_SHARING and row["wallet"] >= HouseWallet.CLIENTS:
            given[row["order_id"]] = given.get(row["order_id"], 0) - row["amount"]
    beyond = sum(abs(amount) for amount in given.values())
    what = "Given up by deleveraging beyond the loss"
    return Requirement("LOSS-04", what, money(0), money(beyond), not beyond)


def _claims(record: Record) -> Requirement:
    """Nobody is paid back more than was taken, loss by loss."""
    open_claims: dict[tuple[int, int], int] = {}
    over = 0
    for row in (*record.earlier, *record.rows):
        if row["kind"] in (Event.HAIRCUT, Event.DELEVERAGE):
            place = row["order_id"], row["wallet"]
            open_claims[place] = open_claims.get(place, 0) + row["amount"]
        elif row["kind"] == Event.POSTING and row["code"] == Posting.CLAIM_REPAYMENT:
            place = row["order_id"], row["counter_wallet"]
            open_claims[place] = open_claims.get(place, 0) - row["amount"]
            over += open_claims[place] < 0
    what = "Claims repaid beyond what was given up"
    return Requirement("LOSS-05", what, "none", _none(over, "claim"), not over)


def _fund_debits(record: Record) -> Requirement:
    """The fund pays for a loss that has a number, or loses its own units of a failed asset."""
    bad = [
        row
        for row in record.of(Event.POSTING)
        if row["wallet"] in FUND
        and not (row["code"] == Posting.LAYER_PAYMENT and row["order_id"] > 0)
        and not (row["code"] == Posting.ISSUER_LOSS and row["contract"] > 0)
    ]
    what = "Paid out of the fund without the number of a loss"
    return Requirement("RSV-01", what, money(0), money(_sum(bad)), not bad)


def _nothing_kept(record: Record) -> Requirement:
    """After a cycle the platform keeps nothing of what it made of positions taken over."""
    cash, most = int(record.units_before[HouseWallet.PLATFORM, 0]), 0
    for row in record.of(Event.POSTING, Event.CYCLE_DONE):
        if row["kind"] == Event.CYCLE_DONE:
            most = max(most, cash)
        elif row["contract"] == 0:
            cash += row["amount"] * (row["counter_wallet"] == HouseWallet.PLATFORM)
            cash -= row["amount"] * (row["wallet"] == HouseWallet.PLATFORM)
    what = "Kept by the operator of positions taken over"
    return Requirement("LIQ-05", what, money(0), money(most), most == 0)


def _obligations(record: Record) -> Requirement:
    """Every cycle pays out what it collects; positions sum to 0."""
    held, unpaid, begun = int(record.units_before[HouseWallet.SETTLEMENT, 0]), 0, 0
    for row in record.of(Event.POSTING, Event.CYCLE, Event.CYCLE_DONE):
        if row["kind"] == Event.POSTING and row["contract"] == 0:
            held += row["amount"] * (row["counter_wallet"] == HouseWallet.SETTLEMENT)
            held -= row["amount"] * (row["wallet"] == HouseWallet.SETTLEMENT)
        elif row["kind"] == Event.CYCLE:
            begun += 1
        elif row["kind"] == Event.CYCLE_DONE:
            begun -= 1
            unpaid += abs(held)
    is_matched = not record.lots_after.sum(axis=0).any()
    what = "Left in the settlement account after a cycle"
    measured = money(unpaid) if is_matched else "longs and shorts differ"
    holds = unpaid == 0 and begun == 0 and is_matched
    return Requirement("SETL-01", what, money(0), measured, holds)


def _solvent(record: Record) -> Requirement:
    """No client owes anything when all is over."""
    short = int((record.units_after[HouseWallet.CLIENTS :] < 0).any(axis=1).sum())
    what = "Clients left with a balance below 0"
    return Requirement("LIQ-08", what, "none", _none(short, "client"), not short)


def _issuer(drill: Drill, record: Record) -> list[Requirement]:
    """Each holder loses its own units, all of them, and gets the same part back; no layer pays."""
    losses = record.posted(Posting.ISSUER_LOSS)
    lost = [row for row in losses if row["contract"] in drill.assets]
    # In the scenario another issuer may fail as well: what comes back of its units is not ours.
    other = {row["sequence"] + 1 for row in losses if row["contract"] not in drill.assets}
    paid = {
        row["sequence"]: row["amount"]
        for row in record.posted(Posting.ISSUER_RECOVERY)
        if row["sequence"] not in other
    }
    places = list(drill.assets)
    before = record.units_before[HouseWallet.SETTLEMENT :, places]
    held = sum(int(each) for each in before.reshape(-1))
    gone = _sum(lost)
    expected, found = 0, 0
    for row in lost:
        par = drill.config.assets[row["contract"]].par_ppb
        unit = par * drill.choice.recovered_ppb // PPB
        expected += row["amount"] * unit // PPB
        # A recovery of 0 has no posting; that of a unit that was on its way is its client's.
        found += paid.get(row["sequence"] + 1, 0)
    shared = [
        row
        for row in record.of(Event.ALLOCATION)
        if row["time_ns"] == drill.at_ns and row["sequence"] <= _last(lost, drill)
    ]
    return [
        Requirement(
            *("DEF-02", "Units lost, each holder its own", money(held), money(gone), held == gone)
        ),
        Requirement(
            "DEF-02",
            "Recovered and paid out pro rata",
            money(expected),
            money(found),
            expected == found == sum(paid.values()),
        ),
        Requirement(
            "DEF-02",
            "Of that borne by the waterfall",
            money(0),
            money(_sum(shared)),
            not shared,
        ),
    ]


def _last(lost: list[Row], drill: Drill) -> int:
    """Return the number of the last event of an issuer's failure."""
    return max((row["sequence"] for row in lost), default=drill.sequence) + 1
