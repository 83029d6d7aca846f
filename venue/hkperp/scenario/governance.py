"""The words of a scenario for who runs the venue, who is in charge, and who stands apart.

As `hkperp.rules.governance`, which judges them (AFMM-05, AFMM-06, GOV-02). All of it is optional,
and all of it is checked as soon as it is given; docs/scenarios.md shows each key by example.
"""

from typing import Annotated

from msgspec import Meta

from hkperp.rules.governance import Entity, Officers
from hkperp.scenario.record import Name, Record, Words

__all__ = ["EntityRecord", "OfficersRecord", "entity_of", "officers_of"]

Ids = Annotated[tuple[Words, ...], Meta(max_length=64)]
Person = Annotated[str, Meta(max_length=200)]


class EntityRecord(Record, frozen=True, kw_only=True):
    """A legal entity: what it may not share with the affiliate (AFMM-05).

    `addresses`: IP addresses or networks.
    """

    id: Name
    staff: Ids = ()
    keys: Ids = ()
    sessions: Ids = ()
    addresses: Ids = ()


class OfficersRecord(Record, frozen=True, kw_only=True):
    """The persons in charge by name (GOV-02); `mic_afmm` for the affiliate's conflicts."""

    responsible: Ids = ()
    mic_omo: Person = ""
    mic_risk: Person = ""
    mic_compliance: Person = ""
    mic_afmm: Person = ""


def entity_of(record: EntityRecord) -> Entity:
    """Return the entity that a file describes."""
    return Entity(
        entity_id=record.id,
        staff_ids=record.staff,
        credential_ids=record.keys,
        session_ids=record.sessions,
        addresses=record.addresses,
    )


def officers_of(record: OfficersRecord) -> Officers:
    """Return the persons that a file names."""
    return Officers(
        responsible_officers=record.responsible,
        mic_omo=record.mic_omo,
        mic_risk=record.mic_risk,
        mic_compliance=record.mic_compliance,
        mic_afmm=record.mic_afmm,
    )
