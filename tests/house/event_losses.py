"""Losses as their events tell them: who could not pay, and who bore it, in what order (INV-07)."""

from collections import Counter

from hkperp_engine.codes import HouseWallet, Layer, Posting
from reference.rows import Event

PLATFORM, ROUNDING = int(HouseWallet.PLATFORM), int(HouseWallet.ROUNDING)

#: Prefunded layers in the order in which they are used up, and whose money they are.
PREFUNDED = (
    (Layer.FIRST_LOSS, HouseWallet.FIRST_LOSS),
    (Layer.RESERVE, HouseWallet.RESERVE),
    (Layer.SECOND_TRANCHE, HouseWallet.SECOND_TRANCHE),
)
#: Layers that take of gains; nothing is posted.
SHARED = (Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN)
LAYER_OF = {int(wallet): layer for layer, wallet in PREFUNDED}


class Losses:
    """Defaults and who bears them: INV-07."""

    def __init__(self, cash: Counter[int]) -> None:
        self.cash = cash  # by wallet, as the fold has it
        self.owed: Counter[int] = Counter()  # by loss: defaults less allocations
        self.payment: Event | None = None  # of a layer, not yet allocated
        self.shared = 0  # allocated to those who gained, less what each of them lost
        self.borne: Counter[int] = Counter()  # allocations by layer

    def default(self, event: Event) -> None:
        """DEFAULT: so much cannot be paid."""
        assert event.order_id > 0 < event.amount, "INV-07: a default of nothing"
        self.owed[event.order_id] += event.amount

    def pay(self, event: Event) -> None:
        """A posting: a LAYER_PAYMENT only of a layer whose predecessors are empty."""
        if event.code != Posting.LAYER_PAYMENT:
            return
        assert self.payment is None, "INV-07: a layer's payment was not allocated"
        self._check_order(LAYER_OF[event.wallet], event)
        self.payment = event

    def _check_order(self, layer: int, event: Event) -> None:
        earlier = [self.cash[wallet] for each, wallet in PREFUNDED if each < layer]
        assert not any(earlier), f"INV-07: layer {layer} was used before {earlier} were"

    def allocate(self, event: Event) -> None:
        """ALLOCATION: a part of a loss is borne."""
        layer, amount, payment = event.code, event.amount, self.payment
        self._check_order(layer, event)
        if payment is not None:
            told = (LAYER_OF[payment.wallet], payment.amount, payment.order_id)
            assert (layer, amount, event.order_id) == told, "INV-07: not what the layer paid"
        elif layer not in SHARED:
            is_own_gain = layer == Layer.RESERVE and event.wallet in (PLATFORM, ROUNDING)
            assert is_own_gain, "INV-07: a layer that did not pay"
        else:
            self.shared += amount
        self.payment = None
        self.owed[event.order_id] -= amount
        assert self.owed[event.order_id] >= 0, "INV-07: more borne than lost"
        self.borne[layer] += 1

    def share(self, event: Event) -> None:
        """HAIRCUT or DELEVERAGE: what one who gained does not get."""
        self.shared -= event.amount

    def begin(self, event: Event) -> None:
        """CYCLE: what is left of the defaults is its loss, to the unit."""
        left = sum(self.owed.values())
        assert event.amount == left, f"INV-07: {left} was left, the cycle shares {event.amount}"
        self.owed = Counter({event.counter_order_id: left} if left else {})

    def done(self, event: Event) -> None:
        """CYCLE_DONE: every loss has been borne, by as much as somebody lost."""
        left = sum(self.owed.values())
        assert left == 0, f"INV-07: {left} was not borne"
        assert self.shared == 0, f"INV-07: {self.shared} of layers 5 to 7 fell on nobody"
