"""Is the affiliate of a scenario independent, and is somebody in charge (AFMM-05, AFMM-06)?

As `scenario.checks`, for what `scenario.governance` has words for: checked as soon as it is given.
"""

import re

from hkperp.rules.governance import (
    Entity,
    require_affiliate_officer,
    require_independence,
    require_officers,
)
from hkperp.scenario.governance import entity_of, officers_of
from hkperp.scenario.strict_yaml import Document, Path
from hkperp.scenario.whole import Scenario
from hkperp_engine.errors import InputError

__all__ = ["check_governance"]

#: Roles of governance.Officers whose word in a scenario is another.
_WORDS = {"responsible_officers": "responsible"}


def check_governance(scenario: Scenario, document: Document) -> None:
    """Raise `ScenarioError` where a role has no name or the affiliate shares something.

    With `operator`, every affiliate says its entity, and is held against the operator and every
    other account that says its own.
    """
    affiliates = [i for i, each in enumerate(scenario.participants) if each.class_ == "AFMM"]
    if scenario.officers is not None:
        _check_officers(scenario, document, has_affiliate=bool(affiliates))
    if scenario.operator is None:
        return
    operator = entity_of(scenario.operator)
    for index in affiliates:
        at: Path = ("participants", index)
        record = scenario.participants[index].entity
        if record is None:
            message = (
                "AFMM_INDEPENDENCE_BREACH: an operator is named, and no entity of its affiliate"
            )
            raise document.error(at, message, hint="entity: who it is (AFMM-05)")
        others = [place for place, each in enumerate(scenario.participants) if each.entity]
        others = [place for place in others if place not in affiliates]
        try:
            require_independence(operator, entity_of(record), _entities(scenario, others))
        except InputError as error:
            place = _place(error.path, (*at, "entity"), others)
            raise document.error(place, error.message, hint=error.hint) from None


def _entities(scenario: Scenario, places: list[int]) -> list[Entity]:
    """Return who the participants at these places are."""
    records = [scenario.participants[place].entity for place in places]
    return [entity_of(record) for record in records if record is not None]


def _place(path: str, affiliate: Path, others: list[int]) -> Path:
    """Return where the entity stands that `require_independence` found fault with."""
    if path.startswith("operator"):
        return ("operator",)
    if client := re.match(r"clients\[([0-9]+)\]", path):
        return ("participants", others[int(client[1])], "entity")
    return affiliate


def _check_officers(scenario: Scenario, document: Document, *, has_affiliate: bool) -> None:
    """Every role of GOV-02 has a name; with an affiliate, its conflicts have a person too."""
    assert scenario.officers is not None
    officers = officers_of(scenario.officers)
    try:
        require_officers(officers)
        if has_affiliate:
            require_affiliate_officer(officers)
    except InputError as error:
        _, _, role = error.path.partition(".")
        path: Path = ("officers", _WORDS.get(role, role))
        place = path if path in document.places else path[:1]
        raise document.error(place, error.message, hint=error.hint) from None
