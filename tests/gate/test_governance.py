"""Independence, persons in charge, documents, signatures (AFMM-05, 06, 08; GOV-01, GOV-02)."""

import itertools

import msgspec
import pytest

from hkperp.rules.governance import (
    AfmmDocument,
    AfmmDocumentKind,
    AfmmFiling,
    Breach,
    ChangeFault,
    Entity,
    Officers,
    ParameterChange,
    Shared,
    afmm_flags,
    change_fault,
    independence_breaches,
    require_change,
    require_independence,
    require_officers,
    require_permitted,
)
from hkperp_engine.codes import AFMM_DOCUMENTS, AccountFlag
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR

NOW = 1_770_800_000_000_000_000
OPERATOR = Entity(
    entity_id="Platform Ltd",
    staff_ids=("p-1", "p-2"),
    credential_ids=("key-p",),
    session_ids=("s-1",),
    addresses=("10.1.0.0/16", "2001:db8::1"),
)
AFFILIATE = Entity(
    entity_id="Maker Ltd",
    staff_ids=("m-1",),
    credential_ids=("key-m",),
    session_ids=("s-2",),
    addresses=("10.2.0.7", "2001:db8:1::/64"),
)
CLIENT = Entity(
    entity_id="Client Ltd", staff_ids=("c-1",), credential_ids=("key-c",), addresses=("192.0.2.9",)
)


def affiliate(**facts) -> Entity:
    return msgspec.structs.replace(AFFILIATE, **facts)


def test_strangers_are_independent() -> None:
    """(AFMM-05) What operator and client share between them is not the affiliate's."""
    twin = msgspec.structs.replace(CLIENT, staff_ids=OPERATOR.staff_ids)
    assert independence_breaches(OPERATOR, AFFILIATE, [CLIENT, twin]) == []
    require_independence(OPERATOR, AFFILIATE, [CLIENT, twin])


# what is different of the affiliate, what is then shared
SHARED = [
    ({"entity_id": "platform ltd "}, Shared.ENTITY, "platform ltd ", "Platform Ltd"),
    ({"staff_ids": ("m-1", "p-2")}, Shared.USER, "p-2", "Platform Ltd"),
    ({"staff_ids": ("P-2 ",)}, Shared.USER, "P-2 ", "Platform Ltd"),
    ({"staff_ids": ("c-1",)}, Shared.USER, "c-1", "Client Ltd"),
    ({"session_ids": ("s-1",)}, Shared.SESSION, "s-1", "Platform Ltd"),
    ({"credential_ids": ("key-p",)}, Shared.CREDENTIAL, "key-p", "Platform Ltd"),
    ({"credential_ids": ("key-c",)}, Shared.CREDENTIAL, "key-c", "Client Ltd"),
    ({"addresses": ("10.1.255.255",)}, Shared.ADDRESS, "10.1.255.255", "Platform Ltd"),
    ({"addresses": ("10.0.0.0/8",)}, Shared.ADDRESS, "10.0.0.0/8", "Platform Ltd"),
    ({"addresses": ("::ffff:10.1.2.3",)}, Shared.ADDRESS, "::ffff:10.1.2.3", "Platform Ltd"),
    ({"addresses": ("2001:0DB8:0::1",)}, Shared.ADDRESS, "2001:0DB8:0::1", "Platform Ltd"),
    ({"addresses": ("192.0.2.9",)}, Shared.ADDRESS, "192.0.2.9", "Client Ltd"),
]


@pytest.mark.parametrize(("facts", "shared", "value", "other"), SHARED)
def test_what_is_shared_is_a_breach(facts: dict, shared: Shared, value: str, other: str) -> None:
    """(AFMM-05) A user, a session, a key, an address: each alone is one."""
    maker = affiliate(**facts)
    assert independence_breaches(OPERATOR, maker, [CLIENT]) == [Breach(shared, value, other)]
    with pytest.raises(InputError, match="AFMM_INDEPENDENCE_BREACH") as caught:
        require_independence(OPERATOR, maker, [CLIENT])
    assert shared in str(caught.value)
    assert other in str(caught.value)


@pytest.mark.parametrize("address", ["10.0.255.255", "10.2.0.0/15", "2001:db8::2", "172.16.0.1"])
def test_neighbours_are_no_breach(address: str) -> None:
    assert independence_breaches(OPERATOR, affiliate(addresses=(address,))) == []


