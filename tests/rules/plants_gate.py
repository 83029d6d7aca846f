"""Violations of what is decided before a venue starts, and of a product's life: REF, VAL, AFMM."""

from planting import Plant, vector

ELIGIBILITY = "venue/hkperp/rules/retail_eligibility.py"
FINAL = "venue/hkperp/loop/final_settlement.py"
GATE = "venue/hkperp/loop/gate.py"
GOVERNANCE = "venue/hkperp/rules/governance.py"
GOVERNANCE_CHECKS = "venue/hkperp/scenario/governance_checks.py"
PROOF_GATE = "venue/hkperp/rules/proof_gate.py"
REFERENCE = "venue/hkperp/scenario/reference.py"
LEG = "tests/gate/test_retail_eligibility.py::test_one_failing_leg_at_a_time"
LIFE = vector("GAT-020: from a draft to a live product, and its review")
MEAN = vector("GAT-021: the final price of 12 samples is their mean")
LOADED = "tests/rules/test_rule_settings.py::test_refused_at_load"


def bad(name: str) -> str:
    """Node id of a file of tests/corpus/bad."""
    return f"tests/test_bad_input.py::test_one_line[{name}]"


PLANTS = [
    Plant(
        "REF-03",
        ELIGIBILITY,
        "        if len({each.provider for each in left}) < self.rules.provider_min:\n"
        "            yield RetailReason.PROVIDERS_TOO_FEW\n",
        "",
        LEG,
    ),
    Plant(
        "REF-03",
        ELIGIBILITY,
        "            if not self._are_enough(left):\n",
        "            if not left:\n",
        LEG,
    ),
    Plant(
        "REF-03",
        ELIGIBILITY,
        "each.is_iosco_compliant and each.has_conventional_experience",
        "each.is_iosco_compliant or each.has_conventional_experience",
        "tests/gate/test_retail_eligibility.py::test_both_qualities_are_of_one_provider",
    ),
    Plant(
        "REF-03",
        ELIGIBILITY,
        "    record_months: int = 12\n",
        "    record_months: int = 11\n",
        "tests/gate/test_retail_eligibility.py::test_the_record_is_twelve_months_to_the_day",
    ),
    Plant(
        "REF-01",
        REFERENCE,
        "    return record.retail_approved and _facts(",
        "    return _facts(",
        "tests/rules/test_rule_loading.py::test_facts_do_not_replace_the_approval",
    ),
    Plant(
        "REF-04",
        GATE,
        '    state.contracts[contract]["reference"] = command["side"]\n',
        "",
        LIFE,
    ),
    Plant(
        "REF-04",
        GATE,
        "        return after == ProductState.LIVE or after == ProductState.DELISTED\n",
        "        return after == ProductState.LIVE\n",
        MEAN,
    ),
    Plant(
        "REF-04",
        FINAL,
        '        price_ticks = min(total // count, spec["price_ticks_max"])\n',
        '        price_ticks = rates["index_ticks"]\n',
        MEAN,
    ),
    Plant(
        "PROD-05",
        FINAL,
        "            book_fill(state, wallet, contract, -lots, price_ticks)\n",
        "",
        MEAN,
    ),
    Plant(
        "PROD-05",
        GATE,
        "            cancel_market(state, contract, HouseWallet.CLIENTS)\n",
        "            pass\n",
        "tests/venue/test_gate_products.py::test_delisting_cancels_then_settles",
    ),
    Plant(
        "VAL-01",
        PROOF_GATE,
        "        if made_for != own:\n",
        "        if not made_for:\n",
        f"{LOADED}[VAL-01]\n{LOADED}[LOSS-01]\n" + bad("methodology-of-another"),
    ),
    Plant(
        "VAL-03",
        PROOF_GATE,
        "        if source.is_own_venue and total > cap:\n",
        "        if source.is_own_venue and source.weight_ppb > cap:\n",
        f"{LOADED}[VAL-03 two]",
    ),
    Plant(
        "VAL-03",
        "venue/hkperp/scenario/settings.py",
        "int(source.age_max), source.own)",
        "int(source.age_max), False)",
        bad("own-venue-too-heavy"),
    ),
    Plant(
        "AFMM-05",
        GOVERNANCE,
        "            if any(_overlap(network, each) for _, each in theirs)\n",
        "            if any(network == each for _, each in theirs)\n",
        bad("affiliate-in-the-operators-network"),
    ),
    Plant(
        "AFMM-05",
        GOVERNANCE_CHECKS,
        '            raise document.error(at, message, hint="entity: who it is (AFMM-05)")\n',
        "            continue\n",
        bad("affiliate-of-no-entity"),
    ),
    Plant(
        "AFMM-05",
        GOVERNANCE_CHECKS,
        "entity_of(record), _entities(scenario, others))",
        "entity_of(record))",
        "tests/rules/test_rule_loading.py::test_the_affiliate_stands_apart_from_clients_too",
    ),
    Plant(
        "AFMM-06",
        GOVERNANCE_CHECKS,
        "            require_affiliate_officer(officers)\n",
        "            pass\n",
        bad("nobody-for-conflicts"),
    ),
    Plant(
        "GOV-02",
        GOVERNANCE,
        '        if not name.strip():\n            raise InputError("nobody is named (GOV-02)"',
        '        if name is None:\n            raise InputError("nobody is named (GOV-02)"',
        bad("officer-without-a-name"),
    ),
]
