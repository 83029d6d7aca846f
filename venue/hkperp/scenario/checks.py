"""Do the records of a scenario fit together? One function per part, each raising at its line.

Records are already of the right form and within their own bounds (whole.py). Here names are
looked up, quantities are brought to ticks and lots, times are put in order, and sizes that a file
asks for are budgeted before anything is allocated.
"""

import difflib
from collections.abc import Sequence
from typing import Any

from hkperp.quantities import E8, Price, time_text
from hkperp.scenario.actor_checks import check_actors
from hkperp.scenario.expectations import (
    ASSETS,
    CODED,
    FIGURES,
    LOTS,
    read_figure,
    tick_of,
    unit_of,
)
from hkperp.scenario.explained_parts import PARTS
from hkperp.scenario.gate import ReferenceRecord
from hkperp.scenario.governance_checks import check_governance
from hkperp.scenario.market import ContractRecord, Pack, PricePath
from hkperp.scenario.price_path import STEPS_MAX, path_of
from hkperp.scenario.record_checks import exact, known
from hkperp.scenario.settings import lots_of, price_ticks, tick_value, worth
from hkperp.scenario.strict_yaml import Document, Path
from hkperp.scenario.timeline_checks import check_account
from hkperp.scenario.whole import Expectation, Scenario
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, PPB

__all__ = ["COMMANDS_MAX", "check_records"]

COMMANDS_MAX = 10_000_000
DAYS_MAX = 31


def check_records(scenario: Scenario, document: Document) -> None:
    """Raise `ScenarioError` at the first record that does not fit."""
    _check_names(scenario, document)
    _check_time(scenario, document)
    if scenario.assets[0].name != scenario.units.currency:
        message = f"the first asset is {scenario.assets[0].name}, not {scenario.units.currency}"
        raise document.error(("assets", 0, "name"), message)
    for index, path in enumerate(scenario.paths):
        _check_path(scenario, document, ("paths", index), path)
    steps = (scenario.end - scenario.start) // scenario.tick_interval
    steps += sum(len(path.knots) for path in scenario.paths)
    if steps > STEPS_MAX:
        message = f"up to {steps:,} mark steps, at most {STEPS_MAX:,}"
        raise document.error(("tick_interval",), message)
    for index, contract in enumerate(scenario.contracts):
        _check_contract(scenario, document, ("contracts", index), contract)
    for index, pack in enumerate(scenario.packs):
        _check_pack(scenario, document, ("packs", index), pack)
    _check_orders(scenario, document)
    check_actors(scenario, document)
    check_governance(scenario, document)
    _check_budget(scenario, document, steps)
    for index, expectation in enumerate(scenario.expect):
        _check_expectation(scenario, document, ("expect", index), expectation)


def _check_names(scenario: Scenario, document: Document) -> None:
    """Each name once among its like; accounts and populations share theirs."""
    groups: dict[str, Sequence[Any]] = {
        "assets": scenario.assets,
        "paths": scenario.paths,
        "contracts": scenario.contracts,
        "packs": scenario.packs,
        "participants": scenario.participants,
        "populations": scenario.populations,
        "flows": scenario.flows,
    }
    seen: dict[tuple[str, str], str] = {}
    for group, records in groups.items():
        family = "accounts" if group in ("participants", "populations") else group
        for index, record in enumerate(records):
            if first := seen.get((family, record.name)):
                message = f"{record.name} is already the name of {first}"
                raise document.error((group, index, "name"), message)
            seen[family, record.name] = f"{group}[{index}]"


def _check_time(scenario: Scenario, document: Document) -> None:
    if scenario.end <= scenario.start:
        message = f"time goes back: ends {time_text(scenario.end)}, "
        raise document.error(("end",), message + f"starts {time_text(scenario.start)}")
    if scenario.end - scenario.start > DAYS_MAX * NS_PER_DAY:
        raise document.error(("end",), f"more than {DAYS_MAX} days after the start")
    if scenario.tick_interval > NS_PER_HOUR:
        raise document.error(("tick_interval",), "marks are taken once an hour at least")


def _check_path(scenario: Scenario, document: Document, at: Path, path: PricePath) -> None:
    if path.csv is not None and (*at, "knots") in document.places:
        raise document.error((*at, "csv"), "give knots or a csv column, not both")
    if not path.knots:
        raise document.error(at, "no knots: give a table of them, or a csv column")
    before = None
    for index, (time, _) in enumerate(path.knots):
        where = (*at, "knots", index, 0)
        if before is not None and time <= before:
            message = f"time goes back: {time_text(time)} after {time_text(before)}"
            raise document.error(where, message)
        before = time
    if path.knots[0][0] > scenario.start:
        message = f"the path starts {time_text(path.knots[0][0])}, "
        message += f"after the scenario ({time_text(scenario.start)})"
        raise document.error((*at, "knots", 0, 0), message)


