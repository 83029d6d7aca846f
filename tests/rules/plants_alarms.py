"""Plants in the price alarms: a wallet that should be looked at and sleeps on (LIQ-01)."""

from planting import Plant

ALARMS = "clearing/hkperp_clearing/alarms.py"
COLLATERAL = "clearing/hkperp_clearing/collateral.py"
GATE = "venue/hkperp/loop/gate.py"


def story(name: str) -> str:
    """Node id of a story of test_sleepers.py."""
    return f"tests/house/test_sleepers.py::test_what_takes_from_a_sleeper_wakes_it[{name}]"


PLANTS = [
    Plant(
        "LIQ-01",
        "clearing/hkperp_clearing/ledger.py",
        "    if amount < 0:\n        wake(state, wallet)\n",
        "",
        story("a withdrawal to the margin, then one tick down"),
    ),
    Plant(
        "LIQ-01",
        "clearing/hkperp_clearing/position.py",
        "    wake(state, wallet)\n\n\n@inlined\ndef reserve",
        "\n\n@inlined\ndef reserve",
        story("ten lots more, without an order"),
    ),
    Plant(
        "LIQ-01",
        "clearing/hkperp_clearing/position.py",
        '        spec["sell_lots"] += change\n    row = state.wallets[wallet]\n'
        '    row["contract_mask"] = set_bit(row["contract_mask"], contract)\n'
        "    wake(state, wallet)\n",
        '        spec["sell_lots"] += change\n    row = state.wallets[wallet]\n'
        '    row["contract_mask"] = set_bit(row["contract_mask"], contract)\n',
        story("an order, then a new agreement: the order goes"),
    ),
    Plant(
        "LIQ-01",
        GATE,
        '    row["is_declared"] = 1\n    wake(state, wallet)\n',
        '    row["is_declared"] = 1\n',
        story("a declared default"),
    ),
    Plant(
        "LIQ-01",
        GATE,
        "        wake(state, each)  # the class may ask more margin\n",
        "",
        story("a class that asks 25 %"),
    ),
    Plant(
        "LIQ-01",
        GATE,
        '    spec["im_addon_ppb"] = im_ppb\n    wake_all(state)\n',
        '    spec["im_addon_ppb"] = im_ppb\n',
        story("an add-on of 15 %"),
    ),
    Plant(
        "LIQ-01",
        COLLATERAL,
        '    if row["valuation_ppb"] < before:\n',
        '    if row["valuation_ppb"] > before:\n',
        story("a coin that falls") + "\n" + story("a coin whose haircut rises"),
    ),
    Plant(
        "LIQ-01",
        COLLATERAL,
        "        wake_all(state)  # it counts nothing now\n",
        "        pass\n",
        story("a coin that cannot be converted now"),
    ),
    Plant(
        "LIQ-01",
        "venue/hkperp/loop/marking.py",
        "                if payment < 0:\n",
        "                if payment > 0:\n",
        "tests/house/test_sleepers.py::test_a_funding_payment_wakes_its_payer",
    ),
    Plant(
        "LIQ-01",
        ALARMS,
        "        _ring(state, first + here, first + there)\n",
        "        _ring(state, first + here + 1, first + there)\n",
        "tests/house/test_sleepers.py::test_an_account_far_from_its_alarms_is_not_looked_at",
    ),
    Plant(
        "LIQ-01",
        ALARMS,
        "                return NONE\n            value =",
        "                return 0\n            value =",
        "tests/house/test_sleepers.py"
        "::test_a_margin_that_rises_faster_than_a_gain_lets_nobody_sleep",
    ),
    Plant(
        "LIQ-01",
        ALARMS,
        "    distance = (mark_ticks * share) >> _SHARE_BITS\n",
        "    distance = (mark_ticks * share) >> (_SHARE_BITS - 1)\n",
        story("the mark rises above the alarm of a short"),
    ),
    Plant(
        "LIQ-01",
        ALARMS,
        '    return loss + mul_div_floor(loss, spec["im_ceiling_ppb"])\n',
        "    return loss // 2\n",
        story("half of it withdrawn: the alarm of a short comes nearer"),
    ),
    Plant(
        "LIQ-01",
        ALARMS,
        "        return (mark_ticks - _lowest_in(bucket + 1)) * unit\n",
        "        return (mark_ticks - _lowest_in(bucket + 1)) * unit // 2\n",
        story("half of it withdrawn: the alarm of a long comes nearer"),
    ),
    Plant(
        "LIQ-01",
        "clearing/hkperp_clearing/attention.py",
        "    awake = bits_from(~state.asleep_words[word], wallet & _IN_WORD)\n",
        "    awake = bits_from(~state.asleep_words[word], wallet & _IN_WORD) & -4\n",
        "tests/house/test_alarms.py::test_the_next_one_awake_is_found",
    ),
    Plant(
        "LIQ-01",
        "clearing/hkperp_clearing/settlement.py",
        "                wake(state, wallet)\n",
        "",
        story("a haircut of its gain: 10 of 11 million"),
    ),
]
