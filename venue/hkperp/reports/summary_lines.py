"""The lines of a summary, section by section: for each rule pack a figure and a remark.

Figures are text with units; `summary.py` puts the packs beside each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from hkperp.reports.results import ContractResult, LayerResult, PackResult
from hkperp.reports.summary_gate import gate_lines
from hkperp.reports.wording import (
    REASON_WORDS,
    STATE_WORDS,
    Terms,
    clock,
    money,
    money_rounded,
    percent,
    plural,
    share,
)

__all__ = ["Line", "sections", "story"]

#: What a line is about, and for each pack a figure and a remark.
Line = tuple[str, list[tuple[str, str]]]

_Result = TypeVar("_Result", PackResult, ContractResult)
_Text = Callable[[_Result], str]

#: What a figure of `results.HAPPENED` is called.
_HAPPENED = {
    "waiting": "conditional orders accepted",
    "triggered": "  triggered",
    "trigger_caps": "  commands at the cap",
    "refreshes": "iceberg slices shown",
    "protections": "quotes frozen",
    "kill_switches": "kill switches",
    "afmm_suspensions": "AFMM suspended or back",
    "busts": "trades taken back",
}

#: Of figures of `results.HAPPENED`: before a liquidation, in it, and in layer 6.
_WARNED = ("notices", "declared", "oi_caps")
_TAKEN = ("backstops_set", "backstops")
_TORN = ("tear_ups",)
_DEFAULT_WORDS = {
    "notices": "margin notices",
    "declared": "declared in default",
    "oi_caps": "caps on open interest moved",
    "backstops_set": "  providers signed up",
    "backstops": "  by providers",
    "tear_ups": "  positions",
}

_LAYERS = {
    1: "1 defaulters' own margin",
    2: "2 platform's first loss",
    3: "3 reserve fund",
    4: "4 platform's second share",
    5: "5 shared among gainers",
    6: "6 positions torn up",
    7: "7 venue wound down",
}


def sections(
    results: Sequence[PackResult], terms: Sequence[Terms], sharing: Mapping[str, str]
) -> Iterator[tuple[str, list[Line]]]:
    """Yield title and lines of each section. `sharing`: layer 5 of each pack, VMGH or ADL."""
    for number, each in enumerate(terms):
        contracts = [result.contracts[number] for result in results]
        yield f"PRICES {each.name}", _prices(contracts, each)
        yield f"TRADING {each.name}", _trading(contracts, each)
    yield "VENUE", _venue(results)
    if lines := _orders(results):
        yield "ORDERS", lines
    if lines := gate_lines(results):
        yield "GATE AND VAULT", lines
    yield "LIQUIDATION", _liquidation(results)
    yield "WATERFALL", _waterfall(results, sharing)
    yield "FUND (LAYERS 2 TO 4)", _fund(results)
    yield "PROOF", _proof(results)


def story(result: PackResult) -> str:
    """Return what happened in one sentence: who was liquidated, and who paid."""
    parts = [f"{plural(result.accounts_liquidated, 'account')} liquidated"]
    if not result.deficit_quote:
        return f"{parts[0]}, no deficit, no fund was touched."
    parts.append(f"a deficit of {money_rounded(result.deficit_quote)}")
    gone = [str(each.layer) for each in result.layers if each.exhausted_ns]
    if gone:
        parts.append(f"layer{'s' if len(gone) > 1 else ''} {_listed(gone)} exhausted")
    if result.layers[4].used_quote:
        who = [
            f"{plural(count, 'account')} {how}"
            for count, how in (
                (result.accounts_haircut, "with gains cut"),
                (result.accounts_deleveraged, "deleveraged"),
            )
            if count
        ]
        parts.append(f"{money_rounded(result.layers[4].used_quote)} borne by {_listed(who)}")
    if result.layers[5].used_quote:
        count = plural(result.happened.get("tear_ups", 0), "position")
        parts.append(f"{count} torn up")
    if result.wound_down:
        parts.append("and the venue wound down")
    return ", ".join(parts) + "."


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _line(
    label: str,
    results: Sequence[_Result],
    figure: Callable[[_Result], str],
    remark: Callable[[_Result], str] = lambda _: "",
) -> Line:
    return label, [(figure(each), remark(each)) for each in results]


def _count(label: str, results: Sequence[PackResult], field: str) -> Line:
    return label, [(f"{getattr(each, field):,}", "") for each in results]


def _amount(label: str, results: Sequence[PackResult], field: str) -> Line:
    return label, [(money_rounded(getattr(each, field)), "") for each in results]


def _prices(contracts: Sequence[ContractResult], terms: Terms) -> list[Line]:
    return [
        _line("first mark", contracts, lambda c: terms.price(c.first_ticks)),
        _line(
            "highest", contracts, lambda c: terms.price(c.high_ticks), lambda c: clock(c.high_ns)
        ),
        _line("lowest", contracts, lambda c: terms.price(c.low_ticks), lambda c: clock(c.low_ns)),
        _line("last", contracts, lambda c: terms.price(c.last_ticks)),
        _line(
            "first to lowest",
            contracts,
            lambda c: share(c.low_ticks - c.first_ticks, c.first_ticks),
        ),
        _line(
            "worst 60 seconds",
            contracts,
            lambda c: percent(c.worst_minute_ppb),
            lambda c: f"to {clock(c.worst_minute_ns)}",
        ),
    ]


def _trading(contracts: Sequence[ContractResult], terms: Terms) -> list[Line]:
    lines = [
        _line("trades", contracts, lambda c: f"{c.trades:,}"),
        _line("volume", contracts, lambda c: terms.size(c.traded_lots)),
        _line(
            "  with the AFMM",
            contracts,
            lambda c: terms.size(c.afmm_lots),
            lambda c: share(c.afmm_lots, c.traded_lots),
        ),
        _line(
            "  of liquidations",
            contracts,
            lambda c: terms.size(c.liquidation_lots),
            lambda c: share(c.liquidation_lots, c.traded_lots),
        ),
        _line("turnover", contracts, lambda c: money_rounded(c.turnover_quote)),
    ]
    if any(each.uncrosses for each in contracts):
        lines += [
            _line(
                "call auctions, last at",
                contracts,
                lambda c: terms.price(c.uncross_ticks) if c.uncrosses else "-",
                lambda c: plural(c.uncrosses, "auction"),
            ),
            _line("  volume", contracts, lambda c: terms.size(c.uncross_lots)),
        ]
    for n in range(max(len(each.fundings) for each in contracts)):
        found = [each.fundings[n] if n < len(each.fundings) else None for each in contracts]
        time_ns = next(each.time_ns for each in found if each)
        cells = [
            (money_rounded(each.paid_quote), f"rate {percent(each.rate_ppb, 4)}")
            if each
            else ("", "")
            for each in found
        ]
        lines.append((f"funding paid at {clock(time_ns)}", cells))
    return lines


def _happened(results: Sequence[PackResult], name: str) -> bool:
    return any(name in each.happened for each in results)


def _count_of(name: str, results: Sequence[PackResult]) -> Line:
    """Return the line of a figure of `results.HAPPENED`."""
    cells = [(f"{each.happened.get(name, 0):,}", "") for each in results]
    return _DEFAULT_WORDS[name], cells


def _orders(results: Sequence[PackResult]) -> list[Line]:
    """What orders came to besides trades: a line for what happened under some pack."""
    lines = []
    for name, label in _HAPPENED.items():
        if any(name in each.happened for each in results):
            lines.append((label, [(f"{each.happened.get(name, 0):,}", "") for each in results]))
    for label, field in (
        ("  fees given back", "fees_refunded_quote"),
        ("paid from error account", "compensated_quote"),
    ):
        if any(getattr(each, field) for each in results):
            lines.append(_amount(label, results, field))
    for title, field, words in (
        ("cancelled", "cancels", REASON_WORDS),
        ("all of somebody's, at once", "mass_cancels", REASON_WORDS),
        ("contract states", "states", STATE_WORDS),
    ):
        counts = [getattr(each, field) for each in results]
        if any(counts):
            lines.append((title, [(f"{sum(each.values()):,}", "") for each in counts]))
        for member, text in words.items():
            if any(member.name in each for each in counts):
                cells = [(f"{each.get(member.name, 0):,}", "") for each in counts]
                lines.append((f"  {text}", cells))
    return lines


def _venue(results: Sequence[PackResult]) -> list[Line]:
    lines = [
        _count("accounts", results, "accounts"),
        _count("commands", results, "commands"),
        _line(
            "  refused",
            results,
            lambda r: f"{sum(r.refusals.values()):,}",
            lambda r: share(sum(r.refusals.values()), r.commands),
        ),
        _amount("paid in by clients", results, "deposits_quote"),
        _amount("trading fees", results, "fees_quote"),
    ]
    for name in dict.fromkeys(sale.asset for each in results for sale in each.conversions):
        cells = []
        for each in results:
            sales = [sale for sale in each.conversions if sale.asset == name]
            count = sum(sale.sales for sale in sales)
            proceeds = sum(sale.proceeds_quote for sale in sales)
            cells.append((money_rounded(proceeds), plural(count, "sale")))
        lines.append((f"{name} sold for", cells))
    if any(each.index_not_good for each in results):
        lines.append(_count("mark steps, index not good", results, "index_not_good"))
    return lines


def _liquidation(results: Sequence[PackResult]) -> list[Line]:
    return [
        *(_count_of(each, results) for each in _WARNED if _happened(results, each)),
        _count("margin calls", results, "margin_calls"),
        _count("reductions begun", results, "reductions"),
        _count("liquidation orders", results, "liquidation_orders"),
        _count("positions taken over", results, "takeovers"),
        *(_count_of(each, results) for each in _TAKEN if _happened(results, each)),
        _line(
            "accounts liquidated",
            results,
            lambda r: f"{r.accounts_liquidated:,}",
            lambda r: share(r.accounts_liquidated, r.accounts),
        ),
        _amount("liquidation fees, to 3", results, "liquidation_fees_quote"),
        _amount("fees waived", results, "waived_quote"),
    ]


def _waterfall(results: Sequence[PackResult], sharing: Mapping[str, str]) -> list[Line]:
    """Who paid for the losses that the defaulters could not, layer by layer."""
    lines = [_count("defaults", results, "defaults")]
    for place, label in _LAYERS.items():
        layers = [result.layers[place - 1] for result in results]
        remarks = [_layer_remark(layer, sharing[r.name]) for layer, r in zip(layers, results)]
        figures = [money_rounded(layer.used_quote) for layer in layers]
        lines.append((label, list(zip(figures, remarks))))
        if place == 6:
            lines += [_count_of(each, results) for each in _TORN if _happened(results, each)]
        if place == 1:
            lines.append(_amount("deficit beyond it", results, "deficit_quote"))
            lines.append(_amount("  on positions taken over", results, "deficit_platform_quote"))
    if any(each.platform_gains_given_quote for each in results):
        lines.append(_amount("  of 3, gains of platform", results, "platform_gains_given_quote"))
    return [
        *lines,
        _line(
            "2 to 7 together",
            results,
            lambda r: money_rounded(r.allocated_quote),
            lambda r: "= deficit" if r.allocated_quote == r.deficit_quote else "NOT the deficit",
        ),
        _count("accounts deleveraged", results, "accounts_deleveraged"),
        _count("accounts with a haircut", results, "accounts_haircut"),
        _amount("  gains cut", results, "haircut_quote"),
        _line(
            "  paid back later",
            results,
            lambda r: money_rounded(r.repaid_quote),
            lambda r: share(r.repaid_quote, r.haircut_quote) if r.haircut_quote else "",
        ),
    ]


def _layer_remark(layer: LayerResult, sharing: str) -> str:
    if layer.layer == 1:
        return ""
    if layer.layer == 5 and not layer.exhausted_ns:
        return sharing
    if layer.exhausted_ns:
        return f"gone {clock(layer.exhausted_ns)}"
    used = "partly used" if layer.layer < 6 else "used"
    return used if layer.used_quote else "untouched"


def _fund(results: Sequence[PackResult]) -> list[Line]:
    return [
        _line(
            "before",
            results,
            lambda r: money_rounded(r.fund_before_quote),
            lambda r: f"{share(r.fund_before_quote, r.open_interest_before_quote)} of OI",
        ),
        _line(
            "lowest",
            results,
            lambda r: money_rounded(r.fund_low_quote),
            lambda r: (
                f"at {clock(r.fund_low_ns)}" if r.fund_low_quote < r.fund_before_quote else ""
            ),
        ),
        _line(
            "after",
            results,
            lambda r: money_rounded(r.fund_after_quote),
            lambda r: f"{share(r.fund_after_quote, r.open_interest_after_quote)} of OI",
        ),
        _amount("open interest (OI) before", results, "open_interest_before_quote"),
        _amount("open interest (OI) after", results, "open_interest_after_quote"),
    ]


def _proof(results: Sequence[PackResult]) -> list[Line]:
    return [
        _line(
            "sum of all accounts",
            results,
            lambda r: money(r.conservation_quote),
            lambda r: "NOT 0" if r.conservation_quote else "exactly 0",
        ),
        _line(
            "sum of all positions",
            results,
            lambda r: f"{r.positions_sum_lots}",
            lambda r: "NOT 0" if r.positions_sum_lots else "exactly 0",
        ),
        _line(
            "settlement account",
            results,
            lambda r: money(r.settlement_balance_quote),
            lambda r: "NOT 0" if r.settlement_balance_quote else "exactly 0",
        ),
        _count("settlement cycles", results, "cycles"),
        _line("events, all in the log", results, lambda r: f"{r.events:,}"),
        _line("state hash", results, lambda r: r.state_hash[:16], lambda _: "whole below"),
    ]