def _check_contract(
    scenario: Scenario, document: Document, at: Path, contract: ContractRecord
) -> None:
    known(document, (*at, "path"), contract.path, scenario.paths, "path")
    value = exact(document, (*at, "tick"), tick_value, contract)
    highest = exact(document, (*at, "price_max"), price_ticks, contract, contract.price_max)
    exact(document, (*at, "position_max"), lots_of, contract, contract.position_max)
    exact(document, (*at, "open_interest_cap"), lots_of, contract, contract.open_interest_cap)
    for name in ("client_position_max", "group_position_max"):
        if (size := getattr(contract, name)) is not None:
            exact(document, (*at, name), lots_of, contract, size)
    if held := contract.open_interest_share:
        exact(document, (*at, "open_interest_share", "floor"), lots_of, contract, held.floor)
    notional = contract.funding.impact_notional
    if notional % value:
        message = f"not a whole number of ticks x lots, which are {value} ledger units each"
        raise document.error((*at, "funding", "impact_notional"), message)
    _check_trading(document, (*at, "trading"), contract)
    if contract.reference is not None:
        _check_reference(document, (*at, "reference"), contract.reference)
    path = path_of(scenario, contract)
    tick = contract.tick * E8
    for index, (_, price) in enumerate(path.knots):
        ticks = price * path.rate // tick
        if not 1 <= ticks < highest:
            written = f"{Price.text(price)} {path.currency} is {ticks:,} ticks of {contract.name}"
            where = ("paths", scenario.paths.index(path), "knots", index, 1)
            raise document.error(where, f"{written}, not from 1 to below {highest:,}")


def _check_reference(document: Document, at: Path, reference: ReferenceRecord) -> None:
    """One asset or one index, and ranges of principles that run upwards (REF-01, REF-05)."""
    if (reference.asset is None) == (reference.index is None):
        raise document.error(at, "give an asset or an index, one of them")
    if reference.index is None or reference.index.attestation is None:
        return
    for number, principle in enumerate(reference.index.attestation.principles):
        if principle.last < principle.first:
            where = (*at, "index", "attestation", "principles", number, "last")
            raise document.error(where, f"{principle.last} is before {principle.first}")


def _check_trading(document: Document, at: Path, contract: ContractRecord) -> None:
    trading = contract.trading
    if trading.order_max is not None:
        exact(document, (*at, "order_max"), lots_of, contract, trading.order_max)
    if trading.order_value_max is not None:
        exact(document, (*at, "order_value_max"), worth, contract, trading.order_value_max)


def _check_orders(scenario: Scenario, document: Document) -> None:
    """Rules of the books, and that every privilege of the affiliate is disclosed (AFMM-04)."""
    if scenario.orders.day_start >= NS_PER_DAY:
        raise document.error(("orders", "day_start"), "a day begins less than 24h after midnight")
    names = [each.name for each in scenario.privileges]
    for index, privilege in enumerate(scenario.privileges):
        at = ("privileges", index)
        if not privilege.disclosure:
            message = f"AFMM_UNDISCLOSED_PRIVILEGE: {privilege.name} has no disclosure (AFMM-04)"
            raise document.error(at, message, hint="disclosure: the id it is published under")
        if privilege.name in names[:index]:
            raise document.error((*at, "name"), f"second {privilege.name}")


def _check_pack(scenario: Scenario, document: Document, at: Path, pack: Pack) -> None:
    given = [rules.contract for rules in pack.contracts]
    for index, name in enumerate(given):
        where = (*at, "contracts", index, "contract")
        known(document, where, name, scenario.contracts, "contract")
        if name in given[:index]:
            raise document.error(where, f"second rules for {name}")
        contract = scenario.contracts[[each.name for each in scenario.contracts].index(name)]
        if (inventory := pack.contracts[index].inventory_max) is not None:
            exact(document, (*where[:-1], "inventory_max"), lots_of, contract, inventory)
        if (depth := pack.contracts[index].open_interest_depth) is not None:
            floor = (*where[:-1], "open_interest_depth", "floor")
            exact(document, floor, lots_of, contract, depth.floor)
    for contract in scenario.contracts:
        if contract.name not in given:
            raise document.error((*at, "contracts"), f"no rules for {contract.name}")
    lowest = {rules.contract: rules.tiers[0].initial for rules in pack.contracts}
    leveraged = [each.population for each in pack.leverage]
    for index, each in enumerate(pack.leverage):
        where = (*at, "leverage", index)
        population = known(
            document, (*where, "population"), each.population, scenario.populations, "population"
        )
        if each.population in leveraged[:index]:
            raise document.error((*where, "population"), f"second leverage of {each.population}")
        if population.positions is None:
            raise document.error((*where, "population"), f"{each.population} has no positions")
        initial = lowest.get(population.positions.contract, PPB)
        for choice, mix in enumerate(each.mix):
            # Leverage in hundredths times margin in ppb: 100 * PPB is the whole notional.
            if mix.times * initial > 100 * PPB:
                message = f"{mix.times / 100:g}x is more than the initial margin allows"
                raise document.error((*where, "mix", choice, "times"), message)
    for population in scenario.populations:
        if population.positions is not None and population.name not in leveraged:
            path = (*at, "leverage") if pack.leverage else at
            raise document.error(path, f"no leverage for the positions of {population.name}")


