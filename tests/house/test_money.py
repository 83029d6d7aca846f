"""Money over many crashes: exactly 0 after every event (INV-01 to 04, 06, 07, 09, 10, 12).

1,000 seeds of 1,000 commands by default (HKPERP_MONEY_SEEDS), 10,000 in `make soak`. The events
are folded one by one, so nothing may be wrong for a moment and right again at the end of a
command; the checked build looks at the machine's own rows after each of its steps. A layer is
reached only when those above it are exhausted, so counting its uses counts theirs; who bears what
is loss_fold's.
"""

import os
from collections import Counter

import numpy as np
import pytest

import house_flow
import house_setting
from compiled_house import CompiledHouse, check_money
from hkperp_engine.codes import Event, LossSharing
from loss_fold import Losses
from watched_house import WatchedHouse

SEEDS = int(os.environ.get("HKPERP_MONEY_SEEDS", "1000"))
SOAK_SEEDS = 10_000
COMMANDS = 1_000
SHARES = 4

#: What a seed must bring on the average of so many, so that no check goes without work.
FLOOR_SEEDS = 50
FLOORS = {
    **{f"layer {layer} {mode.name}": 0.3 for layer in range(2, 5) for mode in LossSharing},
    "layer 5 VMGH": 0.1,
    "layer 5 ADL": 0.3,
    "layer 6 VMGH": 0.05,
    "layer 6 ADL": 0.05,
    "layer 7 VMGH": 0.01,
    "locks": 40,
    "FUNDING": 5,
    "FINAL_SETTLEMENT": 1,
    "TAKEOVER": 1,
    "TRADE_BUSTED": 1,
    "ACCOUNT_STATUS": 0.5,
    "ASSET_STATE": 1,
    "OPENING_TRADE": 1,
}


def crash(seed):
    """Run one seed under watch; return how often each layer bore something, and each event."""
    setting = house_setting.setting(seed)
    house = WatchedHouse(setting)
    losses = Losses()
    for _, events, _ in house_flow.played(setting, seed, COMMANDS, house):
        losses.take(events)
    house.look()
    name = LossSharing(setting.config.house.loss_sharing).name
    borne = losses.borne
    used = Counter({f"layer {int(layer)} {name}": count for layer, count in borne.items()})
    used += Counter({Event(kind).name: count for kind, count in house.fold.seen.items()})
    return used + Counter({"locks": house.locks})


def run(seeds):
    """Run seeds; name the one that fails; hold what came up against the floors."""
    used = Counter()
    for seed in seeds:
        try:
            used += crash(seed)
        except Exception as error:
            raise AssertionError(f"seed={seed}: {error}") from error
    print(f"{len(seeds)} seeds of {COMMANDS} commands: {dict(sorted(used.items()))}")
    short = {name: used[name] for name, low in FLOORS.items() if used[name] < low * len(seeds)}
    assert not short or len(seeds) < FLOOR_SEEDS, f"too few in {len(seeds)} seeds: {short}"


@pytest.mark.parametrize("share", range(SHARES))
def test_money_is_conserved_in_crashes(share):
    run(range(share * SEEDS // SHARES, (share + 1) * SEEDS // SHARES))


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("share", range(SHARES))
def test_money_is_conserved_in_crashes_for_long(share):
    run(range(10_000 + share * SOAK_SEEDS // SHARES, 10_000 + (share + 1) * SOAK_SEEDS // SHARES))


def test_the_check_bites():
    """A ghost unit, a lost lot: each is found."""
    setting = house_setting.setting(1)
    house = CompiledHouse(setting.config, setting.accounts)
    check_money(house.machine)
    house.state.wallets["cash"][20] += 1
    with pytest.raises(AssertionError, match="INV-02"):
        check_money(house.machine)
    house.state.wallets["cash"][20] -= 1
    house.state.positions["lots"][-1] = np.int32(3)
    with pytest.raises(AssertionError, match="INV-01"):
        check_money(house.machine)
