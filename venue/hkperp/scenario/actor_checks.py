"""Do the accounts, populations, agents, faults and the timeline of a scenario fit together?

As `scenario.checks`, for those who act.
"""

from collections.abc import Sequence
from typing import Any

from hkperp.quantities import Amount, AssetPrice, Size, time_text
from hkperp.scenario.actors import Flow, Participant, Population, SizeBand
from hkperp.scenario.evidence import proved
from hkperp.scenario.market import AssetRecord, ContractRecord
from hkperp.scenario.record_checks import exact, known
from hkperp.scenario.settings import lots_of
from hkperp.scenario.strict_yaml import Document, Path
from hkperp.scenario.timeline_checks import check_timeline
from hkperp.scenario.whole import Scenario
from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

__all__ = ["ACCOUNTS_MAX", "check_actors"]

ACCOUNTS_MAX = 1_000_000
#: What a unit of a generated account's collateral counts for, and the most free money it has:
#: within these the amounts of `population` stay within 64 bits.
VALUATION_PPB_MIN, VALUATION_PPB_MAX = PPB // 10, 9 * PPB
FREE_MAX = 2**49


def check_actors(scenario: Scenario, document: Document) -> None:
    """Raise `ScenarioError` at the first record that does not fit."""
    total = len(scenario.participants) + sum(each.count for each in scenario.populations)
    if total > ACCOUNTS_MAX or total < 1:
        message = f"{total:,} accounts, not from 1 to {ACCOUNTS_MAX:,}"
        raise document.error(("populations",) if total else (), message)
    for index, participant in enumerate(scenario.participants):
        _check_participant(scenario, document, ("participants", index), participant)
        for number, deposit in enumerate(participant.deposits):
            at = ("participants", index, "deposits", number)
            known(document, (*at, "asset"), deposit.asset, scenario.assets, "asset")
            if not deposit.amount:
                raise document.error((*at, "amount"), "an amount above 0")
    for index, population in enumerate(scenario.populations):
        _check_population(scenario, document, ("populations", index), population)
    _check_open_interest(scenario, document)
    for group in ("market_makers", "arbitrageurs"):
        for index, maker in enumerate(getattr(scenario, group)):
            _check_quoting(scenario, document, (group, index), maker)
    for index, flow in enumerate(scenario.flows):
        _check_flow(scenario, document, ("flows", index), flow)
    for index, fault in enumerate(scenario.faults):
        where = ("faults", index)
        contract = known(
            document, (*where, "contract"), fault.contract, scenario.contracts, "contract"
        )
        known(document, (*where, "source"), fault.source, contract.sources, "source")
        _check_span(document, where, fault)
        if fault.kind == "outlying" and not fault.by:
            raise document.error(at, "an outlying source needs `by`")
        if fault.kind == "delayed" and not fault.delay:
            raise document.error(at, "a delayed source needs `delay`")
    check_timeline(scenario, document)


def _check_participant(scenario: Scenario, document: Document, at: Path, who: Participant) -> None:
    """Class and date are given or follow from evidence; wallets of known contracts."""
    given = {"class": who.class_, "valid_until": who.valid_until}
    for name, value in given.items():
        if value is None and who.evidence is None:
            raise document.error(at, f"key {name} is missing", hint="or give evidence")
        if value is not None and who.evidence is not None:
            message = f"{name} follows from the evidence: give one of them"
            raise document.error((*at, name), message)
    try:
        proved(who, int(scenario.start))
    except InputError as error:
        raise document.error((*at, "evidence"), str(error)) from None
    for number, contract in enumerate(who.isolated):
        where = (*at, "isolated", number)
        known(document, where, contract, scenario.contracts, "contract")
        if contract in who.isolated[:number]:
            raise document.error(where, f"second isolated wallet for {contract}")


def _check_span(document: Document, at: Path, record: Any) -> None:
    if record.until <= record.from_:
        message = f"time goes back: {time_text(record.until)} after {time_text(record.from_)}"
        raise document.error((*at, "until"), message)


def _check_sizes(
    document: Document, at: Path, sizes: Sequence[SizeBand], contract: ContractRecord
) -> None:
    for index, band in enumerate(sizes):
        exact(document, (*at, index, "low"), lots_of, contract, band.low)
        exact(document, (*at, index, "high"), lots_of, contract, band.high)
        if band.high < band.low:
            raise document.error((*at, index, "high"), "below the low end of the band")
        if band.high > contract.position_max:
            message = f"above the largest position, {Size.text(contract.position_max)}"
            raise document.error((*at, index, "high"), message)


