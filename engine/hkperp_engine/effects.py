"""What a fill sets off besides the trade: a pair ends, a protection counts, an iceberg goes on.

docs/book.md MAT-040, MAT-076, MAT-077. All of it is off the common path: called only if the maker
or the taker has traits.
"""

from hkperp_engine.book import requeue
from hkperp_engine.codes import CancelReason, Event, Side
from hkperp_engine.condemned import condemn, end_pair, release_pair
from hkperp_engine.events import new_event, order_event
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.protection import count_fill
from hkperp_engine.units import NONE

__all__ = ["EFFECT_EVENTS_MAX", "after_fill"]

#: Events that `after_fill` writes at most: for maker and taker a slice and a tripped protection.
EFFECT_EVENTS_MAX = 4


@kernel
def after_fill(state, fill):
    """Do what the FILL row of a trade sets off, the maker first. At most 4 events."""
    if fill["kind"] != Event.TRADE:
        return
    taker = state.taker[0]
    signed_lots = fill["lots"] if fill["side"] == Side.BUY else -fill["lots"]
    contract = int(fill["contract"])
    _after(state, fill["slot"], fill["traits"], fill["wallet"], contract, signed_lots)
    slot = taker["slot"]
    if slot < 0:
        end_pair(state, -slot)
        slot = 0
    _after(state, slot, taker["traits"], taker["wallet"], contract, -signed_lots)
    if slot != 0:
        taker["traits"] = state.orders[slot]["traits"]


@kernel
def _after(state, slot, traits, wallet, contract, signed_lots):
    """Do it for one side: `slot` is 0 if its order is gone; lots bought > 0, sold < 0."""
    if slot != 0:
        order = state.orders[slot]
        if order["traits"] & Trait.PAIRED != 0:
            release_pair(state, slot)
        is_resting = order["lots_left"] > 0
        if is_resting and order["traits"] & Trait.ICEBERG != 0:
            if state.extras[slot]["shown_lots"] == 0:
                requeue(state, slot)
                shown = state.extras[slot]["shown_lots"]
                order_event(state, slot, Event.ORDER_REFRESHED, 0, shown)
    if traits & Trait.QUOTE != 0:
        code, value = count_fill(state, wallet, contract, signed_lots)
        if code != NONE:
            _freeze(state, wallet, contract, code, value)


@kernel
def _freeze(state, wallet, contract, code, value):
    """Report a tripped protection and condemn the wallet's quotes in the contract, newest first.

    O(live orders of the wallet).
    """
    event = state.events[new_event(state, Event.PROTECTION, wallet)]
    event["code"] = code
    event["contract"] = contract
    event["amount"] = value
    slot = int(state.owners[wallet]["order_head"])
    while slot != 0:
        order = state.orders[slot]
        if order["contract"] == contract and order["traits"] & Trait.QUOTE != 0:
            condemn(state, slot, CancelReason.PROTECTION)
        slot = int(order["wallet_next"])
