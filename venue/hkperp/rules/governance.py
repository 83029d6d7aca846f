"""Who runs the venue and its affiliated market maker (AFMM), and who may change a rule.

Independence of the affiliate (AFMM-05), the persons in charge (AFMM-06, GOV-02), the four
documents of the licence condition (AFMM-08) and changes with two signatures (GOV-01). Findings
are data; the `require` functions raise InputError, at start-up, with the code in the message.
Times are ns. This module imports neither numpy nor numba.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hkperp_engine.codes import AccountFlag
from hkperp_engine.errors import InputError

__all__ = ["AfmmDocument", "AfmmDocumentKind", "AfmmFiling", "Breach", "ChangeFault", "Entity"]
__all__ += ["Officers", "ParameterChange", "Shared", "afmm_flags", "change_fault"]
__all__ += ["independence_breaches", "require_affiliate_officer", "require_change"]
__all__ += ["require_independence", "require_officers", "require_permitted"]

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Shared(StrEnum):
    """What two entities must not have in common."""

    ENTITY = "entity id"
    USER = "user"
    SESSION = "session"
    CREDENTIAL = "key"
    ADDRESS = "address"


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A legal entity: its users (staff ids), keys, sessions and addresses.

    Addresses are IP addresses or networks, such as 10.1.2.3 or 10.1.0.0/16. Ids are compared
    without regard to case and to spaces around them.
    """

    entity_id: str
    staff_ids: tuple[str, ...] = ()
    credential_ids: tuple[str, ...] = ()
    session_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Breach(NamedTuple):
    """What the affiliate has in common with whom, as the affiliate's entry says it."""

    shared: Shared
    value: str
    other_id: str


class Officers(msgspec.Struct, frozen=True, kw_only=True):
    """The persons in charge, by name (GOV-02); empty: nobody is named.

    `mic_afmm`: the Manager-in-Charge who oversees conflicts of interest with the affiliate
    (AFMM-06).
    """

    responsible_officers: tuple[str, ...] = ()
    mic_omo: str = ""
    mic_risk: str = ""
    mic_compliance: str = ""
    mic_afmm: str = ""


class AfmmDocumentKind(StrEnum):
    """The four documents without which an affiliate may not trade (AFMM-08)."""

    NOTIFICATION = "written notification"
    REPORT = "report of an independent professional firm"
    DECLARATION = "declaration of the MIC for overall management oversight"
    UNDERTAKING = "undertaking to suspend at once"


class AfmmDocument(msgspec.Struct, frozen=True):
    """One of the four, its date, and who signed it: a person or a firm."""

    kind: AfmmDocumentKind
    dated_ns: int
    signed_by: str


class AfmmFiling(msgspec.Struct, frozen=True, kw_only=True):
    """What an affiliate needs before it may trade: who it is, who is in charge, the documents."""

    operator: Entity
    affiliate: Entity
    officers: Officers
    documents: tuple[AfmmDocument, ...] = ()


class ParameterChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a rule: who proposes and who approves it, by name, and since when it is known.

    `notice_ns`: how long before `effective_ns` it has to be announced.
    """

    parameter: str
    proposer: str
    approver: str
    announced_ns: int
    effective_ns: int
    notice_ns: int


class ChangeFault(StrEnum):
    """Why a change is refused (GOV-01)."""

    NO_PROPOSER = "nobody is named who proposes it"
    NO_APPROVER = "nobody is named who approves it"
    ONE_PERSON = "proposer and approver are the same person"
    NO_NOTICE = "its notice is not from 0 up"
    NOTICE_TOO_SHORT = "it takes effect before its notice has run"


_FLAGS = {
    AfmmDocumentKind.NOTIFICATION: AccountFlag.AFMM_NOTIFICATION,
    AfmmDocumentKind.REPORT: AccountFlag.AFMM_REPORT,
    AfmmDocumentKind.DECLARATION: AccountFlag.AFMM_DECLARATION,
    AfmmDocumentKind.UNDERTAKING: AccountFlag.AFMM_UNDERTAKING,
}


def independence_breaches(
    operator: Entity, affiliate: Entity, clients: Sequence[Entity] = ()
) -> list[Breach]:
    """Return what the affiliate shares with the operator, then with each client (AFMM-05).

    Nothing: it is independent. InputError for an address that is none. O(the product of the
    numbers of addresses).
    """
    mine = _networks(affiliate, "affiliate")
    breaches: list[Breach] = []
    others = [("operator", operator), *((f"clients[{i}]", each) for i, each in enumerate(clients))]
    for path, other in others:
        breaches += _common(affiliate, other)
        theirs = _networks(other, path)
        breaches += [
            Breach(Shared.ADDRESS, written, other.entity_id)
            for written, network in mine
            if any(_overlap(network, each) for _, each in theirs)
        ]
    return breaches


def require_independence(
    operator: Entity, affiliate: Entity, clients: Sequence[Entity] = ()
) -> None:
    """Refuse an affiliate that shares something: AFMM_INDEPENDENCE_BREACH (AFMM-05)."""
    breaches = independence_breaches(operator, affiliate, clients)
    if breaches:
        first = breaches[0]
        raise InputError(
            f"AFMM_INDEPENDENCE_BREACH: {affiliate.entity_id} shares the {first.shared} "
            f"{first.value} with {first.other_id}, {len(breaches)} in all",
            path="affiliate",
            hint="give the affiliate users, keys and addresses of its own (AFMM-05)",
        )


def require_officers(officers: Officers) -> None:
    """Refuse a venue in which one of the roles of GOV-02 has no name."""
    named = {
        "responsible_officers": "".join(officers.responsible_officers),
        "mic_omo": officers.mic_omo,
        "mic_risk": officers.mic_risk,
        "mic_compliance": officers.mic_compliance,
    }
    for role, name in named.items():
        if not name.strip():
            raise InputError("nobody is named (GOV-02)", path=f"officers.{role}", hint="name one")


def require_affiliate_officer(officers: Officers) -> None:
    """Refuse an affiliate for whose conflicts nobody is named: AFMM_NOT_PERMITTED (AFMM-06)."""
    if not officers.mic_afmm.strip():
        raise InputError(
            "AFMM_NOT_PERMITTED: no MIC is named for conflicts of interest with the affiliate",
            path="officers.mic_afmm",
            hint="name one (AFMM-06)",
        )


def afmm_flags(filing: AfmmFiling, now_ns: int) -> int:
    """Return the `AccountFlag` bits of the documents that count at a moment (AFMM-08).

    A document counts from its date on if somebody signed it who may: the report a firm that is
    neither the operator nor the affiliate, the declaration the MIC-OMO. O(documents).
    """
    flags = 0
    for document in filing.documents:
        if document.dated_ns <= now_ns and _may_sign(filing, document):
            flags |= _FLAGS[document.kind]
    return flags


def require_permitted(filing: AfmmFiling, now_ns: int, clients: Sequence[Entity] = ()) -> int:
    """Return the affiliate's flags, or refuse it: it may not be enabled (AFMM-05, 06, 08).

    InputError: a role without a name (GOV-02), AFMM_INDEPENDENCE_BREACH, or AFMM_NOT_PERMITTED
    where no MIC for the affiliate's conflicts is named, or a document does not count.
    """
    require_officers(filing.officers)
    require_affiliate_officer(filing.officers)
    require_independence(filing.operator, filing.affiliate, clients)
    flags = afmm_flags(filing, now_ns)
    for kind, flag in _FLAGS.items():
        if not flags & flag:
            raise InputError(
                f"AFMM_NOT_PERMITTED: no {kind} that counts",
                path="documents",
                hint="it needs a date of today or before, and the right signature (AFMM-08)",
            )
    return flags


def change_fault(change: ParameterChange) -> ChangeFault | None:
    """Return why a change of a rule is refused, or None (GOV-01). O(1).

    Announced on Monday at noon with a notice of one day, it may take effect from Tuesday at noon
    on.
    """
    if not _same(change.proposer):
        return ChangeFault.NO_PROPOSER
    if not _same(change.approver):
        return ChangeFault.NO_APPROVER
    if _same(change.proposer) == _same(change.approver):
        return ChangeFault.ONE_PERSON
    if change.notice_ns < 0:
        return ChangeFault.NO_NOTICE
    if change.effective_ns - change.announced_ns < change.notice_ns:
        return ChangeFault.NOTICE_TOO_SHORT
    return None


def require_change(change: ParameterChange) -> None:
    """Refuse a change that `change_fault` finds fault with."""
    fault = change_fault(change)
    if fault:
        raise InputError(
            f"{fault} (GOV-01)",
            path=change.parameter,
            hint="two different persons sign, and the notice is kept",
        )


def _same(name: str) -> str:
    """Return a name or an id as it is compared: case and spaces make no other person."""
    return " ".join(name.casefold().split())


def _common(affiliate: Entity, other: Entity) -> Iterator[Breach]:
    """Yield the ids that the affiliate has in common with another entity."""
    pairs = (
        (Shared.ENTITY, (affiliate.entity_id,), (other.entity_id,)),
        (Shared.USER, affiliate.staff_ids, other.staff_ids),
        (Shared.SESSION, affiliate.session_ids, other.session_ids),
        (Shared.CREDENTIAL, affiliate.credential_ids, other.credential_ids),
    )
    for shared, mine, theirs in pairs:
        known = {_same(each) for each in theirs}
        yield from (Breach(shared, each, other.entity_id) for each in mine if _same(each) in known)


def _networks(entity: Entity, path: str) -> list[tuple[str, _Network]]:
    """Return an entity's addresses as written, with what they mean."""
    found = []
    for place, written in enumerate(entity.addresses):
        try:
            network: _Network = ipaddress.ip_network(written.strip())
        except ValueError as error:
            where = f"{path}.addresses[{place}]"
            raise InputError(str(error), path=where, hint="10.1.2.3 or 10.1.0.0/16") from None
        found.append((written, _plain(network)))
    return found


def _plain(network: _Network) -> _Network:
    """Return an IPv4 address that is written as an IPv6 one as what it is."""
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen == 128:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.IPv4Network(mapped)
    return network


def _overlap(one: _Network, other: _Network) -> bool:
    """Tell whether two networks have an address in common."""
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.overlaps(other)
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return one.overlaps(other)
    return False


def _may_sign(filing: AfmmFiling, document: AfmmDocument) -> bool:
    """Tell whether a document is signed by somebody who may sign it."""
    signer = _same(document.signed_by)
    if document.kind == AfmmDocumentKind.REPORT:
        own = {_same(filing.operator.entity_id), _same(filing.affiliate.entity_id), ""}
        return signer not in own
    if document.kind == AfmmDocumentKind.DECLARATION:
        return bool(signer) and signer == _same(filing.officers.mic_omo)
    return bool(signer)
