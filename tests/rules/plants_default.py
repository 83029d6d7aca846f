"""Violations of warnings, takeover, waterfall, limits, stress test, drills: LIQ to LIM.

docs/default.md, docs/stress.md, docs/drills.md.
"""

from planting import Plant, vector

CLOSEOUT = "venue/hkperp/loop/closeout.py"
TAKEOVER = "venue/hkperp/loop/takeover.py"
LIMITS = "clearing/hkperp_clearing/limits.py"
LIQUIDATION = "clearing/hkperp_clearing/liquidation.py"
SHARING = "clearing/hkperp_clearing/sharing.py"
SETTLEMENT = "clearing/hkperp_clearing/settlement.py"
COVER = "venue/hkperp/stress/cover.py"
LIBRARY = "venue/hkperp/stress/shocks.py"
TV_6_VMGH = vector("TV-6, FORMULAS 7 with VMGH")
WARNED = vector("DFT-001: notices at 80, 90 and 95 % exactly, and one unit before")
COVERED = "tests/stress/test_cover.py"
STRESSED = "tests/stress/test_cli_stress.py"
DRILLED = "tests/drill/test_figures.py"
REQUIRED = "tests/drill/test_requirements.py"

PLANTS = [
    Plant("LIQ-06", LIQUIDATION, "headroom <= equity // 20:", "headroom < equity // 20:", WARNED),
    Plant(
        "LIQ-06",
        CLOSEOUT,
        '    if level > row["notice_level"]:\n',
        '    if level > row["notice_level"] + 1:\n',
        WARNED,
    ),
    Plant(
        "LIQ-04",
        TAKEOVER,
        'if state.contracts[contract]["inventory_lots_max"] != 0 and excess > 0:',
        'if state.contracts[contract]["inventory_lots_max"] != 0 and excess > lots:',
        vector("DFT-020: the platform takes no more than its limit"),
    ),
    Plant(
        "LIQ-04",
        LIQUIDATION,
        "price_ticks = max(limit_ticks, mark_ticks - distance)",
        "price_ticks = mark_ticks - distance",
        vector("DFT-021: two providers at the bankruptcy price"),
    ),
    Plant(
        "AFMM-12",
        TAKEOVER,
        'lots = mul_div_floor(abs(frame["lots"]), row["share_ppb"])',
        'lots = mul_div_floor(abs(int(position["lots"])), row["share_ppb"])',
        "tests/house/test_takeover_kernels.py::test_backstop_price",
    ),
    Plant(
        "LOSS-02",
        SETTLEMENT,
        '    frame["more"] -= share_loss(state, Layer.TEAR_UP, frame["more"], frame["loss_id"])\n',
        "",
        vector("DFT-032: layer 5 with its cap, then layer 6"),
    ),
    Plant(
        "LOSS-03",
        SHARING,
        "    gain = variation(state, wallet)\n    if gain <= 0:\n        return 0\n    if layer",
        "    gain = abs(variation(state, wallet))\n    if layer",
        TV_6_VMGH,
    ),
    Plant(
        "LOSS-03",
        SHARING,
        "    return gain - _shared(state, wallet)\n",
        "    return gain\n",
        vector("DFT-033: the wind-down"),
    ),
    Plant(
        "LOSS-05",
        SHARING,
        "    if given > 0:\n        add_claim(state, loss_id, wallet, given)\n",
        "",
        TV_6_VMGH,
    ),
    Plant(
        "LOSS-05",
        SHARING,
        'return mul_div_floor(gain, state.house[0]["vmgh_cap_ppb"])',
        "return mul_div_floor(gain, 10**9)",
        vector("DFT-032: one unit more than the cap gives"),
    ),
    Plant(
        "LOSS-06",
        "clearing/hkperp_clearing/ledger.py",
        "    Posting.LAYER_PAYMENT: (RESERVE, ANY),",
        "    Posting.LAYER_PAYMENT: (ANY, ANY),",
        "tests/rules/test_rule_settings.py::test_a_posting_stays_between_its_partitions",
    ),
    Plant(
        "RSV-01",
        "venue/hkperp/loop/house_money.py",
        "    if _is_layer(target):\n        refuse(state, command, Reject.RSV_UNAUTHORISED)\n"
        "        return\n",
        "",
        vector("DFT-035: what the operator may take, and what it may not"),
    ),
    Plant(
        "RSV-01",
        "venue/hkperp/loop/house_money.py",
        "    held = _returnable_fees(state) if target == HouseWallet.FEES else 0\n",
        "    held = 0\n",
        vector("DFT-035: a fee may not leave while its trade can be taken back"),
    ),
    Plant(
        "RSV-02",
        COVER,
        'Action("TOP_UP", required - found.fund_quote)',
        'Action("TOP_UP", found.required(1) - found.fund_quote)',
        f"{COVERED}::test_actions_by_hand",
    ),
    Plant(
        "RSV-02",
        COVER,
        "    threshold = found.fund_quote * THRESHOLD_PPB // PPB\n",
        "    threshold = found.fund_quote\n",
        f"{COVERED}::test_actions_by_hand",
    ),
    Plant(
        "RSV-04",
        "venue/hkperp/stress/daily.py",
        "FLOOR_PPB = 1_000_000\n",
        "FLOOR_PPB = 100_000\n",
        f"{COVERED}::test_floor_of_the_fund",
    ),
    Plant(
        "HALT-03",
        "funding/hkperp_funding/index.py",
        'elif since_ns <= rates["hold_ns"]:',
        'elif since_ns < rates["hold_ns"]:',
        "tests/funding/test_index.py::test_ladder_by_time",
    ),
    Plant(
        "DEF-01",
        CLOSEOUT,
        "        if is_under or is_declared:\n",
        "        if is_under:\n",
        vector("DFT-002: declared in default with all its money"),
    ),
    Plant(
        "DEF-01",
        "venue/hkperp/drill/times.py",
        "    holds = not lacking and late <= _step(drill, record)\n",
        "    holds = not lacking\n",
        f"{REQUIRED}::test_planted[3-DEF-01]",
    ),
    Plant(
        "DEF-01",
        "venue/hkperp/drill/script.py",
        "    return joined([*parts, stopped, declared])\n",
        "    return joined([*parts, declared])\n",
        f"{REQUIRED}::test_the_machine_keeps_them_all[takeover largest client 00:05]",
    ),
    Plant(
        "DEF-01",
        "venue/hkperp/drill/pick.py",
        "    largest = max(sizes, key=lambda key: sizes[key])\n",
        "    largest = min(sizes, key=lambda key: sizes[key])\n",
        f"{DRILLED}::test_the_largest_client_by_hand",
    ),
    Plant(
        "LOSS-03",
        "venue/hkperp/drill/checks.py",
        " + max(0, each.gain - each.cut - each.received)",
        "",
        f"{REQUIRED}::test_principal_to_the_unit",
    ),
    Plant(
        "DEF-02",
        "venue/hkperp/drill/script.py",
        'rows["amount"] = assets, choice.recovered_ppb',
        'rows["amount"] = assets, 0',
        f"{DRILLED}::test_an_issuer_by_hand",
    ),
    Plant(
        "DEF-02",
        "venue/hkperp/loop/issuer.py",
        "    recovered = _recovery(units, unit_ppb)\n",
        "    recovered = _recovery(units, unit_ppb) - 1\n",
        vector("DFT-036: an issuer is gone, with units on their way"),
    ),
    Plant(
        "LIM-01",
        LIMITS,
        "    if _account_lots(state, wallet, contract, side) + lots > client_limit:\n",
        "    position = state.positions[wallet * state.contracts.size + contract]\n"
        "    if _side_lots(position, side) + lots > client_limit:\n",
        vector("DFT-010: a client's limit, over all its wallets"),
    ),
    Plant(
        "LIM-01",
        LIMITS,
        "    return _group_lots(state, wallet, contract, side) + lots > limit\n",
        "    return _group_lots(state, wallet, contract, side) + lots > limit + 1\n",
        vector("DFT-010: a group's limit exactly, and one more"),
    ),
    Plant(
        "LIM-01",
        LIMITS,
        'limit = max(limit, spec["oi_share_floor_lots"])',
        'limit = min(limit, spec["oi_share_floor_lots"])',
        vector("DFT-010: a share of open interest, and a limit passed because it falls"),
    ),
    Plant(
        "LIM-03",
        LIMITS,
        '    fund_quote += state.wallets[HouseWallet.RESERVE]["cash"]\n',
        "",
        vector("DFT-011: open interest against the fund"),
    ),
    Plant(
        "LIM-03",
        LIMITS,
        '    return min(max(lots, spec["oi_depth_floor_lots"]), MUL_DIV_MAX)\n',
        '    return min(lots + spec["oi_depth_floor_lots"], MUL_DIV_MAX)\n',
        vector("DFT-011: open interest against the depth of the book"),
    ),
    Plant(
        "LIM-03",
        "venue/hkperp/loop/marking.py",
        "    return min(bid_lots, lots_within(state, contract, Side.SELL, highest))\n",
        "    return max(bid_lots, lots_within(state, contract, Side.SELL, highest))\n",
        vector("DFT-011: open interest against the depth of the book"),
    ),
    Plant(
        "LIM-03",
        LIMITS,
        'min(spec["oi_fund_cap_lots"], spec["oi_depth_cap_lots"])',
        'spec["oi_fund_cap_lots"]',
        vector("DFT-011: the least of three caps"),
    ),
    Plant(
        "STR-01",
        COVER,
        "own = first.setdefault(number, account) if number else account",
        "own = account",
        f"{COVERED}::test_connected_clients_count_as_one",
    ),
    Plant(
        "STR-02",
        LIBRARY,
        "    found += _failures(config)\n",
        "",
        f"{STRESSED}::test_the_library_has_what_the_rule_asks_for",
    ),
    Plant(
        "STR-02",
        LIBRARY,
        "path_ppb=((move_ppb,) * contracts,), is_gap=True",
        "path_ppb=((move_ppb,) + (0,) * (contracts - 1),), is_gap=True",
        f"{STRESSED}::test_several_contracts_move_together_and_alone",
    ),
    Plant(
        "LOSS-04",
        "venue/hkperp/edge/inspection_queue.py",
        "-rows[:, _IS_AFFILIATE]",
        "rows[:, _IS_AFFILIATE]",
        "tests/house/test_deleveraging_queue.py::test_the_queue_is_the_slow_houses_ranking[4]",
    ),
    Plant(
        "INV-07",
        "clearing/hkperp_clearing/checks.py",
        "        for layer in range(SHARING_LAYERS):\n",
        "        for layer in range(SHARING_LAYERS - 1):\n",
        "tests/house/test_house_checks.py::test_a_spoilt_row_is_named[LOSSES-2]",
    ),
    Plant(
        "STR-01",
        "venue/hkperp/stress/days.py",
        "if time > scenario.start)",
        "if time >= scenario.start)",
        "tests/stress/test_daily.py::test_times_of_a_scenario",
    ),
]