def _check_population(
    scenario: Scenario, document: Document, at: Path, population: Population
) -> None:
    for index, choice in enumerate(population.collateral):
        where = (*at, "collateral", index, "asset")
        asset = known(document, where, choice.asset, scenario.assets, "asset")
        _check_collateral(document, where, asset)
    if population.free_high < population.free_low:
        raise document.error((*at, "free_high"), "below free_low")
    if population.free_high > FREE_MAX:
        raise document.error((*at, "free_high"), f"more than {Amount.text(FREE_MAX)}")
    positions = population.positions
    if positions is None:
        return
    at = (*at, "positions")
    contract = known(
        document, (*at, "contract"), positions.contract, scenario.contracts, "contract"
    )
    _check_sizes(document, (*at, "sizes"), positions.sizes, contract)
    longs = population.count * positions.long_share // PPB
    if not 0 < longs < population.count:
        message = f"{longs} of {population.count} accounts long: both sides need one"
        raise document.error((*at, "long_share"), message)


def _check_collateral(document: Document, at: Path, asset: AssetRecord) -> None:
    price = min(asset.price, asset.par) if asset.par else asset.price
    value = price * (PPB - asset.haircut) // PPB
    if asset.kind == "INELIGIBLE" or not asset.licensed or not asset.convertible:
        raise document.error(at, f"{asset.name} does not count as margin")
    if not VALUATION_PPB_MIN <= value <= VALUATION_PPB_MAX:
        message = f"a unit of {asset.name} counts for HKD {AssetPrice.text(value)}"
        raise document.error(at, message, hint="generated accounts: from 0.1 to 9")


def _check_open_interest(scenario: Scenario, document: Document) -> None:
    """The worst that the populations can draw fits under the cap (LIM-03)."""
    for contract in scenario.contracts:
        total = 0
        for index, population in enumerate(scenario.populations):
            positions = population.positions
            if positions is None or positions.contract != contract.name:
                continue
            longs = population.count * positions.long_share // PPB
            fewer = min(longs, population.count - longs)
            total += fewer * max(band.high for band in positions.sizes)
            if total > contract.open_interest_cap:
                message = f"up to {Size.text(total)} of open interest in {contract.name}, "
                message += f"its cap is {Size.text(contract.open_interest_cap)}"
                raise document.error(("populations", index, "positions"), message)


def _check_quoting(scenario: Scenario, document: Document, at: Path, maker: Any) -> None:
    """A market maker or an arbitrageur."""
    who = known(
        document, (*at, "participant"), maker.participant, scenario.participants, "participant"
    )
    contract = known(document, (*at, "contract"), maker.contract, scenario.contracts, "contract")
    exact(document, (*at, "size"), lots_of, contract, maker.size)
    if maker.size > contract.position_max:
        raise document.error((*at, "size"), "above the largest position")
    if at[0] == "arbitrageurs":
        reach = maker.distance
    else:
        reach = maker.first + maker.levels * maker.spacing
        if who.class_ != "AFMM":
            message = f"{who.name} is of class {who.class_}, a market maker is AFMM"
            raise document.error((*at, "participant"), message)
    if reach > PPB // 2:
        raise document.error(at, "reaches more than 50% from the path")


def _check_flow(scenario: Scenario, document: Document, at: Path, flow: Flow) -> None:
    population = known(
        document, (*at, "population"), flow.population, scenario.populations, "population"
    )
    contract = known(document, (*at, "contract"), flow.contract, scenario.contracts, "contract")
    _check_sizes(document, (*at, "sizes"), flow.sizes, contract)
    if flow.lifetime_max < flow.lifetime_min:
        raise document.error((*at, "lifetime_max"), "below lifetime_min")
    for name in ("distance_max", "crossing"):
        if not 0 < getattr(flow, name) <= PPB // 2:
            raise document.error((*at, name), "above 0% and at most 50%")
    positions = population.positions
    if flow.reductions and (positions is None or positions.contract != flow.contract):
        message = f"{population.name} opens nothing in {flow.contract} that could be reduced"
        raise document.error((*at, "reductions"), message)
    before = None
    for index, phase in enumerate(flow.phases):
        where = (*at, "phases", index)
        _check_span(document, where, phase)
        if before is not None and phase.from_ < before:
            raise document.error((*where, "from"), "time goes back: the phase before still runs")
        before = phase.until
