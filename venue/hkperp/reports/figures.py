"""From the fold of a run's events to the figures of its summary.

Made from a `Tally`, which saw every event, and from the rows that it kept: from nothing else.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hkperp.config import Config
from hkperp.reports.figures_default import default_fields, oi_cap, own_margin_used, passed_on_ns
from hkperp.reports.figures_gate import final_ticks, gate_fields
from hkperp.reports.results import (
    HAPPENED,
    ContractResult,
    Conversion,
    Deleveraging,
    Funding,
    Haircut,
    LayerResult,
    PackResult,
)
from hkperp.reports.tally import Tally
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    HouseWallet,
    IndexStatus,
    Layer,
    MarginState,
    Posting,
    Reject,
)
from hkperp_engine.units import NS_PER_MINUTE, PPB

__all__ = ["Run", "pack_result"]

#: The house's wallet behind each prefunded layer.
_FUNDS = {
    Layer.FIRST_LOSS: HouseWallet.FIRST_LOSS,
    Layer.RESERVE: HouseWallet.RESERVE,
    Layer.SECOND_TRANCHE: HouseWallet.SECOND_TRANCHE,
}
_SHOWN = 10


class Run(NamedTuple):
    """What a result says of its run besides the events. `open_interest`: lots after the opening.

    `name_of` gives the name of a wallet.
    """

    pack: str
    label: str
    config: Config
    accounts: int
    commands: int
    open_interest: list[int]
    name_of: Callable[[int], str]


def pack_result(run: Run, tally: Tally, kept: np.ndarray) -> PackResult:
    """Return the figures of a run. `kept`: the rows of `tally.finish()`."""
    by_kind = {kind: kept[kept["kind"] == kind] for kind in Event}
    contracts = tuple(_contract(run, tally, by_kind, n) for n in range(len(run.config.contracts)))
    liquidated = [by_kind[kind]["wallet"] for kind in (Event.LIQUIDATION_ORDER, Event.TAKEOVER)]
    layers = tuple(_layers(tally, by_kind))
    funds = [each for each in layers if Layer(each.layer) in _FUNDS]
    low = _fund_low(by_kind[Event.POSTING])
    return PackResult(
        name=run.pack,
        label=run.label,
        accounts=run.accounts,
        commands=run.commands,
        events=int(tally.counts.sum()),
        refusals={code.name: int(tally.refusals[code]) for code in Reject if tally.refusals[code]},
        contracts=contracts,
        index_not_good=int(tally.index.sum() - tally.index[IndexStatus.GOOD]),
        conversions=tuple(_conversions(run.config, by_kind[Event.POSTING])),
        deposits_quote=tally.posted[Posting.DEPOSIT] + tally.posted[Posting.DEPOSIT_CLEARED],
        fees_quote=tally.posted[Posting.FEE],
        liquidation_fees_quote=tally.posted[Posting.LIQUIDATION_FEE],
        waived_quote=tally.waived,
        cycles=int(tally.counts[Event.CYCLE]),
        margin_calls=int(tally.states[MarginState.CALL]),
        reductions=int(tally.states[MarginState.REDUCING]),
        liquidation_orders=int(tally.counts[Event.LIQUIDATION_ORDER]),
        takeovers=int(tally.counts[Event.TAKEOVER]),
        accounts_liquidated=len(np.unique(np.concatenate(liquidated))),
        layers=layers,
        **_losses(run, tally, by_kind),
        fund_before_quote=sum(each.before_quote for each in funds),
        fund_low_quote=low[0],
        fund_low_ns=low[1],
        fund_after_quote=sum(each.after_quote for each in funds),
        open_interest_before_quote=_notional(run, contracts, is_first=True),
        open_interest_after_quote=_notional(run, contracts, is_first=False),
        conservation_quote=sum(abs(int(each)) for each in tally.ledger.sum(axis=0)),
        positions_sum_lots=sum(abs(int(each)) for each in tally.positions.sum(axis=0)),
        settlement_balance_quote=sum(
            abs(int(each)) for each in tally.ledger[HouseWallet.SETTLEMENT]
        ),
        **_orders(tally, by_kind),
        **gate_fields(run.config, tally, by_kind),
        **default_fields(by_kind),
    )


def _orders(tally: Tally, by_kind: dict[Event, np.ndarray]) -> dict[str, Any]:
    """Return the fields of `PackResult` about orders, auctions and the operator's switches."""
    mass = np.bincount(by_kind[Event.MASS_CANCELLED]["code"], minlength=len(CancelReason))
    states = np.bincount(by_kind[Event.CONTRACT_STATE]["code"], minlength=len(ContractState))
    counts = {name: int(tally.counts[kind]) for name, kind in HAPPENED.items()}
    return {
        "cancels": {each.name: int(n) for each in CancelReason if (n := tally.cancels[each])},
        "mass_cancels": {each.name: int(n) for each in CancelReason if (n := mass[each])},
        "states": {each.name: int(n) for each in ContractState if (n := states[each])},
        "happened": {name: count for name, count in counts.items() if count},
        "fees_refunded_quote": tally.posted[Posting.FEE_REFUND],
        "compensated_quote": tally.posted[Posting.COMPENSATION],
    }