def _check_budget(scenario: Scenario, document: Document, steps: int) -> None:
    """Commands that a file asks for, before one is made."""
    minutes = -(-(scenario.end - scenario.start) // NS_PER_MINUTE)
    total = sum(4 * each.levels * steps for each in scenario.market_makers)
    for index, flow in enumerate(scenario.flows):
        rate = flow.market_orders + flow.ioc_orders + flow.fok_orders + flow.amends
        rate += flow.reductions + 2 * (flow.limit_orders + flow.post_only_orders)
        busiest = max([100, *(phase.factor for phase in flow.phases)])
        total += rate * minutes * busiest // 100
        if total > COMMANDS_MAX:
            message = f"asks for up to {total:,} commands, at most {COMMANDS_MAX:,}"
            raise document.error(("flows", index), message)


def _check_explained(
    scenario: Scenario, document: Document, at: Path, wanted: Expectation
) -> None:
    """`explained` has an account, what it is about and a part; nothing else has any of these."""
    for name in ("account", "about", "part"):
        value = getattr(wanted, name)
        if value is None and wanted.that == "explained":
            raise document.error(at, f"explained needs account, about and part: no {name}")
        if value is not None and wanted.that != "explained":
            raise document.error((*at, name), f"{wanted.that} has no {name}: explained has")
    if wanted.account is None or wanted.about is None:
        return
    check_account(scenario, document, (*at, "account"), wanted.account)
    parts = PARTS.get(wanted.about, {})
    for name, value, there in (("about", wanted.about, PARTS), ("part", wanted.part, parts)):
        if value not in there:
            hint = "one of " + ", ".join(there)
            raise document.error((*at, name), f"no {name} is named {value}", hint=hint)


def _check_expectation(
    scenario: Scenario, document: Document, at: Path, wanted: Expectation
) -> None:
    if wanted.that not in FIGURES:
        like = difflib.get_close_matches(wanted.that, FIGURES, 3)
        hint = "perhaps " + " or ".join(like) if like else "docs/scenarios.md names them"
        raise document.error((*at, "that"), f"no figure is named {wanted.that}", hint=hint)
    _check_explained(scenario, document, at, wanted)
    unit = unit_of(wanted)
    if wanted.pack is not None:
        known(document, (*at, "pack"), wanted.pack, scenario.packs, "pack")
    if wanted.code is not None:
        codes = CODED.get(wanted.that)
        if codes is None:
            hint = "with one of " + ", ".join(CODED)
            raise document.error((*at, "code"), f"{wanted.that} has no codes", hint=hint)
        if wanted.code not in codes.__members__:
            word = "refusal" if wanted.that == "rejections" else codes.__name__
            raise document.error((*at, "code"), f"no {word} is named {wanted.code}")
    if (wanted.contract is not None) != (unit == "price" or wanted.that in LOTS):
        message = f"prices and {', '.join(LOTS)} are of a contract, and nothing else is"
        raise document.error((*at, "contract"), message)
    if wanted.contract is not None:
        known(document, (*at, "contract"), wanted.contract, scenario.contracts, "contract")
    if (wanted.asset is not None) != (wanted.that in ASSETS):
        message = f"{', '.join(ASSETS)} are of an asset, and nothing else is"
        raise document.error((*at, "asset"), message)
    if wanted.asset is not None:
        known(document, (*at, "asset"), wanted.asset, scenario.assets, "asset")
    given = {name: getattr(wanted, name) for name in ("exactly", "min", "max")}
    given = {name: figure for name, figure in given.items() if figure is not None}
    if not given or ("exactly" in given and len(given) > 1):
        raise document.error(at, "give exactly, or min, or max, or min and max")
    if unit == "text" and "exactly" not in given:
        raise document.error(at, f"{wanted.that} is text: give exactly")
    values = {}
    tick = tick_of(scenario, wanted)
    for name, figure in given.items():
        values[name] = exact(document, (*at, name), read_figure, figure, unit, tick)
    if "min" in values and "max" in values and values["min"] > values["max"]:
        raise document.error((*at, "max"), "max is below min")
