"""Violations of records and of the rule registry: REC, GOV-05."""

from planting import Plant

JOURNAL = "venue/hkperp/reports/journal.py"
CODES = "tests/test_codes.py::test_every_refusal_has_a_rule_and_a_sentence"

PLANTS = [
    Plant(
        "REC-01",
        JOURNAL,
        "    if noted != found:",
        "    if noted[:1] != found[:1]:",
        "tests/venue/test_journal.py::test_every_flipped_bit_is_noticed",
    ),
    Plant(
        "REC-01",
        JOURNAL,
        "        chain = hashlib.sha256(self._chain)\n",
        "        chain = hashlib.sha256()\n",
        "tests/venue/test_journal.py::test_damage_says_where",
    ),
    Plant(
        "REC-02",
        "engine/hkperp_engine/refusals.py",
        '    Reject.MRG_INSUFFICIENT: "MRG-07",',
        '    Reject.MRG_INSUFFICIENT: "",',
        CODES,
    ),
    Plant(
        "REC-02",
        "engine/hkperp_engine/refusals.py",
        '    Reject.ELIG_PI_LAPSED: "ELIG-02",',
        '    Reject.ELIG_PI_LAPSED: "ELIG-99",',
        "tests/rules/test_registry.py::test_every_refusal_leads_to_a_rule",
    ),
    Plant(
        "REC-04",
        "venue/hkperp/reports/statement.py",
        'if end_ns is not None and row["time_ns"] >= end_ns:',
        'if end_ns is not None and row["time_ns"] > end_ns:',
        "tests/gate/test_statement_fold.py::test_a_period_takes_what_is_in_it",
    ),
    Plant(
        "GOV-05",
        "venue/hkperp/data/rules.toml",
        '[rules.ELIG-01]\ngrade = "P"',
        '[rules.ELIG-01]\ngrade = "X"',
        "tests/rules/test_registry.py::test_grades_and_priorities_are_known",
    ),
    Plant(
        "GOV-05",
        "venue/hkperp/data/rules.toml",
        "[rules.FND-05]",
        "[rules.FND-07]",
        "tests/rules/test_registry.py::test_every_id_of_the_rulebook_is_there",
    ),
    Plant(
        "GOV-05",
        "venue/hkperp/rules/regimes.py",
        "            if not _keeps(kind, value, parameter):",
        "            if not _keeps(kind, value, parameter) and path.endswith(pattern):",
        "tests/rules/test_regimes.py::test_leverage_caps",
    ),
]
