"""What came out of a run under one rule pack: the words in which a summary is written.

Frozen records of figures; `figures.py` makes them. Names end in their unit: `_quote` ledger units
(1e-6 of the currency), `_ticks`, `_lots`, `_ppb`, `_ns`.
"""

import msgspec

__all__ = ["ContractResult", "Conversion", "Deleveraging", "Funding", "Haircut", "LayerResult"]
__all__ += ["PackResult"]


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
    """Prices and trade of one contract. `worst_minute_ppb`: lowest change of the mark in 60 s."""

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


class LayerResult(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of the waterfall. `exhausted_ns`: when it first could not pay all, 0 if never.

    `before`, `received` (fees, recoveries) and `after` are of its fund; layers 1 and 5 have none.
    """

    layer: int
    name: str
    used_quote: int
    before_quote: int = 0
    received_quote: int = 0
    after_quote: int = 0
    exhausted_ns: int = 0


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


class PackResult(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a pack. `top_haircuts`, `top_deleveragings`: the ten largest.

    The fund is layers 2 to 4; `fund_low` is the least it ever was. `deficit_platform`: the part
    of all deficits that arose on positions which the platform had taken over.
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
    state_hash: str = ""
    log_digest: str = ""
    config_digest: str = ""

    def figures(self) -> dict[str, int | str]:
        """Return the figures of `expectations.FIGURES`, refusals by code besides."""
        same = "accounts commands takeovers defaults haircuts deleveragings margin_calls".split()
        found: dict[str, int | str] = {name: getattr(self, name) for name in same}
        rejections = sum(self.refusals.values())
        found |= {f"rejections.{code}": count for code, count in self.refusals.items()}
        found |= {f"layer_{each.layer}_used": each.used_quote for each in self.layers}
        return found | {
            "accepted": self.commands - rejections,
            "rejections": rejections,
            "trades": sum(each.trades for each in self.contracts),
            "trades_afmm": sum(each.trades_afmm for each in self.contracts),
            "traded_lots": sum(each.traded_lots for each in self.contracts),
            "fundings": sum(len(each.fundings) for each in self.contracts),
            "cycles": self.cycles,
            "conversions": sum(each.sales for each in self.conversions),
            "reductions": self.reductions,
            "liquidations": self.liquidation_orders + self.takeovers,
            "deficit": self.deficit_quote,
            "fund_before": self.fund_before_quote,
            "fund_after": self.fund_after_quote,
            "fees": self.fees_quote,
            "conservation": self.conservation_quote,
            "positions_sum": self.positions_sum_lots,
            "settlement_balance": self.settlement_balance_quote,
            "state_hash": self.state_hash,
        }
