"""A scenario as a whole: what a file says, converted to whole units and nothing else.

`reader.py` reads and judges it, `settings.py` makes a venue's `Config` of it,
`replay/population.py`, `replay/timeline.py` and `replay/flow.py` its commands. Records refer to
each other by name.
"""

from typing import Annotated, Literal

from msgspec import Meta

from hkperp.quantities import Duration, Figure, Time
from hkperp.scenario.actors import (
    AccountName,
    Arbitrageur,
    Fault,
    Flow,
    MarketMaker,
    Participant,
    Population,
)
from hkperp.scenario.gate import LimitRecord
from hkperp.scenario.governance import EntityRecord, OfficersRecord
from hkperp.scenario.market import (
    AssetRecord,
    ContractRecord,
    Name,
    OrdersRecord,
    Pack,
    PricePath,
    PrivilegeRecord,
    Record,
    Units,
    Words,
)
from hkperp.scenario.timeline import TimelineEntry

__all__ = ["Expectation", "Scenario"]

RuleId = Annotated[str, Meta(pattern=r"^[A-Z]{2,8}-[0-9]{1,3}(?![\s\S])")]


class Expectation(Record, frozen=True, kw_only=True):
    """What a run must show at its end, and the rules it proves. Without `pack`: under each.

    `that` names a figure of `expectations.FIGURES`; `code` goes with those that are counted by
    code, such as `rejections`, `contract` with prices, `asset` with what is of an asset. With
    `explained`: `account`, what the explanation is `about`, its `part`, and the `nth` of these.
    """

    that: Name
    rules: Annotated[tuple[RuleId, ...], Meta(min_length=1, max_length=16)]
    pack: Name | None = None
    code: Name | None = None
    contract: Name | None = None
    asset: Name | None = None
    account: AccountName | None = None
    about: Name | None = None
    part: Name | None = None
    nth: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    exactly: Figure | None = None
    min: Figure | None = None
    max: Figure | None = None


class Scenario(Record, frozen=True, kw_only=True):
    """A whole scenario file."""

    schema: Literal[1]
    name: Name
    description: Words
    source: Words
    units: Units
    start: Time
    end: Time
    tick_interval: Duration
    assets: Annotated[tuple[AssetRecord, ...], Meta(min_length=1, max_length=8)]
    paths: Annotated[tuple[PricePath, ...], Meta(min_length=1, max_length=8)]
    contracts: Annotated[tuple[ContractRecord, ...], Meta(min_length=1, max_length=8)]
    packs: Annotated[tuple[Pack, ...], Meta(min_length=1, max_length=8)]
    limits: Annotated[tuple[LimitRecord, ...], Meta(max_length=8)] = ()
    orders: OrdersRecord = OrdersRecord()
    privileges: Annotated[tuple[PrivilegeRecord, ...], Meta(max_length=8)] = ()
    operator: EntityRecord | None = None
    officers: OfficersRecord | None = None
    participants: Annotated[tuple[Participant, ...], Meta(max_length=10_000)] = ()
    populations: Annotated[tuple[Population, ...], Meta(max_length=32)] = ()
    market_makers: Annotated[tuple[MarketMaker, ...], Meta(max_length=32)] = ()
    arbitrageurs: Annotated[tuple[Arbitrageur, ...], Meta(max_length=32)] = ()
    flows: Annotated[tuple[Flow, ...], Meta(max_length=32)] = ()
    faults: Annotated[tuple[Fault, ...], Meta(max_length=1000)] = ()
    timeline: Annotated[tuple[TimelineEntry, ...], Meta(max_length=10_000)] = ()
    expect: Annotated[tuple[Expectation, ...], Meta(max_length=1000)] = ()
