"""The compiled machine with the reference house's methods: what both are asked, in one place."""

import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_clearing.layout import BACKSTOPS_MAX, FINALS_MAX, TIERS_MAX
from hkperp_engine.codes import AssetKind, HouseWallet, Side
from hkperp_engine.layout import COMMAND, PROTECTED_FILLS_MAX
from hkperp_funding.layout import BASIS_SLOTS
from reference.rows import Event, RestingOrder, WaitingOrder

#: Reference names of a contract's rates, and the compiled ones.
RATES_NAMES = {
    "index": "index_ticks",
    "index_status": "index_status",
    "good_index": "index_good_ticks",
    "good_ns": "index_good_ns",
    "mark": "mark_good_ticks",
    "mark_ns": "mark_good_ns",
    "is_stale": "mark_is_stale",
    "bits": "mark_basis",
    "rate": "rate_ppb",
    "next_funding_ns": "next_funding_ns",
    "premium_sum": "premium_sum_ppb",
    "premium_count": "premium_count",
}

#: Everything tiny: every pool must grow, every ringful is one step.
TINY = (2, 1, 64, 1)


def command_rows(commands):
    """Return COMMAND rows of command tuples."""
    return np.array([tuple(command) for command in commands], COMMAND)


class CompiledHouse:
    """A `Machine` that is asked like `ReferenceMachine`."""

    def __init__(self, config, accounts, capacities=TINY):
        rows = np.array([tuple(account) for account in accounts], ACCOUNT)
        self.machine = Machine(config, rows, capacities=capacities)
        self.groups = [0] * HouseWallet.CLIENTS + rows["group"].tolist()

    @property
    def state(self):
        """The machine's views; they change when it grows."""
        return self.machine.state

    def apply(self, command):
        """Do one command; its events, timers' first."""
        return [Event(*row) for row in self.machine.apply_batch(command_rows([command])).tolist()]

    def wallet_fields(self, number):
        """As ReferenceMachine.wallet_fields."""
        row, assets = self.state.wallets[number], len(self.state.assets)
        names = ["cash", "pending", "state", "reduced_step"]
        names += ["investor_class", "account_flags", "valid_until_ns", "account", "isolated"]
        names += ["notice_level", "is_declared"]
        fields = {name: int(row[name]) for name in names}
        fields["group"] = self._group(number)
        fields["exposure_cap"] = int(self.state.exposure_caps[row["account"]])
        awaited = self.state.uncleared[number * assets : (number + 1) * assets]
        fields["uncleared"] = awaited.tolist()
        first = number * assets
        fields["balances"] = self.state.balances[first + 1 : first + assets].tolist()
        member, engine = self.state.members[number], self.state.engine[0]
        window = int(engine["now_ns"]) // int(engine["message_window_ns"])
        is_now = int(member["message_window"]) == window
        fields["message_count"] = int(member["message_count"]) if is_now else 0
        fields["session"] = int(member["session"])
        fields["countdown_ns"] = self._timer_ns(member["timer"])
        fields["is_killed"] = int(self.state.owners[number]["is_killed"])
        return fields

    def _group(self, number):
        """The group that the ring of a wallet joins; the ring must be the group, ascending."""
        group, ring, links = self.groups[number], [number], self.state.group_next
        if not group:
            assert links[number] == 0, f"wallet {number} is in a ring (DFT-010)"
            return 0
        while (after := int(links[ring[-1]])) != number:
            assert after not in ring, f"the ring of wallet {number} never ends (DFT-010)"
            ring.append(after)
        wanted = [wallet for wallet, each in enumerate(self.groups) if each == group]
        start = wanted.index(number)
        assert ring == wanted[start:] + wanted[:start], f"group {group}: ring {ring} (DFT-010)"
        return group

    def _timer_ns(self, node):
        """Time of a node of the heap of timers, 0 if it is none."""
        return int(self.state.timers[node]["time_ns"]) if node else 0

    def position_fields(self, number, contract):
        """As ReferenceMachine.position_fields."""
        position = self.state.positions[number * len(self.state.contracts) + contract]
        names = "lots cost entry_cost buy_lots buy_value sell_lots sell_value order_loss order_fee"
        return {name: int(position[name]) for name in names.split()}

    def contract_fields(self, number):
        """As ReferenceMachine.contract_fields."""
        row, rates = self.state.contracts[number], self.state.rates[number]
        fields = {name: int(rates[ours]) for name, ours in RATES_NAMES.items()}
        names = "open_interest buy_lots sell_lots product reference threshold_quote"
        names += " im_addon_ppb mm_addon_ppb alerts oi_fund_cap_lots oi_depth_cap_lots"
        for name in names.split():
            fields[name] = int(row[name])
        fields["depth_lots"] = int(row["depth_lots"]) if row["oi_depth_multiple"] else 0
        fields["funded_ns"] = int(rates["funded_ns"])
        tiers = self.state.tiers[number * TIERS_MAX :][: int(row["tier_count"])]
        fields["tiers"] = tiers[["im_ppb", "mm_ppb"]].tolist()
        kept, last = int(row["final_count"]), int(row["final_next"])
        finals = self.state.finals[number * FINALS_MAX : (number + 1) * FINALS_MAX]
        fields["finals"] = [int(finals[(last - kept + i) % FINALS_MAX]) for i in range(kept)]
        providers = self.state.backstops[number * BACKSTOPS_MAX : (number + 1) * BACKSTOPS_MAX]
        taken = providers[providers["wallet"] > 0]
        fields["backstops"] = [tuple(row) for row in taken.tolist()]
        market = self.state.markets[number]
        fields["state"] = int(market["state"])
        fields["last_ticks"] = int(market["last_ticks"])
        fields["pause_ns"] = self._timer_ns(market["pause_timer"])
        fields["trade_count"] = int(self.state.books[number]["trade_count"])
        ring = self.state.basis[number * BASIS_SLOTS : (number + 1) * BASIS_SLOTS]
        count, after = int(rates["basis_count"]), int(rates["basis_next"])
        slots = [(after - count + i) % BASIS_SLOTS for i in range(count)]
        fields["basis"] = [tuple(ring[slot].tolist()) for slot in slots]
        return fields

    def asset_fields(self, number):
        """As ReferenceMachine.asset_fields."""
        row = self.state.assets[number]
        names = "price_ppb valuation_ppb conversion_ppb is_convertible is_licensed haircut_ppb"
        names += " is_depegged is_broken is_below unlicensed_ns break_units"
        fields = {name: int(row[name]) for name in names.split()}
        # A depeg that is over leaves its beginning behind; nothing reads it.
        fields["below_ns"] = int(row["below_ns"]) if row["is_below"] else 0
        return fields

    def orders(self, contract, side):
        """As ReferenceMachine.orders."""
        return [RestingOrder(*row) for row in self.machine.orders(contract, side).tolist()]

    def waiting(self, contract):
        """As ReferenceMachine.waiting."""
        return [WaitingOrder(*row) for row in self.machine.waiting(contract).tolist()]

    def protections(self):
        """As ReferenceMachine.protections."""
        state = self.state
        now_ns = int(state.engine[0]["now_ns"])
        found = []
        for number in range(1, int(state.engine[0]["protection_count"]) + 1):
            row = state.protections[number]
            first, count = int(row["first"]), int(row["count"])
            base = number * PROTECTED_FILLS_MAX
            slots = [base + (first + i) % PROTECTED_FILLS_MAX for i in range(count)]
            since = now_ns - int(row["window_ns"])
            live = sum(int(state.protected_fills[slot]["time_ns"]) > since for slot in slots)
            pair = int(row["wallet"]), int(row["contract"])
            found.append((*pair, int(row["is_frozen"]), live))
        return sorted(found)

    def claims(self):
        """As ReferenceMachine.claims."""
        used = int(self.state.house["claims_used"][0])
        rows = self.state.claims[:used][["loss_id", "wallet", "open_quote"]].tolist()
        return [tuple(row) for row in rows if row[2] > 0]

    def house_fields(self):
        """As ReferenceMachine.house_fields."""
        fields = {name: int(self.state.engine[name][0]) for name in ("now_ns", "sequence")}
        names = "step loss_count cycle_count deficit next_sample_ns next_cycle_ns"
        names += " agreement_version vmgh_used"
        return fields | {name: int(self.state.house[name][0]) for name in names.split()}

    def check(self):
        """Raise if an invariant of the books or of the money fails."""
        self.machine.check_books()
        check_money(self.machine)


