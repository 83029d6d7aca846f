"""Money over many crashes: exactly 0, after every command and every event (INV-01, 02, 04, 07).

1,000 seeds by default (HKPERP_MONEY_SEEDS). Layer 5 is reached only when layers 1 to 4 are
exhausted, so counting its uses counts theirs; the fold of the events proves the order.
"""

import os
from collections import Counter

import numpy as np
import pytest

import house_flow
import house_setting
from compiled_house import CompiledHouse, check_money, command_rows
from hkperp_engine.codes import Event, HouseWallet, Layer, LossSharing, Posting

SEEDS = int(os.environ.get("HKPERP_MONEY_SEEDS", "1000"))
COMMANDS = 150
SHARES = 4

#: Prefunded layers in the order in which they are used up, and whose money they are.
PREFUNDED = (
    (Layer.FIRST_LOSS, HouseWallet.FIRST_LOSS),
    (Layer.RESERVE, HouseWallet.RESERVE),
    (Layer.SECOND_TRANCHE, HouseWallet.SECOND_TRANCHE),
)


class Fold:
    """Balances and losses as the events alone tell them."""

    def __init__(self):
        self.cash = Counter()
        self.units = Counter()
        self.losses = Counter()
        self.borne = Counter()

    def take(self, events):
        """Fold EVENT rows; no balance below 0 after any of them, layers strictly in order."""
        for row in events.tolist():
            kind, code, wallet = row[2], row[3], row[6]
            if kind == Event.POSTING:
                self._post(row)
            elif kind == Event.DEFAULT:
                self.losses[row[8]] += row[12]
            elif kind == Event.ALLOCATION:
                self.borne[code] += 1
                if code == Layer.LOSS_SHARING:
                    empty = [self.cash[account] == 0 for _, account in PREFUNDED]
                    assert all(empty), f"layer 5 was used before the others were empty: {row}"
            assert wallet < HouseWallet.CLIENTS or self.cash[wallet] >= 0, row

    def _post(self, row):
        code, asset, payer, receiver, amount = row[3], row[4], row[6], row[7], row[12]
        assert amount > 0, row
        assert code != Posting.LAYER_PAYMENT or payer in [each for _, each in PREFUNDED], row
        balances = self.cash if asset == 0 else self.units
        for wallet, change in ((payer, -amount), (receiver, amount)):
            key = wallet if asset == 0 else (asset, wallet)
            balances[key] += change
            is_outside = wallet <= HouseWallet.CONVERSION
            assert is_outside or balances[key] >= 0, f"below 0 (INV-04): {row}"


def crash(seed):
    """Run one seed, checked after every command; return how often each layer bore something."""
    setting = house_setting.setting(seed)
    house = CompiledHouse(setting.config, setting.accounts)
    fold = Fold()
    for command in house_flow.commands(setting, seed, COMMANDS):
        events = house.machine.apply_batch(command_rows([command]))
        fold.take(events)
        check_money(house.machine)
    cash = house.state.wallets["cash"].tolist()
    assert cash == [fold.cash[wallet] for wallet in range(len(cash))], "the fold of the events"
    name = LossSharing(setting.config.house.loss_sharing).name
    return Counter({f"layer {layer} {name}": count for layer, count in fold.borne.items()})


@pytest.mark.parametrize("share", range(SHARES))
def test_money_is_conserved_in_crashes(share):
    used = Counter()
    for seed in range(share * SEEDS // SHARES, (share + 1) * SEEDS // SHARES):
        try:
            used += crash(seed)
        except AssertionError as error:
            raise AssertionError(f"seed={seed}: {error}") from error
    print(f"{SEEDS // SHARES} seeds: {dict(sorted(used.items()))}")
    for name in ("VMGH", "ADL"):
        assert used[f"layer {int(Layer.LOSS_SHARING)} {name}"] >= 8 * SEEDS // 1000 // SHARES, used


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
