"""How figures are written for people: money, prices, sizes and times, as text with units.

Amounts come in whole units and are written exactly, or rounded where the name says so. Nothing
here knows a scenario: what it needs of a contract is in a `Terms`.
"""

from typing import NamedTuple

from hkperp.quantities import time_text
from hkperp_engine.codes import (
    Alert,
    CancelReason,
    ContractState,
    KillScope,
    ProductState,
    ProtectionLimit,
    ReferenceStatus,
    Reject,
    SourceStatus,
)
from hkperp_engine.refusals import REJECT_RULE, REJECT_TEXT
from hkperp_engine.units import NS_PER_DAY, NS_PER_MS, NS_PER_S

__all__ = [
    "ALERT_WORDS",
    "LIMIT_WORDS",
    "NOTICE_WORDS",
    "PRODUCT_WORDS",
    "REFERENCE_WORDS",
    "REASON_RULES",
    "REASON_WORDS",
    "SCOPE_WORDS",
    "SOURCE_WORDS",
    "STATE_WORDS",
    "Terms",
]
__all__ += ["clock", "money", "money_rounded", "moment", "percent", "plural", "refusal", "share"]

#: Why an order, or part of it, left the book without a trade; and the rule that says so.
REASON_WORDS = {
    CancelReason.REQUESTED: "asked for",
    CancelReason.NOT_RESTING: "not filled at once",
    CancelReason.SELF_TRADE: "self-trade prevented",
    CancelReason.LIQUIDATION: "liquidation",
    CancelReason.MARGIN_CALL: "margin call",
    CancelReason.LAPSED: "account restricted",
    CancelReason.REDUCE_ONLY: "nothing left to reduce",
    CancelReason.EXPIRED: "expired",
    CancelReason.PARTNER: "partner traded or left",
    CancelReason.MASS_CANCEL: "mass cancel",
    CancelReason.COUNTDOWN: "countdown ran out",
    CancelReason.DISCONNECTED: "disconnected",
    CancelReason.KILL_SWITCH: "kill switch",
    CancelReason.AFMM_SUSPENDED: "AFMM suspended",
    CancelReason.PROTECTION: "quote protection",
    CancelReason.VOLATILITY: "volatility band",
    CancelReason.SETTLED: "contract settled",
}
REASON_RULES = {
    CancelReason.REQUESTED: "MAT-015",
    CancelReason.NOT_RESTING: "MAT-012",
    CancelReason.SELF_TRADE: "SURV-03",
    CancelReason.LIQUIDATION: "LIQ-03",
    CancelReason.MARGIN_CALL: "LIQ-06",
    CancelReason.LAPSED: "ELIG-07",
    CancelReason.REDUCE_ONLY: "ORD-04",
    CancelReason.EXPIRED: "MAT-050",
    CancelReason.PARTNER: "MAT-077",
    CancelReason.MASS_CANCEL: "MAT-070",
    CancelReason.COUNTDOWN: "MAT-051",
    CancelReason.DISCONNECTED: "MAT-052",
    CancelReason.KILL_SWITCH: "HALT-04",
    CancelReason.AFMM_SUSPENDED: "AFMM-08",
    CancelReason.PROTECTION: "MAT-076",
    CancelReason.VOLATILITY: "HALT-02",
    CancelReason.SETTLED: "MAT-061",
}

#: A contract's trading state, after "the contract is" or "to".
STATE_WORDS = {
    ContractState.OPEN: "open",
    ContractState.REDUCE_ONLY: "reduce-only",
    ContractState.HALTED: "halted",
    ContractState.CLOSED: "closed",
    ContractState.PRE_OPEN: "pre-open",
    ContractState.AUCTION: "call auction",
    ContractState.VOLATILITY_AUCTION: "volatility auction",
    ContractState.SETTLED: "settled",
}

#: How far a product is on its way, after "the product is".
PRODUCT_WORDS = {
    ProductState.DRAFT: "a draft",
    ProductState.SUBMITTED: "submitted for approval",
    ProductState.APPROVED: "approved",
    ProductState.LIVE: "live",
    ProductState.REDUCE_ONLY: "reduce-only",
    ProductState.DELISTED: "delisted",
}

#: What a contract's reference lacks.
REFERENCE_WORDS = {
    ReferenceStatus.ELIGIBLE: "eligible",
    ReferenceStatus.NOT_RETAIL: "not approved for retail",
    ReferenceStatus.INDEX_NOT_IOSCO: "index not attested",
}

#: Why a source was not used for an index.
SOURCE_WORDS = {
    SourceStatus.MISSING: "shows nothing",
    SourceStatus.STALE: "too old",
    SourceStatus.OUTLYING: "too far from the others",
    SourceStatus.CROSSED: "bid above ask",
}

#: What the pricing monitor saw.
ALERT_WORDS = {
    Alert.MARK_GAP: "mark far from the index",
    Alert.DISPERSION: "sources far apart",
    Alert.SOURCES: "a source not used",
    Alert.LADDER: "index on a fallback",
    Alert.CONVERGENCE: "no funding for 24 h",
}

