"""A fold over the events of a house: who bears which part of a loss (INV-08, INV-13).

Balances and the order of the layers are event_fold's. It knows nothing of the machine but its
events: what these say must add up by itself.
"""

from collections import Counter

from hkperp_engine.codes import Event, Explain, HouseWallet, Layer, Posting

#: Prefunded layers in the order in which they are used up, and whose money they are.
PREFUNDED = (
    (Layer.FIRST_LOSS, HouseWallet.FIRST_LOSS),
    (Layer.RESERVE, HouseWallet.RESERVE),
    (Layer.SECOND_TRANCHE, HouseWallet.SECOND_TRANCHE),
)
FUND = tuple(account for _, account in PREFUNDED)
SHARED = (Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN)

#: The only ways in which a client's money leaves its wallet: its own orders, its own losses.
CLIENT_DEBITS = (
    Posting.WITHDRAWAL,
    Posting.TRANSFER,
    Posting.REDEMPTION,
    Posting.DEPOSIT_REVERSED,
    Posting.CONVERSION_ASSET,
    Posting.FEE,
    Posting.LIQUIDATION_FEE,
    Posting.VARIATION_PAID,
    Posting.ISSUER_LOSS,
)
#: Where the platform account's money may go: losses, claims, the reserve (INV-13).
PLATFORM_DEBITS = (Posting.VARIATION_PAID, Posting.CLAIM_REPAYMENT, Posting.RECOVERY)


class Losses:
    """Who bears a loss: to the unit, of gains alone, never of anybody's principal.

    A default outside a cycle leaves R; the extraordinary cycle is given exactly the sum of them.
    What a cycle is given and what the platform lacks is allocated in it, no unit more (LOSS-01,
    INV-07). A gain bears at most itself, so nobody is bankrupted by another's default, and who
    paid in has it still (LOSS-03, INV-08).
    """

    def __init__(self):
        self.borne = Counter()  # uses by layer
        self.left = Counter()  # of each default outside a cycle, by loss
        self.variation = {}  # as explained last, by wallet
        self.placed = Counter()  # given up to a default by deleveraging, by loss
        self.cycle = 0  # the loss of the cycle that runs, -1 if it has none
        self.is_cycle = False
        self.missing = 0  # of the loss of the cycle
        self.layers = Counter()  # what layers 5 to 7 bear in the cycle
        self.shares, self.gains, self.received, self.paid = Counter(), {}, Counter(), Counter()

    def take(self, events):
        """Fold EVENT rows."""
        for row in events:
            if row.kind == Event.POSTING:
                self._post(row)
            elif row.kind == Event.EXPLAIN and row.code == Explain.VARIATION:
                self.variation[row.wallet] = row.amount
            elif row.kind == Event.DEFAULT:
                self._default(row)
            elif row.kind == Event.ALLOCATION:
                self._allocate(row)
            elif row.kind == Event.DELEVERAGE:
                self._deleverage(row)
            elif row.kind == Event.HAIRCUT:
                self._haircut(row)
            elif row.kind == Event.CYCLE:
                self._begin(row)
            elif row.kind == Event.CYCLE_DONE:
                self._end(row)

    def _post(self, row):
        if row.wallet >= HouseWallet.CLIENTS:
            assert row.code in CLIENT_DEBITS, f"a client's principal (LOSS-03): {row}"
        elif row.wallet == HouseWallet.PLATFORM:
            assert row.code in PLATFORM_DEBITS, f"the platform's money (INV-13): {row}"
        elif row.wallet in FUND:
            assert row.code == Posting.LAYER_PAYMENT, f"a prefunded layer (RSV-01): {row}"
            assert row.order_id > 0, f"a payment for no loss (RSV-01): {row}"
        if row.code == Posting.VARIATION_PAID:
            self.paid[row.wallet] += row.amount
        elif row.code == Posting.VARIATION_RECEIVED:
            self.received[row.counter_wallet] += row.amount

    def _default(self, row):
        assert row.amount > 0, row
        if self.is_cycle:
            assert row.wallet == HouseWallet.PLATFORM and row.order_id == self.cycle, row
            self.missing += row.amount
        else:
            assert row.wallet >= HouseWallet.CLIENTS and row.order_id not in self.left, row
            self.left[row.order_id] = row.amount

    def _allocate(self, row):
        self.borne[row.code] += 1
        assert row.amount > 0, row
        if self.is_cycle:
            assert row.order_id == self.cycle, row
            self.missing -= row.amount
            assert self.missing >= 0, f"more than the loss (INV-07): {row}"
            is_shared = row.code in SHARED
            assert not is_shared or (row.wallet == 0 and row.code not in self.layers), row
            self.layers[row.code] += row.amount * is_shared
            return
        self.left[row.order_id] -= row.amount
        assert self.left[row.order_id] >= 0, f"more than the loss (INV-07): {row}"
        if row.code == Layer.LOSS_SHARING:
            given = self.placed.pop(row.order_id)
            assert given == row.amount, f"{given} were given up (overshoot 0): {row}"

    def _deleverage(self, row):
        """A counterparty gives at most its gain, as explained just before."""
        assert 0 <= row.amount <= max(0, self.variation.get(row.wallet, 0)), row
        self.placed[row.order_id] += row.amount

    def _begin(self, row):
        given = sum(self.left.values())
        assert row.amount == given, f"{given} were left of the defaults: {row}"
        self.is_cycle, self.cycle, self.missing = True, row.counter_order_id, row.amount
        self.left.clear()
        self.placed.pop(0, None)
        assert not +self.placed, f"given up and not allocated: {+self.placed}"
        for each in (self.layers, self.shares, self.gains, self.received, self.paid):
            each.clear()

    def _haircut(self, row):
        assert self.is_cycle and row.order_id == self.cycle and row.wallet not in self.paid, row
        gain = row.counter_order_id
        assert row.amount > 0 and self.gains.setdefault(row.wallet, gain) == gain, row
        self.layers[row.code] -= row.amount
        self.shares[row.wallet] += row.amount
        assert self.shares[row.wallet] <= gain, f"more than the gain (LOSS-03): {row}"

    def _end(self, row):
        assert self.missing == 0, f"{self.missing} of a loss are nobody's (INV-07): {row}"
        rest = {layer: amount for layer, amount in self.layers.items() if amount}
        assert not rest, f"shares do not sum to what a layer bears: {rest} in {row}"
        assert sum(self.paid.values()) == row.amount, row
        for wallet, gain in self.gains.items():
            kept = gain - self.shares[wallet]
            assert self.received[wallet] == kept, f"wallet {wallet} kept {kept}: {row}"
        assert not set(self.paid) & set(self.received), f"paid and received: {row}"
        self.is_cycle = False