def _losses(run: Run, tally: Tally, by_kind: dict[Event, np.ndarray]) -> dict[str, Any]:
    """Return the fields of `PackResult` that say what was lost, and who bore it."""
    defaults, haircuts = by_kind[Event.DEFAULT], by_kind[Event.HAIRCUT]
    allocations, deleveragings = by_kind[Event.ALLOCATION], by_kind[Event.DELEVERAGE]
    is_platform = defaults["wallet"] == HouseWallet.PLATFORM
    return {
        "defaults": len(defaults),
        "deficit_quote": _sum(defaults["amount"]),
        "deficit_platform_quote": _sum(defaults["amount"][is_platform]),
        "allocated_quote": _sum(allocations["amount"]),
        "platform_gains_given_quote": _given_by_platform(allocations, tally),
        "haircuts": len(haircuts),
        "accounts_haircut": len(np.unique(haircuts["wallet"])),
        "haircut_quote": _sum(haircuts["amount"]),
        "repaid_quote": tally.posted[Posting.CLAIM_REPAYMENT],
        "top_haircuts": tuple(_haircuts(run, haircuts, by_kind[Event.POSTING])),
        "deleveragings": len(deleveragings),
        "accounts_deleveraged": len(np.unique(deleveragings["wallet"])),
        "top_deleveragings": tuple(_deleveragings(run, deleveragings)),
    }


def _sum(amounts: np.ndarray) -> int:
    return sum(amounts.tolist())


def _contract(
    run: Run, tally: Tally, by_kind: dict[Event, np.ndarray], number: int
) -> ContractResult:
    """Figures of one contract."""
    marks = by_kind[Event.MARK]
    marks = marks[marks["contract"] == number]
    ticks = marks["price_ticks"].astype(np.int64)
    first, last, high, low, worst = 0, 0, 0, 0, (0, 0)
    high_ns = low_ns = 0
    if len(ticks):
        first, last = int(ticks[0]), int(ticks[-1])
        high, low = int(ticks.max()), int(ticks.min())
        high_ns = int(marks["time_ns"][ticks.argmax()])
        low_ns = int(marks["time_ns"][ticks.argmin()])
        worst = _worst_minute(marks["time_ns"], ticks)
    rates = by_kind[Event.FUNDING_RATE]
    rates = rates[rates["contract"] == number]
    traded, traded_at = tally.trades[number], tally.prices[number]
    return ContractResult(
        name=run.config.contracts[number].name,
        first_ticks=first,
        high_ticks=high,
        high_ns=high_ns,
        low_ticks=low,
        low_ns=low_ns,
        last_ticks=last,
        worst_minute_ppb=worst[0],
        worst_minute_ns=worst[1],
        trades=traded.trades,
        traded_lots=traded.lots,
        turnover_quote=traded.turnover * run.config.contracts[number].tick_value,
        trades_afmm=traded.trades_afmm,
        afmm_lots=traded.lots_afmm,
        trades_liquidation=traded.trades_liquidation,
        liquidation_lots=traded.lots_liquidation,
        open_interest_first_lots=run.open_interest[number],
        open_interest_last_lots=tally.open_interest()[number],
        fundings=tuple(
            Funding(time_ns, rate, samples, tally.paid.get((time_ns, number), 0))
            for time_ns, rate, samples in rates[["time_ns", "amount", "lots"]].tolist()
        ),
        trades_auction=traded.trades_auction,
        last_trade_ticks=traded_at.last,
        highest_trade_ticks=traded_at.high,
        lowest_trade_ticks=traded_at.low,
        **_auctions(by_kind, number),
        final_ticks=final_ticks(by_kind, number),
        oi_cap_lots=oi_cap(run.config, by_kind, number),
    )