#: What a kill switch stops.
SCOPE_WORDS = {
    KillScope.WALLET: "the account",
    KillScope.OWNER: "all accounts of its owner",
    KillScope.CONTRACT: "the contract",
    KillScope.VENUE: "the venue",
}

#: The limit that a market maker's protection reached, after its value.
LIMIT_WORDS = {
    ProtectionLimit.LOTS: "lots traded",
    ProtectionLimit.NET_LOTS: "lots net",
    ProtectionLimit.TRADES: "trades",
}

#: How much of the equity the maintenance margin is, by the level of a notice (DFT-001).
NOTICE_WORDS = {1: "80%", 2: "90%", 3: "95%"}

_QUOTE = 10**6
_E8 = 10**8


class Terms(NamedTuple):
    """A contract as people see it: its tick and lot in 1e-8 of currency and asset."""

    name: str
    tick_e8: int
    lot_e8: int
    tick_value: int

    def price(self, ticks: int) -> str:
        """Write a price, with two decimals or as many as the tick has.

        >>> Terms("BTC-HKD-PERP", 10 * 10**8, 10**5, 10_000).price(94_653)
        '946,530.00'
        """
        return _decimal(ticks * self.tick_e8, _E8, 2)

    def size(self, lots: int) -> str:
        """Write a quantity of the asset, with as many decimals as a lot has.

        >>> Terms("BTC-HKD-PERP", 10 * 10**8, 10**5, 10_000).size(-1_250)
        '-1.250'
        """
        decimals = len(f"{self.lot_e8 % _E8:08d}".rstrip("0")) if self.lot_e8 % _E8 else 0
        return _decimal(lots * self.lot_e8, _E8, decimals)

    def value(self, lots: int, ticks: int) -> int:
        """Return the notional of a position, ledger units."""
        return abs(lots) * ticks * self.tick_value


def money(quote: int) -> str:
    """Write ledger units as an amount, exactly: at least two decimals.

    >>> money(1_234_567_890_000), money(-5)
    ('1,234,567.89', '-0.000005')
    """
    return _decimal(quote, _QUOTE, 2)


def money_rounded(quote: int) -> str:
    """Write ledger units to the nearest 0.01; what is less than that is written exactly.

    >>> money_rounded(83_062_966_613_211), money_rounded(4)
    ('83,062,966.61', '0.000004')
    """
    if abs(quote) * 100 < _QUOTE:
        return money(quote)
    cents = (abs(quote) + _QUOTE // 200) // (_QUOTE // 100)
    return money(cents * (_QUOTE // 100) * (-1 if quote < 0 else 1))


def percent(ppb: int, decimals: int = 2) -> str:
    """Write a rate of parts per billion as a percentage, cut towards zero.

    >>> percent(-44_393_539), percent(100_000, 4)
    ('-4.43%', '0.0100%')
    """
    unit = 10 ** (7 - decimals)
    whole = abs(ppb) // unit
    text = f"{whole // 10**decimals:,}"
    if decimals:
        text += f".{whole % 10**decimals:0{decimals}d}"
    return f"{'-' if ppb < 0 else ''}{text}%"


def share(part: int, whole: int, decimals: int = 2) -> str:
    """Write a part of a whole as a percentage; a dash if there is no whole."""
    return percent(part * 10**9 // whole, decimals) if whole else "-"


def moment(time_ns: int) -> str:
    """Write a time with its date, UTC: `2025-10-10 21:20:30 UTC`."""
    return time_text(time_ns).replace("T", " ").replace("Z", " UTC")


def clock(time_ns: int) -> str:
    """Write the time of the day, UTC: `21:20:30`, or `21:20:30.500`."""
    in_day = time_ns % NS_PER_DAY
    seconds, rest = divmod(in_day, NS_PER_S)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest // NS_PER_MS:03d}" if rest else text


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Write a number with its noun: `1 account`, `2,000 accounts`.

    >>> plural(1, "account"), plural(2000, "account"), plural(2, "entry", "entries")
    ('1 account', '2,000 accounts', '2 entries')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def refusal(reject: Reject) -> str:
    """Write a refusal with its rule and its sentence, which says what to do.

    >>> refusal(Reject.ORDER_ID_IN_USE)
    'ORDER_ID_IN_USE (ORD-02): this order id is live: use a new one'
    """
    return f"{reject.name} ({REJECT_RULE[reject]}): {REJECT_TEXT[reject]}"


def _decimal(units: int, unit: int, decimals_min: int) -> str:
    """Write a whole number of 1/unit exactly, with thousands separators."""
    whole, rest = divmod(abs(units), unit)
    width = len(str(unit)) - 1
    fraction = f"{rest:0{width}d}".rstrip("0").ljust(decimals_min, "0")
    return f"{'-' if units < 0 else ''}{whole:,}{'.' + fraction if fraction else ''}"
