"""Violations of matching, liquidation, settlement and loss sharing: AFMM-01, ORD, LIQ, LOSS."""

from planting import Plant, rule, table, vector

MATCH = "engine/hkperp_engine/match.py"
SCOPES = "engine/hkperp_engine/scopes.py"
SETTLEMENT = "clearing/hkperp_clearing/settlement.py"
WATERFALL = "clearing/hkperp_clearing/waterfall.py"
CLOSEOUT = "venue/hkperp/loop/closeout.py"
FEED = "venue/hkperp/marketdata/feed.py"
TV_6_ADL = vector("TV-6, FORMULAS 7 with ADL")
TV_6_VMGH = vector("TV-6, FORMULAS 7 with VMGH")

PLANTS = [
    Plant(
        "AFMM-01",
        MATCH,
        '        slot = int(level["client_head"]) & ROW_MASK\n        if slot == 0:\n'
        '            slot = int(level["affiliate_head"]) & ROW_MASK\n',
        '        slot = int(level["affiliate_head"]) & ROW_MASK\n        if slot == 0:\n'
        '            slot = int(level["client_head"]) & ROW_MASK\n',
        table("MAT-002 TV-1 clients before the affiliate (AFMM-01)")
        + "\n"
        + table("MAT-040 TV-3 all of a client's iceberg stands before the affiliate"),
    ),
    Plant(
        "AFMM-01",
        "engine/hkperp_engine/auction.py",
        '    slot = int(level["client_head"])\n',
        '    slot = int(level["affiliate_head"])\n',
        table("MAT-063 in the uncross too clients trade before the affiliate"),
    ),
    Plant(
        "AFMM-02",
        "engine/hkperp_engine/book.py",
        '        return book["ask_ticks"]\n    return book["bid_ticks"]\n',
        '        return book["ask_ticks"] + 0 * side\n    return book["ask_ticks"]\n',
        table("MAT-002 the affiliate's bids, where a higher price is better"),
    ),
    Plant(
        "AFMM-03",
        FEED,
        "flags & _MAKER_AFMM != 0",
        "False",
        "tests/venue/test_marketdata.py::test_what_trades_at_once_is_never_shown",
    ),
    Plant(
        "AFMM-03",
        FEED,
        "flags & _TAKER_AFMM != 0",
        "flags & _MAKER_AFMM != 0",
        "tests/venue/test_marketdata.py::test_what_trades_at_once_is_never_shown",
    ),
    Plant(
        "ORD-01",
        "engine/hkperp_engine/order_limits.py",
        'if market["is_limited"] != 0 and 0 < market["order_lots_max"] < lots:',
        'if market["is_limited"] != 0 and 0 < market["order_lots_max"] < lots - 1:',
        table("MAT-080 live orders, lots and notional of an order"),
    ),
    Plant(
        "ORD-02",
        MATCH,
        '        slot = int(level["client_head"]) & ROW_MASK\n        if slot == 0:\n',
        '        slot = int(level["client_tail"]) & ROW_MASK\n        if slot == 0:\n',
        table("MAT-001 MAT-003 MAT-004 the best price first, then who came first"),
    ),
    Plant(
        "ORD-04",
        "venue/hkperp/loop/trading.py",
        "    return Reject.NONE, flags | OrderFlag.REDUCE_ONLY",
        "    return reject, flags",
        vector("TV-10 professional-investor evidence lapses"),
    ),
    Plant(
        "SURV-03",
        MATCH,
        '        if maker["owner"] == taker["owner"]:',
        '        if maker["owner"] == taker["owner"] and taker["flags"] != 0:',
        table("MAT-022 SURV-03 newest: the taker goes"),
    ),
    Plant(
        "HALT-01",
        "engine/hkperp_engine/intake.py",
        "    if not is_call_phase(market_state):\n        return Reject.MARKET_HALTED\n",
        "",
        rule("HALT-01"),
    ),
    Plant(
        "HALT-02",
        "engine/hkperp_engine/volatility.py",
        "    low = max(ticks - distance, 1)\n",
        "    low = max(ticks - distance - 1, 1)\n",
        "tests/engine/test_volatility.py::test_band",
    ),
    Plant(
        "HALT-04",
        SCOPES,
        '        state.owners[wallet]["is_killed"] = command["side"]\n',
        '        state.owners[wallet]["is_killed"] = 0\n',
        table("MAT-071 the kill switch of an account and of its owner"),
    ),
    Plant(
        "HALT-04",
        SCOPES,
        '    frame["mask"] |= HALT\n',
        "",
        table("MAT-071 the kill switch of a contract and of the venue"),
    ),
    Plant(
        "LIQ-01",
        "venue/hkperp/loop/closeout.py",
        'is_over = equity < margin["maintenance_margin_worse"]',
        'is_over = equity < margin["maintenance_margin"]',
        vector("a restricted wallet that 6.1 leaves with nothing"),
    ),
    Plant(
        "LIQ-02",
        CLOSEOUT,
        'if has_lots and equity < margin["maintenance_margin"]:',
        'if has_lots and equity < margin["initial_margin"]:',
        vector("TV-5 liquidation and bankruptcy price"),
    ),
    Plant(
        "LIQ-03",
        CLOSEOUT,
        "        cancel_all(state, wallet, 0, CancelReason.LIQUIDATION)\n        return\n",
        "        return\n",
        rule("LIQ-03"),
    ),
    Plant(
        "LIQ-03",
        "clearing/hkperp_clearing/liquidation.py",
        "    return low, True\n",
        "    return min(low + 1, lots), True\n",
        rule("LIQ-03"),
    ),
    Plant(
        "LIQ-04",
        CLOSEOUT,
        "    limit = max(limit, collar) if side == Side.SELL else min(limit, collar)",
        "    limit = collar",
        rule("LIQ-04 bankruptcy"),
    ),
    Plant(
        "LIQ-04",
        CLOSEOUT,
        'lots = min(wanted_lots, mul_div_floor(available, spec["participation_ppb"]))',
        "lots = min(wanted_lots, available)",
        rule("LIQ-04 collar"),
    ),
    Plant(
        "LIQ-05",
        "clearing/hkperp_clearing/fees.py",
        "receiver = HouseWallet.RESERVE if to_reserve else HouseWallet.FEES",
        "receiver = HouseWallet.FEES",
        rule("LIQ-05"),
    ),
    Plant(
        "LIQ-07",
        "clearing/hkperp_clearing/margin.py",
        "    if market_state == ContractState.HALTED:\n        return True\n",
        "",
        rule("LIQ-07 halt"),
    ),
    Plant(
        "LIQ-08",
        "venue/hkperp/loop/takeover.py",
        "    sell_assets(state, wallet)\n",
        "",
        vector("equity below zero in a halted contract"),
    ),
    Plant(
        "SETL-01",
        "clearing/hkperp_clearing/position.py",
        'row["pending"] += sign * unit_quote * closing - (cost - kept)',
        'row["pending"] += sign * unit_quote * closing - cost',
        TV_6_ADL,
    ),
    Plant(
        "LOSS-01",
        WATERFALL,
        "    if position == 0:\n        return HouseWallet.FIRST_LOSS\n"
        "    if position == 1:\n        return HouseWallet.RESERVE\n",
        "    if position == 0:\n        return HouseWallet.RESERVE\n"
        "    if position == 1:\n        return HouseWallet.FIRST_LOSS\n",
        TV_6_VMGH,
    ),
    Plant(
        "LOSS-01",
        WATERFALL,
        '        if left > 0 and state.shares[i]["remainder"] == low:',
        '        if left > 1 and state.shares[i]["remainder"] == low:',
        vector("shares: 1, 1, 0"),
    ),
    Plant(
        "LOSS-02",
        WATERFALL,
        '        paid = min(left, state.wallets[payer]["cash"])',
        '        paid = min(left, state.wallets[payer]["cash"] // 2)',
        TV_6_VMGH,
    ),
    Plant(
        "LOSS-04",
        "clearing/hkperp_clearing/deleverage.py",
        'return first["weight"] > second["weight"]',
        'return first["weight"] < second["weight"]',
        vector("ADL rank: 10 from score 6, then 10 from score 5"),
    ),
    Plant(
        "RSV-01",
        "venue/hkperp/loop/house_money.py",
        "    return HouseWallet.FIRST_LOSS <= wallet <= HouseWallet.SECOND_TRANCHE\n",
        "    return True\n",
        "tests/rules/test_rule_settings.py::test_only_layers_are_funded_by_the_operator",
    ),
    Plant(
        "INV-01",
        "venue/hkperp/loop/vault.py",
        "    if not positions_balance(state):\n",
        "    if positions_balance(state) is None:\n",
        "tests/house/test_vault_out.py::test_positions_that_do_not_match_halt_the_machine",
    ),
    Plant(
        "INV-13",
        SETTLEMENT,
        "HouseWallet.PLATFORM, HouseWallet.RESERVE, cash)",
        "HouseWallet.PLATFORM, HouseWallet.FEES, cash)",
        TV_6_VMGH,
    ),
    Plant(
        "INV-14",
        "venue/hkperp/loop/monitor.py",
        "    is_on = since_ns > NS_PER_DAY and matches(state, contract)\n",
        "    is_on = since_ns > 2 * NS_PER_DAY and matches(state, contract)\n",
        vector("GAT-063, INV-14: a day without funding is told"),
    ),
]
