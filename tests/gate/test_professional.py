"""Who is a professional investor: thresholds, ages, rates, owners, one row at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkperp.quantities import Amount, Time
from hkperp.rules.dates import day_text
from hkperp.rules.professional import (
    Assessment,
    ClientKind,
    Document,
    DocumentKind,
    Evidence,
    FxRate,
    Holding,
    HoldingKind,
    Owner,
    PiReason,
    PiRules,
    assess,
)
from hkperp_engine.codes import InvestorClass
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR

INDIVIDUAL, CORPORATION = ClientKind.INDIVIDUAL, ClientKind.CORPORATION
PARTNERSHIP, TRUST = ClientKind.PARTNERSHIP, ClientKind.TRUST_CORPORATION
INSTITUTION, VEHICLE = ClientKind.INSTITUTION, ClientKind.VEHICLE
STATEMENT, LETTER = DocumentKind.CUSTODIAN_STATEMENT, DocumentKind.AUDITOR_LETTER
ACCOUNTS, EXTRACT = DocumentKind.AUDITED_ACCOUNTS, DocumentKind.REGISTER_EXTRACT
NONE = InvestorClass.NONE


def day(text: str) -> int:
    """Midnight of a day in Hong Kong, ns."""
    return Time.parse(f"{text}T00:00Z") - 8 * NS_PER_HOUR


NOW = day("2026-02-11") + 15 * NS_PER_HOUR


def portfolio(amount: str, currency: str = "HKD", kind=HoldingKind.SECURITIES) -> Holding:
    return Holding(kind, int(Amount.parse(amount)), currency)


def document(kind=STATEMENT, dated: str = "2026-01-31", source: str = "bank", **known) -> Document:
    return Document(kind=kind, dated_ns=day(dated), source=source, **known)


def person(amount: str, dated: str = "2026-01-31", **known) -> Evidence:
    held = document(dated=dated, portfolio=(portfolio(amount),))
    return Evidence(kind=INDIVIDUAL, documents=(held,), **known)


def company(kind: ClientKind, held: str, total: str | None) -> Evidence:
    assets = None if total is None else int(Amount.parse(total))
    shown = document(ACCOUNTS, portfolio=(portfolio(held),), total_assets=assets)
    return Evidence(kind=kind, documents=(shown,))


def in_usd(amount: str, rate_ppb: int, dated: str = "2026-02-10") -> Evidence:
    held = document(portfolio=(portfolio(amount, "USD"),))
    rate = FxRate("USD", rate_ppb, day(dated))
    return Evidence(kind=INDIVIDUAL, documents=(held,), rates=(rate,))


# kind of client, portfolio, total assets, class: the thresholds of ELIG-02
THRESHOLDS = [
    (INDIVIDUAL, "7999999.99", None, InvestorClass.NONE),
    (INDIVIDUAL, "7999999.999999", None, InvestorClass.NONE),
    (INDIVIDUAL, "8000000", None, InvestorClass.IND_PI),
    (INDIVIDUAL, "0", "40000000", InvestorClass.NONE),
    (CORPORATION, "7999999.99", "39999999.99", InvestorClass.NONE),
    (CORPORATION, "8000000", "0", InvestorClass.CORP_PI),
    (CORPORATION, "8000000", None, InvestorClass.CORP_PI),
    (CORPORATION, "0", "39999999.99", InvestorClass.NONE),
    (CORPORATION, "0", "40000000", InvestorClass.CORP_PI),
    (PARTNERSHIP, "7999999.99", "39999999.99", InvestorClass.NONE),
    (PARTNERSHIP, "8000000", None, InvestorClass.CORP_PI),
    (PARTNERSHIP, "0", "40000000", InvestorClass.CORP_PI),
    (TRUST, "0", "39999999.99", InvestorClass.NONE),
    (TRUST, "0", "40000000", InvestorClass.TRUST_PI),
    (TRUST, "39999999", None, InvestorClass.NONE),
]


@pytest.mark.parametrize(("kind", "held", "total", "expected"), THRESHOLDS)
def test_thresholds(kind: ClientKind, held: str, total: str, expected: InvestorClass) -> None:
    """(ELIG-02) HKD 8m of portfolio, HKD 40m of total assets, to the cent."""
    found = assess(company(kind, held, total), NOW)
    assert found.investor_class == expected
    is_met = expected != NONE
    assert found.reason == (PiReason.QUALIFIED if is_met else PiReason.BELOW_THRESHOLD)
    assert bool(found.valid_until_ns) == is_met
    assert found.rule == "ELIG-02"


# kind of document, its day, today, whether it is still good, last day on which it is
AGES = [
    (STATEMENT, "2025-02-11", "2026-02-11", True, "2026-02-11"),
    (STATEMENT, "2025-02-10", "2026-02-11", False, ""),
    (LETTER, "2025-02-11", "2026-02-11", True, "2026-02-11"),
    (LETTER, "2025-02-10", "2026-02-11", False, ""),
    (ACCOUNTS, "2024-10-11", "2026-02-11", True, "2026-02-11"),
    (ACCOUNTS, "2024-10-10", "2026-02-11", False, ""),
    (ACCOUNTS, "2024-10-31", "2026-02-28", True, "2026-02-28"),
    (ACCOUNTS, "2024-10-31", "2026-03-01", False, ""),
    (STATEMENT, "2024-02-29", "2025-02-28", True, "2025-02-28"),
    (STATEMENT, "2024-02-29", "2025-03-01", False, ""),
    (STATEMENT, "2026-02-11", "2026-02-11", True, "2027-02-11"),
]


@pytest.mark.parametrize(("kind", "dated", "today", "is_good", "last_day"), AGES)
def test_ages(kind: DocumentKind, dated: str, today: str, is_good: bool, last_day: str) -> None:
    """(ELIG-02) Statements and letters for 12 calendar months, accounts for 16."""
    held = document(kind, dated, portfolio=(portfolio("9000000"),))
    found = assess(Evidence(kind=CORPORATION, documents=(held,)), day(today))
    if not is_good:
        assert found == Assessment(NONE, 0, PiReason.EVIDENCE_TOO_OLD, "ELIG-02")
        return
    assert found.reason == PiReason.QUALIFIED
    assert day_text(found.valid_until_ns) == last_day
    assert day_text(found.valid_until_ns + 1) > last_day


def test_the_machine_and_the_assessment_end_at_the_same_ns() -> None:
    """Good at the last ns of the last day in Hong Kong, not one later."""
    evidence = person("8000000", "2025-02-11")
    end_ns = day("2026-02-12") - 1
    assert assess(evidence, end_ns).valid_until_ns == end_ns
    assert assess(evidence, end_ns + 1).reason == PiReason.EVIDENCE_TOO_OLD


def test_ages_are_parameters() -> None:
    rules = PiRules(statement_months=3)
    assert assess(person("8000000", "2025-11-10"), NOW, rules).reason == PiReason.EVIDENCE_TOO_OLD
    assert assess(person("8000000", "2025-11-11"), NOW, rules).investor_class != NONE


# amount in USD, rate, reason: 8,000,000 / 7.80 = 1,025,641.0256..., so rounding decides
RATES = [
    ("1025641.025641", 7_800_000_000, PiReason.BELOW_THRESHOLD),
    ("1025641.025642", 7_800_000_000, PiReason.QUALIFIED),
    ("1000000", 8_000_000_000, PiReason.QUALIFIED),
    ("1000000", 7_999_999_999, PiReason.BELOW_THRESHOLD),
    ("1000000.001", 7_999_999_999, PiReason.QUALIFIED),
]


@pytest.mark.parametrize(("amount", "rate_ppb", "reason"), RATES)
def test_foreign_currency_is_rounded_down(amount, rate_ppb, reason) -> None:
    """(ELIG-02) By the dated rate, to the unit."""
    found = assess(in_usd(amount, rate_ppb), NOW)
    assert found.reason == reason
    is_met = reason == PiReason.QUALIFIED
    assert found.investor_class == (InvestorClass.IND_PI if is_met else NONE)


def test_each_amount_is_rounded_by_itself() -> None:
    """Half a unit twice is nothing twice."""
    half = (portfolio("0.000001", "XXC"), portfolio("0.000001", "XXC"))
    rates = (FxRate("XXC", 500_000_000, NOW),)
    shown = document(portfolio=(*half, portfolio("7999999.999999")))
    evidence = Evidence(kind=INDIVIDUAL, documents=(shown,), rates=rates)
    assert assess(evidence, NOW).reason == PiReason.BELOW_THRESHOLD


def test_a_rate_is_dated() -> None:
    """(ELIG-02) A rate as old as the rules allow counts, one ns more does not."""
    rules = PiRules(rate_age_max_ns=NOW - day("2026-02-10"))
    evidence = in_usd("2000000", 7_800_000_000)
    assert assess(evidence, NOW, rules).reason == PiReason.QUALIFIED
    assert assess(evidence, NOW + 1, rules).reason == PiReason.RATE_TOO_OLD
    later = in_usd("2000000", 7_800_000_000, "2026-02-12")
    assert assess(later, NOW).reason == PiReason.RATE_MISSING


def test_of_two_rates_the_newer_counts() -> None:
    evidence = in_usd("1000000", 8_000_000_000)
    newer = FxRate("USD", 7_900_000_000, NOW)
    for rates in ((*evidence.rates, newer), (newer, *evidence.rates)):
        both = Evidence(kind=INDIVIDUAL, documents=evidence.documents, rates=rates)
        assert assess(both, NOW).reason == PiReason.BELOW_THRESHOLD


def test_total_assets_are_converted_too() -> None:
    shown = document(ACCOUNTS, total_assets=5_000_000 * 10**6, total_currency="USD")
    for rate_ppb, expected in ((8 * 10**9, InvestorClass.TRUST_PI), (8 * 10**9 - 1, NONE)):
        rates = (FxRate("USD", rate_ppb, NOW),)
        found = assess(Evidence(kind=TRUST, documents=(shown,), rates=rates), NOW)
        assert found.investor_class == expected


@pytest.mark.parametrize(
    ("securities", "virtual", "reason", "rule"),
    [
        ("7999999", "1", PiReason.VIRTUAL_ASSETS_EXCLUDED, "ELIG-03"),
        ("0", "100000000", PiReason.VIRTUAL_ASSETS_EXCLUDED, "ELIG-03"),
        ("7999999", "0.5", PiReason.BELOW_THRESHOLD, "ELIG-02"),
        ("8000000", "1", PiReason.QUALIFIED, "ELIG-02"),
    ],
)
def test_virtual_assets_do_not_count(securities, virtual, reason, rule) -> None:
    """(ELIG-03) Not by default; a switch counts them."""
    coins = portfolio(virtual, kind=HoldingKind.VIRTUAL_ASSET)
    shown = document(portfolio=(portfolio(securities), coins))
    evidence = Evidence(kind=INDIVIDUAL, documents=(shown,))
    found = assess(evidence, NOW)
    assert (found.reason, found.rule) == (reason, rule)
    switched = assess(evidence, NOW, PiRules(counts_virtual_assets=True))
    assert (switched.investor_class == NONE) == (reason == PiReason.BELOW_THRESHOLD)


@pytest.mark.parametrize("kind", HoldingKind)
def test_what_a_portfolio_is_made_of(kind: HoldingKind) -> None:
    """Securities, certificates of deposit and money count alike."""
    shown = document(portfolio=(portfolio("8000000", kind=kind),))
    found = assess(Evidence(kind=INDIVIDUAL, documents=(shown,)), NOW)
    assert (found.investor_class == NONE) == (kind == HoldingKind.VIRTUAL_ASSET)


def test_documents_add_up_until_the_first_that_is_needed_ends() -> None:
    one = document(dated="2025-05-31", source="bank", portfolio=(portfolio("4000000"),))
    two = document(dated="2025-12-31", source="broker", portfolio=(portfolio("4000000"),))
    three = document(dated="2025-03-31", source="vault", portfolio=(portfolio("4000000"),))
    found = assess(Evidence(kind=INDIVIDUAL, documents=(one, two, three)), NOW)
    assert day_text(found.valid_until_ns) == "2026-05-31"  # the third is not needed
    assert assess(Evidence(kind=INDIVIDUAL, documents=(one,)), NOW).investor_class == NONE


def test_nothing_is_counted_twice() -> None:
    """Two statements of one source: the newer counts, even if it says less."""
    old = document(dated="2025-06-30", portfolio=(portfolio("7000000"),))
    new = document(dated="2025-12-31", portfolio=(portfolio("5000000"),))
    assert assess(Evidence(kind=INDIVIDUAL, documents=(new, old)), NOW).investor_class == NONE
    halves = [
        document(ACCOUNTS, source=source, total_assets=20_000_000 * 10**6)
        for source in ("accounts", "other accounts")
    ]
    assert assess(Evidence(kind=TRUST, documents=tuple(halves)), NOW).investor_class == NONE


def test_no_evidence_and_evidence_of_tomorrow() -> None:
    assert assess(Evidence(kind=INDIVIDUAL), NOW).reason == PiReason.NO_EVIDENCE
    tomorrow = person("9000000", "2026-02-12")
    assert assess(tomorrow, NOW).reason == PiReason.EVIDENCE_IN_FUTURE
    extract = Evidence(kind=INDIVIDUAL, documents=(document(EXTRACT),))
    assert assess(extract, NOW).reason == PiReason.NO_EVIDENCE


def test_an_institution_shows_that_it_is_listed() -> None:
    """(ELIG-02) No threshold; an extract of the register, no older than the rules say."""
    listed = Evidence(kind=INSTITUTION, documents=(document(EXTRACT, "2025-02-11"),))
    found = assess(listed, NOW)
    assert found.investor_class == InvestorClass.INST_PI
    assert day_text(found.valid_until_ns) == "2026-02-11"
    assert assess(listed, NOW + NS_PER_DAY).reason == PiReason.EVIDENCE_TOO_OLD
    statement = Evidence(kind=INSTITUTION, documents=person("99000000").documents)
    assert assess(statement, NOW).reason == PiReason.NO_EVIDENCE


def vehicle(*owners: Owner, dated: str = "2026-01-15") -> Evidence:
    return Evidence(kind=VEHICLE, documents=(document(EXTRACT, dated),), owners=owners)


RICH, POOR = person("8000000", "2025-06-30"), person("7999999.99")
TRUSTEE = company(TRUST, "0", "40000000")
BANK = Evidence(kind=INSTITUTION, documents=(document(EXTRACT),))
VEHICLES = [
    ("one owner who qualifies", vehicle(Owner(RICH)), PiReason.QUALIFIED),
    ("a corporation's", vehicle(Owner(company(CORPORATION, "0", "40000000"))), PiReason.QUALIFIED),
    ("a trust's", vehicle(Owner(TRUSTEE)), PiReason.QUALIFIED),
    ("two halves", vehicle(Owner(RICH, 5 * 10**8), Owner(TRUSTEE, 5 * 10**8)), PiReason.QUALIFIED),
    ("one who does not", vehicle(Owner(POOR)), PiReason.OWNER_NOT_QUALIFIED),
    (
        "one of two does not",
        vehicle(Owner(RICH, 999_999_999), Owner(POOR, 1)),
        PiReason.OWNER_NOT_QUALIFIED,
    ),
    ("not the whole", vehicle(Owner(RICH, 999_999_999)), PiReason.NOT_WHOLLY_OWNED),
    ("nobody's", vehicle(), PiReason.NOT_WHOLLY_OWNED),
    ("a vehicle's vehicle", vehicle(Owner(vehicle(Owner(RICH)))), PiReason.OWNER_NOT_ALLOWED),
    ("an institution's", vehicle(Owner(BANK)), PiReason.OWNER_NOT_ALLOWED),
    ("old extract", vehicle(Owner(RICH), dated="2025-02-10"), PiReason.EVIDENCE_TOO_OLD),
    ("later extract", vehicle(Owner(RICH), dated="2026-02-12"), PiReason.EVIDENCE_IN_FUTURE),
    ("no extract", Evidence(kind=VEHICLE, owners=(Owner(RICH),)), PiReason.NO_EVIDENCE),
]


@pytest.mark.parametrize(("name", "evidence", "reason"), VEHICLES)
def test_vehicles(name: str, evidence: Evidence, reason: PiReason) -> None:
    """(ELIG-02) A vehicle qualifies by its owners, all of them."""
    found = assess(evidence, NOW)
    assert found.reason == reason, name
    is_met = reason == PiReason.QUALIFIED
    assert found.investor_class == (InvestorClass.CORP_PI if is_met else NONE)


def test_a_vehicle_lasts_as_long_as_its_owners_evidence() -> None:
    assert day_text(assess(vehicle(Owner(RICH)), NOW).valid_until_ns) == "2026-06-30"
    early = vehicle(Owner(RICH), dated="2025-03-01")
    assert day_text(assess(early, NOW).valid_until_ns) == "2026-03-01"


@pytest.mark.parametrize(
    ("evidence", "path"),
    [
        (
            Evidence(
                kind=INDIVIDUAL,
                documents=(document(portfolio=(Holding(HoldingKind.MONEY, -1),)),),
            ),
            "evidence.documents[0].portfolio[0].amount",
        ),
        (
            Evidence(kind=TRUST, documents=(document(total_assets=-1),)),
            "evidence.documents[0].total_assets",
        ),
        (
            Evidence(kind=INDIVIDUAL, rates=(FxRate("USD", 0, NOW),)),
            "evidence.rates[0].rate_ppb",
        ),
        (
            Evidence(kind=VEHICLE, owners=(Owner(RICH, 0),)),
            "evidence.owners[0].share_ppb",
        ),
        (
            vehicle(Owner(Evidence(kind=INDIVIDUAL, rates=(FxRate("USD", 1, -1),)))),
            "evidence.owners[0].evidence.rates[0].dated_ns",
        ),
    ],
)
def test_numbers_that_cannot_be(evidence: Evidence, path: str) -> None:
    with pytest.raises(InputError) as caught:
        assess(evidence, NOW)
    assert caught.value.path == path


def test_the_last_and_the_first_moment() -> None:
    """Documents count at the ns that they are dated to, and at the last ns that they are good."""
    shown = vehicle(Owner(RICH), dated="2025-03-01")
    end_ns = day("2026-03-02") - 1
    assert assess(shown, end_ns).reason == PiReason.QUALIFIED
    assert assess(shown, end_ns + 1).reason == PiReason.EVIDENCE_TOO_OLD
    first_ns = day("2026-01-15")
    assert assess(vehicle(Owner(RICH)), first_ns).reason == PiReason.QUALIFIED
    assert assess(vehicle(Owner(RICH)), first_ns - 1).reason == PiReason.EVIDENCE_IN_FUTURE
    coins = document(
        dated="2025-02-11", portfolio=(portfolio("9000000", kind=HoldingKind.VIRTUAL_ASSET),)
    )
    evidence = Evidence(kind=INDIVIDUAL, documents=(coins,))
    last_ns = day("2026-02-12") - 1
    assert assess(evidence, last_ns).reason == PiReason.VIRTUAL_ASSETS_EXCLUDED


def test_total_assets_without_a_rate() -> None:
    """A currency that nothing is known of is named, whether of a portfolio or of a total."""
    shown = document(ACCOUNTS, total_assets=90_000_000 * 10**6, total_currency="XXC")
    assert assess(Evidence(kind=TRUST, documents=(shown,)), NOW).reason == PiReason.RATE_MISSING
    unsaid = document(ACCOUNTS, total_currency="XXC")
    below = assess(Evidence(kind=TRUST, documents=(unsaid,)), NOW)
    assert below.reason == PiReason.BELOW_THRESHOLD


@st.composite
def individuals(draw: st.DrawFn) -> Evidence:
    """Statements of one or several sources, some too old, near the threshold together."""
    shown = [
        Document(
            kind=draw(st.sampled_from([STATEMENT, LETTER, ACCOUNTS])),
            dated_ns=NOW - draw(st.integers(0, 600)) * NS_PER_DAY,
            source=draw(st.sampled_from("abc")),
            portfolio=(Holding(HoldingKind.MONEY, draw(st.integers(1, 9)) * 10**12),),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]
    return Evidence(kind=INDIVIDUAL, documents=tuple(shown))


@given(individuals())
def test_the_date_is_the_last_at_which_the_evidence_would_do(evidence: Evidence) -> None:
    """(ELIG-02) Asked at that ns it does, one ns later it does not."""
    found = assess(evidence, NOW)
    if found.investor_class == NONE:
        assert found.reason in (PiReason.EVIDENCE_TOO_OLD, PiReason.BELOW_THRESHOLD)
        assert assess(evidence, NOW + NS_PER_DAY).investor_class == NONE
        return
    assert assess(evidence, found.valid_until_ns) == found
    assert assess(evidence, found.valid_until_ns + 1).investor_class == NONE