def _auctions(by_kind: dict[Event, np.ndarray], number: int) -> dict[str, int]:
    """Fields of `ContractResult` about the auctions of a contract."""
    ended, states = by_kind[Event.UNCROSS], by_kind[Event.CONTRACT_STATE]
    ended = ended[ended["contract"] == number]
    paused = states[
        (states["contract"] == number) & (states["code"] == ContractState.VOLATILITY_AUCTION)
    ]
    return {
        "uncrosses": len(ended),
        "uncross_lots": _sum(ended["amount"]),
        "uncross_ticks": int(ended["price_ticks"][-1]) if len(ended) else 0,
        "band_reference_ticks": int(paused["price_ticks"][-1]) if len(paused) else 0,
    }


def _worst_minute(times_ns: np.ndarray, ticks: np.ndarray) -> tuple[int, int]:
    """Return the lowest change of the mark against that of 60 s before, ppb, and its time."""
    before = np.searchsorted(times_ns, times_ns - NS_PER_MINUTE, side="right") - 1
    known = np.flatnonzero(before >= 0)
    if not len(known):
        return 0, 0
    change = (ticks[known] - ticks[before[known]]) * PPB // np.maximum(1, ticks[before[known]])
    worst = int(change.argmin())
    return int(change[worst]), int(times_ns[known[worst]])


def _conversions(config: Config, postings: np.ndarray) -> list[Conversion]:
    """Sales by asset; what came in stands in the row after what was sold."""
    sold = postings[postings["code"] == Posting.CONVERSION_ASSET]
    paid = postings[postings["code"] == Posting.CONVERSION_CASH]
    place = np.searchsorted(paid["sequence"], sold["sequence"] + 1)
    proceeds = np.zeros(len(sold), np.int64)  # a sale of next to nothing brings nothing
    place = np.minimum(place, max(0, len(paid) - 1))
    if len(paid):
        is_paid = paid["sequence"][place] == sold["sequence"] + 1
        proceeds[is_paid] = paid["amount"][place[is_paid]]
    found = []
    for number, asset in enumerate(config.assets):
        here = sold["contract"] == number
        if here.any():
            units = _sum(sold["amount"][here])
            found.append(Conversion(asset.name, int(here.sum()), units, _sum(proceeds[here])))
    return found


def _layers(tally: Tally, by_kind: dict[Event, np.ndarray]) -> list[LayerResult]:
    """The seven layers: what each paid, and what its fund had before and after."""
    allocations, postings = by_kind[Event.ALLOCATION], by_kind[Event.POSTING]
    short = _short_since(by_kind)
    found = [LayerResult(layer=1, name="DEFAULTER", used_quote=own_margin_used(by_kind))]
    for layer in list(Layer)[1:]:
        used = _sum(allocations["amount"][allocations["code"] == layer])
        if layer not in _FUNDS:
            gone_ns = passed_on_ns(by_kind, layer)
            found.append(
                LayerResult(layer=layer, name=layer.name, used_quote=used, exhausted_ns=gone_ns)
            )
            continue
        wallet = _FUNDS[layer]
        is_in = (postings["code"] == Posting.HOUSE_DEPOSIT) & (
            postings["counter_wallet"] == wallet
        )
        is_out = (postings["code"] == Posting.LAYER_PAYMENT) & (postings["wallet"] == wallet)
        before, out = _sum(postings["amount"][is_in]), _sum(postings["amount"][is_out])
        after = int(tally.ledger[wallet, 0])
        found.append(
            LayerResult(
                layer=layer,
                name=layer.name,
                used_quote=used,
                before_quote=before,
                received_quote=after + out - before,
                after_quote=after,
                exhausted_ns=short[layer],
            )
        )
    return found