def check_money(machine):
    """Assert what must hold after any command: INV-01, INV-02, INV-04, SETL-01 in whole units."""
    state = machine.state
    contracts, assets = len(state.contracts), len(state.assets)
    cash = state.wallets["cash"]
    assert sum(cash.tolist()) == 0, "cash over all wallets is not 0 (INV-02)"
    balances = state.balances.reshape(-1, assets)
    for asset in range(1, assets):
        assert int(balances[:, asset].sum()) == 0, f"asset {asset} over all wallets (INV-02)"
    assert cash[HouseWallet.SETTLEMENT] == 0, "the settlement account is open (SETL-01)"
    assert cash[HouseWallet.SETTLEMENT :].min() >= 0, "a balance is below 0 (INV-04)"
    assert balances[HouseWallet.SETTLEMENT :].min() >= 0, "an asset balance is below 0 (INV-04)"
    check_eligible(state, balances, cash)
    positions = state.positions.reshape(-1, contracts)
    lots = positions["lots"].astype(np.int64)
    assert not lots.sum(axis=0).any(), "positions do not sum to 0 (INV-01)"
    held = np.maximum(lots, 0).sum(axis=0)
    assert held.tolist() == state.contracts["open_interest"].tolist(), "open interest"
    marks = state.rates["mark_good_ticks"] * state.contracts["tick_value"]
    variation = int((lots * marks - positions["cost"]).sum()) + int(state.wallets["pending"].sum())
    assert variation == 0, "variation margin does not sum to 0 (SETL-01)"
    assert not state.haircuts.any(), "a haircut is left from a cycle (DFT-034)"


