"""Violations of what is held, awaited and counted: MRG-02 to MRG-06, NOCR-03, SEG-02."""

from planting import Plant, rule, vector

COLLATERAL = "clearing/hkperp_clearing/collateral.py"
CUSTODY = "clearing/hkperp_clearing/custody.py"
LEDGER = "clearing/hkperp_clearing/ledger.py"
VAULT = "venue/hkperp/loop/vault.py"
GHOST = vector("GAT-039, 040: a ghost credit is found, stopped and taken back")
SPENT = vector("GAT-040: what a ghost credit has spent is the operator's loss")
LIMITS = vector("GAT-036: limits on an issuer, exactly and one unit more")
HOURS = vector("GAT-034: settlement hours, to the nanosecond")
REDEEMED = vector("GAT-038: units go to the issuer at once, the money comes later")
AWAITED = vector("GAT-034, 035: a deposit that is not final counts for nothing")

PLANTS = [
    Plant(
        "MRG-02",
        COLLATERAL,
        'PPB - row["haircut_ppb"]',
        "PPB",
        rule("MRG-02"),
    ),
    Plant(
        "MRG-02",
        "venue/hkperp/state.py",
        "base * (PPB - asset.haircut_ppb) // PPB",
        "base",
        rule("MRG-02"),
    ),
    Plant(
        "MRG-04",
        VAULT,
        "        return Reject.COLL_DEPEGGED\n",
        "        return Reject.NONE\n",
        "tests/house/test_vault.py::test_a_deposit_is_refused_for_the_first_reason_of_the_law",
    ),
    Plant(
        "MRG-04",
        VAULT,
        "        return Reject.COLL_REDEMPTION_CLOSED\n",
        "        return Reject.NONE\n",
        REDEEMED,
    ),
    Plant(
        "MRG-05",
        CUSTODY,
        "open_ns <= time_ns < close_ns",
        "open_ns <= time_ns <= close_ns",
        HOURS,
    ),
    Plant(
        "MRG-06",
        CUSTODY,
        "                if _client_is_full(state, limit, wallet, asset, amount):\n"
        "                    return True\n",
        "                pass\n",
        LIMITS,
    ),
    Plant(
        "NOCR-03",
        VAULT,
        "        elif amount > awaited_units(state, wallet, asset):\n",
        "        elif amount > awaited_units(state, wallet, asset) + 1:\n",
        AWAITED,
    ),
    Plant(
        "SEG-02",
        VAULT,
        '        if row["is_broken"] == 0 or amount > row["break_units"]:\n',
        '        if row["is_broken"] == 0:\n',
        GHOST,
    ),
    Plant(
        "SEG-01",
        VAULT,
        "        _move(state, code, asset, HouseWallet.ERROR, HouseWallet.EXTERNAL, missing)\n",
        "        _move(state, code, asset, HouseWallet.RESERVE, HouseWallet.EXTERNAL, missing)\n",
        SPENT,
    ),
    Plant(
        "SEG-02",
        CUSTODY,
        "    return house_units(state, asset) - held_units(state, HouseWallet.UNCLEARED, asset)\n",
        "    return house_units(state, asset)\n",
        "tests/house/test_vault_out.py::"
        "test_a_break_blocks_what_would_leave_and_a_reversal_cures_it",
    ),
]