def _short_since(by_kind: dict[Event, np.ndarray]) -> dict[Layer, int]:
    """Return when each prefunded layer first paid all it had and it was not enough, ns; or 0."""
    left: dict[int, int] = {}
    since = dict.fromkeys(_FUNDS, 0)
    for layer in _FUNDS:
        paid: dict[tuple[int, int], int] = {}
        rows = by_kind[Event.ALLOCATION]
        rows = rows[rows["code"] == layer]
        for loss_id, wallet, amount in rows[["order_id", "wallet", "amount"]].tolist():
            paid[loss_id, wallet] = paid.get((loss_id, wallet), 0) + amount
        for row in by_kind[Event.DEFAULT]:
            loss_id, wallet = int(row["order_id"]), int(row["wallet"])
            due = left.get(loss_id, int(row["amount"])) - paid.get((loss_id, wallet), 0)
            left[loss_id] = due
            if due > 0 and not since[layer]:
                since[layer] = int(row["time_ns"])
    return since


def _fund_low(postings: np.ndarray) -> tuple[int, int]:
    """Return the least that layers 2 to 4 held together after the house had paid in, and when."""
    rows = postings[postings["contract"] == 0]
    amounts = rows["amount"]
    wallets = list(_FUNDS.values())
    change = np.where(np.isin(rows["counter_wallet"], wallets), amounts, 0)
    change -= np.where(np.isin(rows["wallet"], wallets), amounts, 0)
    held = np.cumsum(change)
    paid_in = np.flatnonzero(rows["code"] == Posting.HOUSE_DEPOSIT)
    first = int(paid_in[-1]) if len(paid_in) else 0
    if not len(held):
        return 0, 0
    lowest = first + int(held[first:].argmin())
    return int(held[lowest]), int(rows["time_ns"][lowest])


def _given_by_platform(allocations: np.ndarray, tally: Tally) -> int:
    """Return gains that the platform and the rounding account gave: allocated, but not in cash."""
    is_prefunded = np.isin(allocations["code"], list(_FUNDS))
    return _sum(allocations["amount"][is_prefunded]) - tally.posted[Posting.LAYER_PAYMENT]


def _haircuts(run: Run, haircuts: np.ndarray, postings: np.ndarray) -> list[Haircut]:
    """The accounts with the largest haircuts, largest first."""
    repaid = postings[postings["code"] == Posting.CLAIM_REPAYMENT]
    # A gain is told by each layer that cuts it.
    once = np.unique(haircuts[["wallet", "order_id"]], return_index=True)[1]
    cut, gain = _by_wallet(haircuts, "amount"), _by_wallet(haircuts[once], "counter_order_id")
    back: dict[int, int] = {}
    for wallet, amount in repaid[["counter_wallet", "amount"]].tolist():
        back[wallet] = back.get(wallet, 0) + amount
    return [
        Haircut(run.name_of(wallet), gain[wallet], cut[wallet], back.get(wallet, 0))
        for wallet in sorted(cut, key=lambda each: (-cut[each], each))[:_SHOWN]
    ]


def _deleveragings(run: Run, rows: np.ndarray) -> list[Deleveraging]:
    """The accounts that closed most, by contract, largest first."""
    closed: dict[tuple[int, int], list[int]] = {}
    fields = ["wallet", "contract", "lots", "amount"]
    for wallet, contract, lots, amount in rows[fields].tolist():
        sums = closed.setdefault((wallet, contract), [0, 0])
        sums[0] += lots
        sums[1] += amount
    ranked = sorted(closed, key=lambda place: (-closed[place][0], place))[:_SHOWN]
    return [
        Deleveraging(run.name_of(each[0]), run.config.contracts[each[1]].name, *closed[each])
        for each in ranked
    ]


def _by_wallet(rows: np.ndarray, field: str) -> dict[int, int]:
    """Sum a field by wallet."""
    found: dict[int, int] = {}
    for wallet, amount in rows[["wallet", field]].tolist():
        found[wallet] = found.get(wallet, 0) + amount
    return found


def _notional(run: Run, contracts: tuple[ContractResult, ...], *, is_first: bool) -> int:
    """Return the open interest at the first or last mark, ledger units."""
    total = 0
    for rules, each in zip(run.config.contracts, contracts):
        lots = each.open_interest_first_lots if is_first else each.open_interest_last_lots
        ticks = each.first_ticks if is_first else each.last_ticks
        total += lots * ticks * rules.tick_value
    return total