def test_every_breach_is_told() -> None:
    """The operator's own people under another name: everything is shared."""
    twin = msgspec.structs.replace(OPERATOR, entity_id="Maker Ltd")
    found = independence_breaches(OPERATOR, twin)
    assert [each.shared for each in found] == [
        Shared.USER,
        Shared.USER,
        Shared.SESSION,
        Shared.CREDENTIAL,
        Shared.ADDRESS,
        Shared.ADDRESS,
    ]


@pytest.mark.parametrize("address", ["10.1.2", "10.1.2.3/8", "host", "", "10.1.2.256"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError) as caught:
        independence_breaches(OPERATOR, AFFILIATE, [Entity(entity_id="x", addresses=(address,))])
    assert caught.value.path == "clients[0].addresses[0]"
    with pytest.raises(InputError) as caught:
        independence_breaches(OPERATOR, affiliate(addresses=(address,)))
    assert caught.value.path == "affiliate.addresses[0]"


OFFICERS = Officers(
    responsible_officers=("Ada Wong", "Ben Ho"),
    mic_omo="Cleo Ng",
    mic_risk="Dan Ma",
    mic_compliance="Eva Lo",
    mic_afmm="Finn Yu",
)


@pytest.mark.parametrize("role", ["responsible_officers", "mic_omo", "mic_risk", "mic_compliance"])
@pytest.mark.parametrize("name", ["", "  "])
def test_every_role_has_a_name(role: str, name: str) -> None:
    """(GOV-02)"""
    require_officers(OFFICERS)
    empty = (name,) if role == "responsible_officers" else name
    with pytest.raises(InputError, match="GOV-02") as caught:
        require_officers(msgspec.structs.replace(OFFICERS, **{role: empty}))
    assert caught.value.path == f"officers.{role}"


NOTIFICATION, REPORT = AfmmDocumentKind.NOTIFICATION, AfmmDocumentKind.REPORT
DECLARATION, UNDERTAKING = AfmmDocumentKind.DECLARATION, AfmmDocumentKind.UNDERTAKING
DOCUMENTS = {
    NOTIFICATION: AfmmDocument(NOTIFICATION, NOW, "Ada Wong"),
    REPORT: AfmmDocument(REPORT, NOW, "Peak Assurance"),
    DECLARATION: AfmmDocument(DECLARATION, NOW, "Cleo Ng"),
    UNDERTAKING: AfmmDocument(UNDERTAKING, NOW, "Ada Wong"),
}
BITS = {
    NOTIFICATION: AccountFlag.AFMM_NOTIFICATION,
    REPORT: AccountFlag.AFMM_REPORT,
    DECLARATION: AccountFlag.AFMM_DECLARATION,
    UNDERTAKING: AccountFlag.AFMM_UNDERTAKING,
}


def filing(*documents: AfmmDocument, officers: Officers = OFFICERS) -> AfmmFiling:
    return AfmmFiling(
        operator=OPERATOR, affiliate=AFFILIATE, officers=officers, documents=documents
    )


@pytest.mark.parametrize("has", list(itertools.product((False, True), repeat=4)))
def test_each_document_is_a_flag(has: tuple[bool, ...]) -> None:
    """(AFMM-08) All sixteen sets of the four documents; one of them lets it trade."""
    chosen = [kind for kind, is_there in zip(AfmmDocumentKind, has) if is_there]
    found = filing(*(DOCUMENTS[kind] for kind in chosen))
    flags = afmm_flags(found, NOW)
    assert flags == sum(BITS[kind] for kind in chosen)
    assert (flags == AFMM_DOCUMENTS) == all(has)
    if all(has):
        assert require_permitted(found, NOW, [CLIENT]) == AFMM_DOCUMENTS
        return
    with pytest.raises(InputError, match="AFMM_NOT_PERMITTED") as caught:
        require_permitted(found, NOW, [CLIENT])
    first = next(kind for kind, is_there in zip(AfmmDocumentKind, has) if not is_there)
    assert first in str(caught.value)


# a document, whether it counts
SIGNED = [
    (AfmmDocument(REPORT, NOW, "Platform Ltd"), False),
    (AfmmDocument(REPORT, NOW, "maker  ltd"), False),
    (AfmmDocument(REPORT, NOW, " "), False),
    (AfmmDocument(REPORT, NOW + 1, "Peak Assurance"), False),
    (AfmmDocument(REPORT, 0, "Peak Assurance"), True),
    (AfmmDocument(DECLARATION, NOW, "Dan Ma"), False),
    (AfmmDocument(DECLARATION, NOW, "cleo ng"), True),
    (AfmmDocument(NOTIFICATION, NOW, ""), False),
    (AfmmDocument(UNDERTAKING, NOW + NS_PER_DAY, "Ada Wong"), False),
]


@pytest.mark.parametrize(("document", "counts"), SIGNED)
def test_who_signs_and_when(document: AfmmDocument, counts: bool) -> None:
    """(AFMM-08) An independent firm reports; the MIC-OMO declares; nothing counts before it is."""
    assert afmm_flags(filing(document), NOW) == (BITS[document.kind] if counts else 0)


def test_a_declaration_of_nobody() -> None:
    nobody = msgspec.structs.replace(OFFICERS, mic_omo="")
    unsigned = AfmmDocument(DECLARATION, NOW, "")
    assert afmm_flags(filing(unsigned, officers=nobody), NOW) == 0


def test_without_a_mic_for_its_conflicts_it_cannot_be_enabled() -> None:
    """(AFMM-06)"""
    nobody = msgspec.structs.replace(OFFICERS, mic_afmm=" ")
    with pytest.raises(InputError, match=r"AFMM_NOT_PERMITTED.*AFMM-06") as caught:
        require_permitted(filing(*DOCUMENTS.values(), officers=nobody), NOW)
    assert caught.value.path == "officers.mic_afmm"


def test_all_four_documents_do_not_make_it_independent() -> None:
    """(AFMM-05)"""
    found = filing(*DOCUMENTS.values())
    shared = msgspec.structs.replace(found, affiliate=affiliate(credential_ids=("key-p",)))
    with pytest.raises(InputError, match="AFMM_INDEPENDENCE_BREACH"):
        require_permitted(shared, NOW)
    with pytest.raises(InputError, match="AFMM_INDEPENDENCE_BREACH"):
        require_permitted(found, NOW, [msgspec.structs.replace(CLIENT, staff_ids=("m-1",))])


CHANGE = ParameterChange(
    parameter="contracts[0].tiers",
    proposer="Dan Ma",
    approver="Eva Lo",
    announced_ns=NOW,
    effective_ns=NOW + NS_PER_DAY,
    notice_ns=NS_PER_DAY,
)
CHANGES = [
    ({}, None),
    ({"proposer": ""}, ChangeFault.NO_PROPOSER),
    ({"approver": " "}, ChangeFault.NO_APPROVER),
    ({"approver": "Dan Ma"}, ChangeFault.ONE_PERSON),
    ({"approver": " dan  MA"}, ChangeFault.ONE_PERSON),
    ({"effective_ns": NOW + NS_PER_DAY - 1}, ChangeFault.NOTICE_TOO_SHORT),
    ({"effective_ns": NOW + NS_PER_DAY + 1}, None),
    ({"announced_ns": NOW + NS_PER_HOUR}, ChangeFault.NOTICE_TOO_SHORT),
    ({"notice_ns": 0, "effective_ns": NOW}, None),
    ({"notice_ns": 0, "effective_ns": NOW - 1}, ChangeFault.NOTICE_TOO_SHORT),
    ({"notice_ns": -1, "effective_ns": NOW - 1}, ChangeFault.NO_NOTICE),
]


@pytest.mark.parametrize(("facts", "fault"), CHANGES)
def test_changes_need_two_persons_and_notice(facts: dict, fault: ChangeFault | None) -> None:
    """(GOV-01)"""
    change = msgspec.structs.replace(CHANGE, **facts)
    assert change_fault(change) == fault
    if fault is None:
        require_change(change)
        return
    with pytest.raises(InputError, match="GOV-01") as caught:
        require_change(change)
    assert str(fault) in str(caught.value)
    assert caught.value.path == "contracts[0].tiers"


def test_every_fault_has_a_row() -> None:
    assert {fault for _, fault in CHANGES} - {None} == set(ChangeFault)