def check_eligible(state, balances, cash):
    """Assert what is awaited adds up (GAT-034), and that no client holds what is no margin."""
    assets = len(state.assets)
    awaited = state.uncleared.reshape(-1, assets)
    assert awaited.min() >= 0, "less than nothing is awaited"
    assert not awaited[: HouseWallet.CLIENTS].any(), "the house awaits a deposit"
    total = awaited.sum(axis=0).tolist()
    held = [int(cash[HouseWallet.UNCLEARED]), *balances[HouseWallet.UNCLEARED, 1:].tolist()]
    assert total == held, f"awaited {total}, held uncleared {held} (GAT-034)"
    refused = state.assets["kind"] == AssetKind.INELIGIBLE
    assert not balances[:, refused].any(), "a wallet holds what is no margin (INV-10)"
    assert not awaited[:, refused].any(), "what is no margin is awaited (INV-10)"


def with_least_cap(state, contract, fields):
    """The fields with the caps that count (DFT-011): how far above its own the fund's is, or that
    of its depth, nobody can tell.
    """
    own = int(state.contracts[contract]["oi_cap_lots"])
    names = ("oi_fund_cap_lots", "oi_depth_cap_lots")
    return fields | {name: min(own, fields[name]) for name in names}


def difference(ours, theirs):
    """Return the first field in which a CompiledHouse and a ReferenceMachine differ, in words."""
    state = ours.state
    contracts = range(len(state.contracts))
    asked = [("house_fields", ()), ("claims", ()), ("protections", ())]
    asked += [("asset_fields", (asset,)) for asset in range(len(state.assets))]
    asked += [("contract_fields", (contract,)) for contract in contracts]
    asked += [("orders", (contract, side)) for contract in contracts for side in Side]
    asked += [("waiting", (contract,)) for contract in contracts]
    for wallet in range(len(state.wallets)):
        asked.append(("wallet_fields", (wallet,)))
        asked += [("position_fields", (wallet, contract)) for contract in contracts]
    for what, where in asked:
        found, wanted = getattr(ours, what)(*where), getattr(theirs, what)(*where)
        if what == "asset_fields" and not wanted["is_below"]:
            wanted = wanted | {"below_ns": 0}
        if what == "contract_fields":
            found, wanted = (with_least_cap(state, *where, each) for each in (found, wanted))
        if isinstance(found, list):
            wanted = [tuple(map(int, row)) for row in wanted if what != "claims" or row[2] > 0]
            found = [tuple(row) for row in found]
        elif where and where[0] < HouseWallet.CLIENTS and what == "wallet_fields":
            found = {name: found[name] for name in ("cash", "pending", "balances")}
            wanted = {name: wanted[name] for name in found}
        if found != wanted:
            return f"{what}{where}: machine {found}, reference {wanted}"
    return ""
