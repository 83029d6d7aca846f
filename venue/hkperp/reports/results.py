"""What came out of a run under one rule pack: the words in which a summary is written.

Frozen records of figures; `figures.py` makes them. Names end in their unit: `_quote` ledger units
(1e-6 of the currency), `_ticks`, `_lots`, `_ppb`, `_ns`.
"""

import msgspec

from hkperp_engine.codes import Event

__all__ = [
    "AssetResult",
    "ContractResult",
    "Conversion",
    "Deleveraging",
    "Funding",
    "HAPPENED",
    "Haircut",
]
__all__ += ["LayerResult", "PackResult", "ToldRefusal"]

#: Figures that are the number of events of one kind.
HAPPENED = {
    "waiting": Event.ORDER_WAITS,
    "triggered": Event.TRIGGERED,
    "trigger_caps": Event.TRIGGER_CAP,
    "refreshes": Event.ORDER_REFRESHED,
    "protections": Event.PROTECTION,
    "kill_switches": Event.KILL_SWITCH,
    "afmm_suspensions": Event.AFMM_SUSPENDED,
    "busts": Event.TRADE_BUSTED,
    "final_settlements": Event.FINAL_SETTLEMENT,
    "margin_addons": Event.MARGIN_ADDON,
    "agreements": Event.AGREEMENT,
    "acknowledged": Event.ACKNOWLEDGED,
    "exposure_limits": Event.EXPOSURE_LIMIT,
    "reconciliations": Event.RECONCILED,
    "breaks": Event.SEG_BREAK,
    "notices": Event.MARGIN_NOTICE,
    "declared": Event.DEFAULT_DECLARED,
    "oi_caps": Event.OI_CAP,
    "backstops_set": Event.BACKSTOP_SET,
    "backstops": Event.BACKSTOP,
    "tear_ups": Event.TEAR_UP,
}

#: Figures of a contract: prices, each in the field of its name, and of its auctions.
PRICES = (
    "last_trade_price",
    "highest_trade_price",
    "lowest_trade_price",
    "uncross_price",
    "band_reference",
    "final_price",
)
UNCROSSED = ("uncrosses", "uncross_lots")


class Funding(msgspec.Struct, frozen=True):
    """One funding: the rate, and what payers paid at it."""

    time_ns: int
    rate_ppb: int
    samples: int
    paid_quote: int


class Conversion(msgspec.Struct, frozen=True):
    """A margin asset sold for cash to pay a debt: sales, units sold, proceeds."""

    asset: str
    sales: int
    units_quote: int
    proceeds_quote: int


class ContractResult(msgspec.Struct, frozen=True, kw_only=True):
    """Prices and trade of one contract. `worst_minute_ppb`: lowest change of the mark in 60 s.

    `uncross_ticks`, `band_reference_ticks`: of the last auction, the last volatility auction.
    `final_ticks`: what it was settled at in the end, 0 if it was not (GAT-021). `oi_cap_lots`: how
    much open interest it may have at the end (DFT-011).
    """

    name: str
    first_ticks: int
    high_ticks: int
    high_ns: int
    low_ticks: int
    low_ns: int
    last_ticks: int
    worst_minute_ppb: int
    worst_minute_ns: int
    trades: int
    traded_lots: int
    turnover_quote: int
    trades_afmm: int
    afmm_lots: int
    trades_liquidation: int
    liquidation_lots: int
    open_interest_first_lots: int
    open_interest_last_lots: int
    fundings: tuple[Funding, ...]
    trades_auction: int = 0
    last_trade_ticks: int = 0
    highest_trade_ticks: int = 0
    lowest_trade_ticks: int = 0
    uncrosses: int = 0
    uncross_lots: int = 0
    uncross_ticks: int = 0
    band_reference_ticks: int = 0
    final_ticks: int = 0
    oi_cap_lots: int = 0


