"""Violations of margin, credit, funding and limits: MRG, NOCR, FND, LIM, STR, SEG."""

from planting import Plant, rule, vector

COLLATERAL = "clearing/hkperp_clearing/collateral.py"
LEDGER = "clearing/hkperp_clearing/ledger.py"
LIMITS = "clearing/hkperp_clearing/limits.py"
MARGIN = "clearing/hkperp_clearing/margin.py"
POSITION = "clearing/hkperp_clearing/position.py"
RATE = "funding/hkperp_funding/rate.py"
MARKING = "venue/hkperp/loop/marking.py"
TRADING = "venue/hkperp/loop/trading.py"
VAULT = "venue/hkperp/loop/vault.py"
PRECOLLECTION = vector("TV-4 pre-collection")
TV_8 = vector("TV-8 collateral")
TV_13 = vector("TV-13 withdrawal")
ROUNDING = vector("funding: payer up, receivers down, the rest to ROUNDING")

PLANTS = [
    Plant(
        "PROD-03",
        "venue/hkperp/loop/takeover.py",
        "    if deficit <= 0:\n        return\n",
        "    if deficit != 0:\n        return\n",
        vector("equity below zero in a halted contract"),
    ),
    Plant(
        "PROD-04",
        "clearing/hkperp_clearing/fees.py",
        "    limit = equity(state, wallet) - asset_count(state, wallet)\n",
        "    limit = fee\n",
        rule("NOCR-01"),
    ),
    Plant(
        "MRG-01",
        VAULT,
        "        return Reject.COLL_TYPE_INELIGIBLE\n",
        "        return Reject.NONE\n",
        TV_8,
    ),
    Plant(
        "MRG-03",
        VAULT,
        "        return Reject.COLL_ISSUER_UNLICENSED\n",
        "        return Reject.NONE\n",
        TV_8,
    ),
    Plant(
        "MRG-03",
        COLLATERAL,
        'if row["is_licensed"] == 0 and row["haircut_ppb"] < PPB:',
        "if False:",
        "tests/house/test_vault.py::test_a_lost_licence_has_a_grace",
    ),
    Plant(
        "MRG-04",
        COLLATERAL,
        '        base = min(base, row["par_ppb"])\n',
        "        base = max(base, 0)\n",
        TV_8,
    ),
    Plant(
        "MRG-04",
        COLLATERAL,
        'now_ns - row["below_ns"] >= row["depeg_ns"]',
        'now_ns - row["below_ns"] > row["depeg_ns"]',
        "tests/house/test_vault.py::test_a_depeg_must_last",
    ),
    Plant(
        "MRG-05",
        VAULT,
        "            return Reject.COLL_BANK_INELIGIBLE\n",
        "            return Reject.NONE\n",
        "tests/house/test_vault.py::test_a_deposit_is_refused_for_the_first_reason_of_the_law",
    ),
    Plant(
        "MRG-06",
        VAULT,
        "        return Reject.COLL_CONCENTRATION\n",
        "        return Reject.NONE\n",
        "tests/house/test_vault.py::test_the_pools_limit_counts_everybody_and_what_is_awaited",
    ),
    Plant(
        "MRG-07",
        TRADING,
        "        return Reject.MRG_INSUFFICIENT\n",
        "        return Reject.NONE\n",
        PRECOLLECTION,
    ),
    Plant(
        "MRG-07",
        POSITION,
        '    position["order_fee"] += fee\n',
        "",
        PRECOLLECTION,
    ),
    Plant(
        "MRG-07",
        POSITION,
        'position["order_loss"] += max(0, price_ticks - mark_ticks) * tick_value * change',
        'position["order_loss"] += 0 * change',
        vector("order margin: buy 1 at 115, mark 100, IM 10 %: 11.5 + 15"),
    ),
    Plant(
        "MRG-08",
        "clearing/hkperp_clearing/im_model.py",
        "    return ceil_ratio(count * confidence_ppb, PPB)\n",
        "    return max(1, count * confidence_ppb // PPB)\n",
        "tests/clearing/test_im_model.py::test_the_quantile_is_an_order_statistic_rounded_up",
    ),
    Plant(
        "MRG-08",
        MARGIN,
        'margin = mul_div_ceil(value_quote, tier["im_ppb"]) - tier["im_deduction_quote"]',
        'margin = mul_div_ceil(value_quote, tier["mm_ppb"]) - tier["mm_deduction_quote"]',
        vector("tiers: A = 1.81"),
    ),
    Plant(
        "MRG-08",
        "venue/hkperp/loop/gate.py",
        'state.base_tiers[index]["im_ppb"] + im_ppb\n',
        'state.base_tiers[index]["im_ppb"]\n',
        vector("GAT-052: an add-on to all rates, and back"),
    ),
    Plant(
        "ELIG-05",
        LIMITS,
        "    return account_exposure(state, wallet) > state.exposure_caps[wallet]\n",
        "    return account_exposure(state, wallet) >= state.exposure_caps[wallet]\n",
        vector("GAT-013: the exposure limit of an account, exactly"),
    ),
    Plant(
        "MRG-09",
        "venue/hkperp/rules/proof.py",
        "        if tier.mm_ppb >= tier.im_ppb:",
        "        if tier.mm_ppb > tier.im_ppb:",
        "tests/rules/test_rule_settings.py::test_refused_at_load[MRG-09]",
    ),
    Plant(
        "MRG-10",
        MARGIN,
        "        margin = max(margin, mul_div_ceil(value_quote, floor_ppb))\n",
        "        margin = min(margin, mul_div_ceil(value_quote, floor_ppb))\n",
        rule("MRG-10"),
    ),
    Plant(
        "MRG-10",
        "venue/hkperp/data/packs.toml",
        'leverage = { value = "5x"',
        'leverage = { value = "6x"',
        "tests/rules/test_regimes.py::test_leverage_caps",
    ),
    Plant(
        "MRG-11",
        MARGIN,
        '            total += lots * mark_ticks * state.contracts[contract]["tick_value"]'
        ' - position["cost"]\n',
        "            total += 0 * mark_ticks\n",
        vector("TV-6, FORMULAS 7 with VMGH"),
    ),
    Plant(
        "MRG-12",
        MARGIN,
        'if variation_quote > 0 and state.house[0]["counts_gains"] == 0:',
        "if variation_quote > 2**60:",
        rule("MRG-12"),
    ),
    Plant(
        "MRG-13",
        "clearing/hkperp_clearing/account.py",
        "        return Reject.WALLET_ISOLATED\n",
        "        return Reject.NONE\n",
        rule("MRG-13"),
    ),
    Plant(
        "MRG-13",
        VAULT,
        'state.wallets[payer]["account"] != state.wallets[receiver]["account"]',
        "payer < 0",
        vector("GAT-003, 004: what may move where, and what an isolated wallet may trade"),
    ),
    Plant(
        "NOCR-01",
        "clearing/hkperp_clearing/fees.py",
        "    charged = max(0, min(fee, limit, payable(state, wallet)))",
        "    charged = fee",
        rule("NOCR-01"),
    ),
    Plant(
        "NOCR-02",
        VAULT,
        "    if drop > free - funding_ahead(state, wallet):",
        "    if drop > free + 1 - funding_ahead(state, wallet):",
        TV_13,
    ),
    Plant(
        "NOCR-02",
        VAULT,
        "    if drop > free - funding_ahead(state, wallet):",
        "    if drop > free:",
        rule("NOCR-02"),
    ),
    Plant(
        "NOCR-03",
        VAULT,
        '    if command["flags"] != 0 or not is_settling(state, asset):',
        "    if not is_settling(state, asset):",
        "tests/house/test_vault.py::"
        "test_an_awaited_deposit_counts_for_nothing_until_it_is_cleared",
    ),
    Plant(
        "AFMM-11",
        TRADING,
        'if after <= equity_new and state.wallets[wallet]["is_capped"] == 0:',
        'if after <= equity_new or taker["priority_class"] != 0:',
        rule("AFMM-11"),
    ),
    Plant(
        "ELIG-05",
        TRADING,
        "        return Reject.LIM_CLIENT_EXPOSURE\n",
        "        return Reject.NONE\n",
        "tests/venue/test_gate.py::test_exposure_of_all_wallets",
    ),
    Plant(
        "FND-01",
        "funding/hkperp_funding/parameters.py",
        "    if interval > NS_PER_DAY:",
        "    if interval > 7 * NS_PER_DAY:",
        "tests/funding/test_parameters.py::test_convergence_at_least_daily",
    ),
    Plant(
        "FND-02",
        MARKING,
        '    state.wallets[HouseWallet.ROUNDING]["pending"] -= frame["total"]',
        '    state.wallets[HouseWallet.FEES]["pending"] -= frame["total"]',
        ROUNDING,
    ),
    Plant(
        "FND-02",
        RATE,
        "    return mul_div_floor(-value, rate_ppb)",
        "    return -mul_div_floor(value, rate_ppb)",
        "tests/funding/test_funding_rate.py::test_payment",
    ),
    Plant(
        "FND-03",
        RATE,
        'rate = min(max(scaled, -rates["rate_cap_ppb"]), rates["rate_cap_ppb"])',
        "rate = scaled",
        "tests/funding/test_funding_rate.py::test_rate",
    ),
    Plant(
        "FND-03",
        RATE,
        'return premium + min(max(rates["interest_ppb"] - premium, -band), band)',
        'return premium + rates["interest_ppb"]',
        "tests/funding/test_funding_rate.py::test_rate",
    ),
    Plant(
        "FND-04",
        RATE,
        '        rate = min(max(rate, rates["rate_ppb"] - step), rates["rate_ppb"] + step)\n',
        "        pass\n",
        "tests/funding/test_funding_rate.py::test_the_rate_moves_a_step_at_most",
    ),
    Plant(
        "FND-05",
        MARKING,
        "            if payment != 0:\n",
        "            if payment < 0:\n",
        vector("TV-7 funding"),
    ),
    Plant(
        "FND-06",
        MARKING,
        'is_due and rates["mark_good_ticks"] > 0 and not is_frozen(state, contract)',
        'is_due and rates["mark_good_ticks"] > 0',
        rule("FND-06"),
    ),
    Plant(
        "LIM-01",
        LIMITS,
        'return max(0, int(position["lots"])) + int(position["buy_lots"])',
        'return int(position["lots"]) + int(position["buy_lots"])',
        vector("a reduce-only order must not make room for more than the limit"),
    ),
    Plant(
        "LIM-02",
        MARGIN,
        '        margin += mul_div_ceil(beyond, spec["concentration_ppb"])\n',
        "        margin += 0\n",
        "tests/venue/test_gate_products.py::test_concentration_addon",
    ),
    Plant(
        "LIM-03",
        LIMITS,
        '    return spec["open_interest"] + waiting + lots > oi_cap(state, contract)',
        '    return spec["open_interest"] + waiting > oi_cap(state, contract)',
        rule("LIM-03"),
    ),
    Plant(
        "SEG-01",
        LEDGER,
        "    Posting.FEE: (CLIENT, HOUSE),",
        "    Posting.FEE: (CLIENT, ANY),",
        "tests/rules/test_rule_settings.py::test_a_posting_stays_between_its_partitions",
    ),
    Plant(
        "SEG-01",
        "clearing/hkperp_clearing/fees.py",
        "receiver = HouseWallet.RESERVE if to_reserve else HouseWallet.FEES",
        "receiver = HouseWallet.RESERVE",
        "tests/house/test_compiled_house.py::test_vector_on_the_machine"
        "[BUST_TRADE: before the cycle VM is as if the trade had not been, fees come back]",
    ),
    Plant(
        "SEG-02",
        VAULT,
        "        return Reject.SEG_BREAK\n",
        "        return Reject.NONE\n",
        "tests/house/test_vault_out.py::"
        "test_a_break_blocks_what_would_leave_and_a_reversal_cures_it",
    ),
    Plant(
        "SEG-02",
        VAULT,
        "    if ledger == confirmed:\n",
        "    if ledger <= confirmed + 1:\n",
        "tests/house/test_vault_out.py::"
        "test_a_break_blocks_what_would_leave_and_a_reversal_cures_it",
    ),
    Plant(
        "STR-04",
        "clearing/hkperp_clearing/exceedance.py",
        "    for before, after in itertools.pairwise(breaches):\n",
        "    for before, after in itertools.pairwise(breaches[1:]):\n",
        "tests/clearing/test_exceedance.py::test_independence_by_hand",
    ),
    Plant(
        "APC-01",
        "clearing/hkperp_clearing/apc.py",
        "QUARTER_PPB = 250_000_000",
        "QUARTER_PPB = 200_000_000",
        "tests/clearing/test_apc.py::test_tv_11_the_buffer_is_built_in_calm_and_used_up_in_stress",
    ),
]
