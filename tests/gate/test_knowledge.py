"""Access to derivatives as far as knowledge goes: passed, or exempt by a switch (ELIG-04)."""

import pytest

from hkperp.rules.professional import KnowledgeRecord, PiRules, knowledge
from hkperp_engine.codes import InvestorClass

BOTH = PiRules(is_institution_exempt=True, is_qualified_corporation_exempt=True)
# class, whether a corporation is qualified, rules, access without the test
KNOWLEDGE = [
    (InvestorClass.INST_PI, False, PiRules(), False),
    (InvestorClass.INST_PI, False, BOTH, True),
    (InvestorClass.INST_PI, False, PiRules(is_qualified_corporation_exempt=True), False),
    (InvestorClass.CORP_PI, False, BOTH, False),
    (InvestorClass.CORP_PI, True, PiRules(), False),
    (InvestorClass.CORP_PI, True, BOTH, True),
    (InvestorClass.CORP_PI, True, PiRules(is_institution_exempt=True), False),
    (InvestorClass.TRUST_PI, True, BOTH, False),
    (InvestorClass.IND_PI, True, BOTH, False),
    (InvestorClass.AFMM, True, BOTH, False),
    (InvestorClass.NONE, True, BOTH, False),
]


@pytest.mark.parametrize(("investor_class", "is_qualified", "rules", "expected"), KNOWLEDGE)
def test_knowledge(investor_class, is_qualified, rules, expected) -> None:
    """(ELIG-04) Passed, or exempt where a switch says so."""
    record = KnowledgeRecord(is_qualified_corporation=is_qualified)
    assert knowledge(investor_class, record, rules) == expected
    assert knowledge(investor_class, KnowledgeRecord(is_passed=True), rules)
