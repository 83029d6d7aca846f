"""The words of a scenario for those who act: accounts, agents and faults.

Frozen records in which every number has bounds; docs/scenarios.md shows each key by example.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from hkperp.quantities import (
    Amount,
    Deviation,
    Multiple,
    Percent,
    Size,
    Time,
    Wait,
)
from hkperp.scenario.evidence import EvidenceRecord
from hkperp.scenario.governance import EntityRecord
from hkperp.scenario.market import Deposit, Name, Record, Weight

__all__ = ["AccountName", "Arbitrageur", "ClassName", "Collateral", "DocumentName", "Fault"]
__all__ += [
    "Flow",
    "MarketMaker",
    "OpeningPositions",
    "OrderId",
    "Participant",
    "Phase",
    "Population",
]
__all__ += ["ShareOfClass", "SizeBand"]

#: A participant, its isolated wallet (`fund:BTC-HKD-PERP`), or the n-th member of a population
#: from 0: `holders/17`.
AccountName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
        r"(?:/[0-9]{1,7}|:[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?(?![\s\S])"
    ),
]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Rate = Annotated[int, Meta(ge=0, le=20_000)]
OrderId = Annotated[int, Meta(ge=1, le=999_999)]

ClassName = Literal["NONE", "INST_PI", "CORP_PI", "TRUST_PI", "IND_PI", "AFMM"]
DocumentName = Literal["NOTIFICATION", "REPORT", "DECLARATION", "UNDERTAKING"]
ClientClass = Literal["INST_PI", "CORP_PI", "TRUST_PI", "IND_PI"]


class Participant(Record, frozen=True, kw_only=True):
    """One account. Accounts of one `owner` never trade with each other (SURV-03); those of one
    `group` of connected clients share its limits (LIM-01).

    Class and date are given, or follow from `evidence`. `afmm_documents`: all four of
    `documents`. `isolated`: contracts for which it has a wallet of their own (MRG-13). `entity`:
    who it is, held against the affiliate (AFMM-05).
    """

    name: Name
    class_: ClassName | None = field(name="class", default=None)
    knowledge: bool
    agreement: bool
    afmm_documents: bool = False
    documents: Annotated[tuple[DocumentName, ...], Meta(max_length=4)] = ()
    group_company: bool = False
    blocked: bool = False
    valid_until: Time | None = None
    evidence: EvidenceRecord | None = None
    entity: EntityRecord | None = None
    owner: Name | None = None
    group: Name | None = None
    isolated: Annotated[tuple[Name, ...], Meta(max_length=8)] = ()
    exposure_max: Amount = Amount(0)
    deposits: Annotated[tuple[Deposit, ...], Meta(max_length=8)] = ()


class ShareOfClass(Record, frozen=True, kw_only=True):
    """One class of investor and how often it occurs."""

    class_: ClientClass = field(name="class")
    weight: Weight


class Collateral(Record, frozen=True, kw_only=True):
    """One asset that an account may keep its margin in, and how often it does."""

    asset: Name
    weight: Weight


class SizeBand(Record, frozen=True, kw_only=True):
    """Sizes from `low` to `high`, all as likely, and how often the band is drawn."""

    low: Size
    high: Size
    weight: Weight


class OpeningPositions(Record, frozen=True, kw_only=True):
    """Positions that a population starts with, in pairs of long and short at the first mark.

    Margin paid in is notional over leverage (`Pack.leverage`), never less than the initial
    margin, and `slack` on top.
    """

    contract: Name
    long_share: Percent
    sizes: Annotated[tuple[SizeBand, ...], Meta(min_length=1, max_length=32)]
    slack: Percent


class Population(Record, frozen=True, kw_only=True):
    """Many accounts drawn from a seed; each keeps its margin in one asset.

    `free_low` to `free_high`: whole HKD paid in besides, as settlement currency.
    """

    name: Name
    count: Annotated[int, Meta(ge=1, le=1_000_000)]
    seed: Seed
    classes: Annotated[tuple[ShareOfClass, ...], Meta(min_length=1, max_length=8)]
    valid_until: Time
    collateral: Annotated[tuple[Collateral, ...], Meta(min_length=1, max_length=8)]
    free_low: Amount
    free_high: Amount
    positions: OpeningPositions | None = None


class MarketMaker(Record, frozen=True, kw_only=True):
    """An affiliated market maker: at each mark step it cancels its quotes and quotes anew."""

    participant: Name
    contract: Name
    levels: Annotated[int, Meta(ge=1, le=50)]
    first: Percent
    spacing: Percent
    size: Size
    post_only: bool


class Arbitrageur(Record, frozen=True, kw_only=True):
    """Takes, at each mark step, what rests `distance` or more on the wrong side of the path."""

    participant: Name
    contract: Name
    distance: Percent
    size: Size


class Phase(Record, frozen=True, kw_only=True):
    """A time in which a flow is `factor` times as busy and sells `sell_share` of the time."""

    from_: Time = field(name="from")
    until: Time
    factor: Multiple
    sell_share: Percent


class Flow(Record, frozen=True, kw_only=True):
    """Orders of a population. Rates are commands per minute.

    Limit orders rest up to `distance_max` from the path and are cancelled after `lifetime_min` to
    `lifetime_max` mark steps unless the path has gone through them. Crossing orders (IOC, FOK)
    reach `crossing` beyond the path. Reductions are reduce-only orders against the opening
    position.
    """

    name: Name
    population: Name
    contract: Name
    seed: Seed
    limit_orders: Rate
    post_only_orders: Rate
    market_orders: Rate
    ioc_orders: Rate
    fok_orders: Rate
    amends: Rate
    reductions: Rate
    lifetime_min: Annotated[int, Meta(ge=1, le=240)]
    lifetime_max: Annotated[int, Meta(ge=1, le=240)]
    distance_max: Percent
    crossing: Percent
    sell_share: Percent
    sizes: Annotated[tuple[SizeBand, ...], Meta(min_length=1, max_length=32)]
    phases: Annotated[tuple[Phase, ...], Meta(max_length=64)] = ()


class Fault(Record, frozen=True, kw_only=True):
    """What is wrong with an index source for a time.

    stale: it sends nothing. outlying: it is `by` away. zero: it sends 0. delayed: it shows what
    the path was `delay` ago. crossed: its bid is a tick above its ask (GAT-060).
    """

    contract: Name
    source: Name
    kind: Literal["stale", "outlying", "zero", "delayed", "crossed"]
    from_: Time = field(name="from")
    until: Time
    by: Deviation = Deviation(0)
    delay: Wait = Wait(0)