class LayerResult(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of the waterfall. `exhausted_ns`: when it first could not pay all, 0 if never.

    `before`, `received` (fees, recoveries) and `after` are of its fund; layers 1 and 5 to 7 have
    none.
    """

    layer: int
    name: str
    used_quote: int
    before_quote: int = 0
    received_quote: int = 0
    after_quote: int = 0
    exhausted_ns: int = 0


class AssetResult(msgspec.Struct, frozen=True):
    """A margin asset at the end: deposits awaited, haircut, bits of AssetFlag, and what the ledger
    had more than the custodian when they were last compared.
    """

    name: str
    awaited_quote: int
    haircut_ppb: int
    flags: int
    break_quote: int


class Haircut(msgspec.Struct, frozen=True):
    """What an account gave up of its gains, over the run, and what of it came back."""

    account: str
    gain_quote: int
    haircut_quote: int
    repaid_quote: int


class Deleveraging(msgspec.Struct, frozen=True):
    """What an account had to close against a defaulter, over the run."""

    account: str
    contract: str
    closed_lots: int
    given_quote: int


class ToldRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal and what it was decided on (`inspection_refusal`): figures by name, ledger units
    or lots. `sequence`: of its event; `command`, `reject`: names; `limit`: which of several.
    """

    sequence: int
    time_ns: int
    wallet: int
    command: str
    contract: int
    asset: int
    order_id: int
    reject: str
    limit: str
    figures: dict[str, int]


class PackResult(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a pack. `top_haircuts`, `top_deleveragings`: the ten largest.

    The fund is layers 2 to 4; `fund_low` is the least it ever was. `deficit_platform`: the part
    of all deficits that arose on positions which the platform had taken over. `cancels` and
    `mass_cancels` by reason, `states` by the state that a contract came to, `products`,
    `references` and `alerts` (that began) likewise, `posted` amounts by kind of posting,
    `happened` other events by name of their figure: all that occurred. `haircuts_by_layer`,
    `notices` by level; `wound_down`: losses that layer 7 bore. `explained`: what expectations ask
    of explanations, by name; `told_refusals`: of the timeline, with their figures.
    """

    name: str
    label: str
    accounts: int
    commands: int
    events: int
    refusals: dict[str, int]
    contracts: tuple[ContractResult, ...]
    index_not_good: int
    conversions: tuple[Conversion, ...]
    deposits_quote: int
    fees_quote: int
    liquidation_fees_quote: int
    waived_quote: int
    cycles: int
    margin_calls: int
    reductions: int
    liquidation_orders: int
    takeovers: int
    accounts_liquidated: int
    defaults: int
    deficit_quote: int
    deficit_platform_quote: int
    allocated_quote: int
    layers: tuple[LayerResult, ...]
    platform_gains_given_quote: int
    haircuts: int
    accounts_haircut: int
    haircut_quote: int
    repaid_quote: int
    top_haircuts: tuple[Haircut, ...]
    deleveragings: int
    accounts_deleveraged: int
    top_deleveragings: tuple[Deleveraging, ...]
    fund_before_quote: int
    fund_low_quote: int
    fund_low_ns: int
    fund_after_quote: int
    open_interest_before_quote: int
    open_interest_after_quote: int
    conservation_quote: int
    positions_sum_lots: int
    settlement_balance_quote: int
    cancels: dict[str, int] = {}
    mass_cancels: dict[str, int] = {}
    states: dict[str, int] = {}
    products: dict[str, int] = {}
    references: dict[str, int] = {}
    alerts: dict[str, int] = {}
    posted: dict[str, int] = {}
    assets: tuple[AssetResult, ...] = ()
    happened: dict[str, int] = {}
    haircuts_by_layer: dict[str, int] = {}
    notices: dict[str, int] = {}
    wound_down: int = 0
    fees_refunded_quote: int = 0
    compensated_quote: int = 0
    explained: dict[str, int] = {}
    told_refusals: tuple[ToldRefusal, ...] = ()
    state_hash: str = ""
    log_digest: str = ""
    config_digest: str = ""

    def figures(self) -> dict[str, int | str]:
        """Return the figures of `expectations.FIGURES`, by code and by contract besides."""
        same = "accounts commands takeovers defaults haircuts deleveragings margin_calls".split()
        found: dict[str, int | str] = {name: getattr(self, name) for name in same}
        for name, counts in (
            ("rejections", self.refusals),
            ("cancels", self.cancels),
            ("mass_cancels", self.mass_cancels),
            ("states", self.states),
            ("products", self.products),
            ("references", self.references),
            ("alerts", self.alerts),
            ("posted", self.posted),
            ("notices", self.notices),
        ):
            found |= {f"{name}.{code}": count for code, count in counts.items()}
            found[name] = sum(counts.values())
        for asset in self.assets:
            found[f"awaited.{asset.name}"] = asset.awaited_quote
            found[f"haircut.{asset.name}"] = asset.haircut_ppb
            found[f"asset_flags.{asset.name}"] = asset.flags
            found[f"break_amount.{asset.name}"] = asset.break_quote
        for each in self.contracts:
            for name in PRICES:
                field = name.removesuffix("_price") + "_ticks"
                found[f"{name}.{each.name}"] = getattr(each, field)
            found[f"oi_cap_lots.{each.name}"] = each.oi_cap_lots
        for name in ("trades", "trades_afmm", "trades_auction", "traded_lots", *UNCROSSED):
            found[name] = sum(getattr(each, name) for each in self.contracts)
        found |= {name: self.happened.get(name, 0) for name in HAPPENED} | self.explained
        found |= {f"haircuts.{layer}": count for layer, count in self.haircuts_by_layer.items()}
        found |= {f"layer_{each.layer}_used": each.used_quote for each in self.layers}
        return found | {
            "accepted": self.commands - sum(self.refusals.values()),
            "fundings": sum(len(each.fundings) for each in self.contracts),
            "cycles": self.cycles,
            "conversions": sum(each.sales for each in self.conversions),
            "reductions": self.reductions,
            "liquidations": self.liquidation_orders + self.takeovers,
            "deficit": self.deficit_quote,
            "wound_down": self.wound_down,
            "fund_before": self.fund_before_quote,
            "fund_after": self.fund_after_quote,
            "fees": self.fees_quote,
            "compensated": self.compensated_quote,
            "conservation": self.conservation_quote,
            "positions_sum": self.positions_sum_lots,
            "settlement_balance": self.settlement_balance_quote,
            "state_hash": self.state_hash,
        }
