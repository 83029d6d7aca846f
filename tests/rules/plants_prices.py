"""Violations of index, mark and their publication: VAL, REF-06."""

from planting import Plant, rule, vector

INDEX = "funding/hkperp_funding/index.py"
MARK = "funding/hkperp_funding/mark.py"
MARKING = "venue/hkperp/loop/marking.py"
MONITOR = "venue/hkperp/loop/monitor.py"
INPUTS = "tests/rules/test_rule_settings.py::test_every_input_of_an_index_is_published"
MONITORED = "tests/rules/test_rule_settings.py::test_an_anomaly_is_told_and_halts"

PLANTS = [
    Plant(
        "REF-06",
        MARKING,
        '        event["code"] = source["status"]\n',
        '        event["code"] = 0\n',
        INPUTS,
    ),
    Plant(
        "REF-06",
        MARKING,
        '        event["amount"] = source["age_ns"]\n',
        "",
        INPUTS,
    ),
    Plant(
        "VAL-01",
        INDEX,
        "    return weighted_sum // total\n",
        "    return (weighted_sum + total - 1) // total\n",
        "tests/funding/test_methodology.py::test_the_formulas_are_those_of_their_version",
    ),
    Plant(
        "VAL-02",
        INDEX,
        'if source["status"] == SourceStatus.USED and gap_ticks * PPB > allowed:',
        'if source["status"] == SourceStatus.USED and gap_ticks * PPB > 1_000 * allowed:',
        "tests/funding/test_index.py::test_deviation_limit_is_inclusive",
    ),
    Plant(
        "VAL-02",
        INDEX,
        '    if used >= rates["source_min"]:',
        "    if used >= 1:",
        "tests/funding/test_index.py::test_minimum_count",
    ),
    Plant(
        "VAL-02",
        INDEX,
        'elif source["age_ns"] > source["age_max_ns"]:',
        'elif source["age_ns"] < 0:',
        "tests/funding/test_index.py::test_age_limit_is_inclusive",
    ),
    Plant(
        "VAL-02",
        INDEX,
        "if weight > 0 and weight * free > cap * rest:",
        "if weight > 0 and weight * free > 2 * cap * rest:",
        "tests/funding/test_index.py::test_cap_one_source",
    ),
    Plant(
        "VAL-02",
        "venue/hkperp/rules/proof.py",
        "len(sources), 3, SOURCES_MAX",
        "len(sources), 1, SOURCES_MAX",
        "tests/rules/test_rule_settings.py::test_refused_at_load[VAL-02]",
    ),
    Plant(
        "VAL-04",
        MARK,
        "            mark_ticks = min(max(mid_ticks, low), high)",
        "            mark_ticks = mid_ticks",
        "tests/funding/test_mark.py::test_median_of_three",
    ),
    Plant(
        "VAL-04",
        MARK,
        "mark_ticks = min(max(mark_ticks, index_ticks - band_ticks), index_ticks + band_ticks)",
        "band_ticks += 0",
        "tests/funding/test_mark.py::test_band_is_inward",
    ),
    Plant(
        "VAL-05",
        "clearing/hkperp_clearing/margin.py",
        '            mark_ticks = state.rates[contract]["mark_good_ticks"]\n'
        "            total += lots",
        '            mark_ticks = state.markets[contract]["last_ticks"]\n'
        "            total += lots",
        vector("TV-6, FORMULAS 7 with VMGH"),
    ),
    Plant(
        "VAL-05",
        "clearing/hkperp_clearing/margin.py",
        "__all__ = [\n",
        '_LAST = "last_ticks"\n__all__ = [\n',
        "tests/rules/test_rule_settings.py::test_no_rule_of_money_reads_the_last_trade",
    ),
    Plant(
        "VAL-05",
        "venue/hkperp/loop/closeout.py",
        "STARTING, WORKING = range(2)\n",
        'STARTING, WORKING = range(2)\n_LAST = "last_ticks"\n',
        "tests/rules/test_rule_settings.py::test_no_rule_of_money_reads_the_last_trade",
    ),
    Plant(
        "VAL-06",
        MONITOR,
        "    if limit_ppb > 0 and spread_ppb > limit_ppb and matches(state, contract):\n",
        "    if limit_ppb > PPB and spread_ppb > limit_ppb and matches(state, contract):\n",
        MONITORED,
    ),
    Plant(
        "VAL-06",
        MONITOR,
        '    event["flags"] = 1 if is_on else 0\n',
        '    event["flags"] = 0\n',
        MONITORED,
    ),
    Plant(
        "VAL-06",
        MONITOR,
        "_set_alert(state, contract, Alert.LADDER, status != IndexStatus.GOOD, status)",
        "_set_alert(state, contract, Alert.LADDER, status == IndexStatus.GOOD, status)",
        vector("GAT-062: alerts begin and end, and dispersion halts"),
    ),
    Plant(
        "VAL-06",
        MONITOR,
        'gap_ppb > spec["alert_gap_ppb"]\n',
        'gap_ppb > 2 * spec["alert_gap_ppb"]\n',
        vector("GAT-062: the mark leaves the index"),
    ),
    Plant(
        "LIQ-07",
        "clearing/hkperp_clearing/margin.py",
        '    return state.rates[contract]["mark_is_stale"] != 0',
        "    return False",
        rule("LIQ-07 stale"),
    ),
]
