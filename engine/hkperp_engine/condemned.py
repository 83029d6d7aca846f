"""Orders that must go: condemned for a reason, cancelled before anything else happens.

A short first-in-first-out list through `extras.condemned_next`. So the fill of one order of a pair
cancels the other (MAT-077) and a tripped protection the quotes (MAT-076) without a call back: the
loop looks here between any two steps.
"""

from hkperp_engine.codes import CancelReason
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.layout import Trait
from hkperp_engine.timers import EXPIRY, drop_timer

__all__ = [
    "clear_extra",
    "condemn",
    "end_pair",
    "forget_traits",
    "next_condemned",
    "pair",
    "put_off_pair",
    "release_pair",
]


@kernel
def clear_extra(state, slot):
    """Make the EXTRA row of an order that had no traits so far all zero. O(1)."""
    extra = state.extras[slot]
    extra["expiry_ns"] = 0
    extra["rank"] = 0
    extra["shown_lots"] = 0
    extra["display_lots"] = 0
    extra["partner"] = 0
    extra["timer"] = 0
    extra["trigger_ticks"] = 0
    extra["distance"] = 0
    extra["extreme_ticks"] = 0
    extra["observed_ticks"] = 0
    extra["condemned_next"] = 0
    extra["trail_next"] = 0
    extra["trail_prev"] = 0
    extra["reason"] = 0
    extra["order_type"] = 0
    extra["source"] = 0
    extra["tif"] = 0


@kernel
def condemn(state, slot, reason):
    """Put a live order with traits on the list, unless it is there; `reason`: why. O(1)."""
    order = state.orders[slot]
    if CHECKED:
        assert order["traits"] != 0
    if order["traits"] & Trait.CONDEMNED != 0:
        return
    order["traits"] |= Trait.CONDEMNED
    extra = state.extras[slot]
    extra["reason"] = reason
    extra["condemned_next"] = 0
    engine = state.engine[0]
    tail = engine["condemned_tail"]
    if tail == 0:
        engine["condemned_head"] = slot
    else:
        state.extras[tail]["condemned_next"] = slot
    engine["condemned_tail"] = slot


@kernel
def next_condemned(state):
    """Take the first order from the list; returns (slot, reason). The list is not empty. O(1)."""
    engine = state.engine[0]
    slot = engine["condemned_head"]
    extra = state.extras[slot]
    engine["condemned_head"] = extra["condemned_next"]
    if extra["condemned_next"] == 0:
        engine["condemned_tail"] = 0
    state.orders[slot]["traits"] &= ~Trait.CONDEMNED
    return slot, int(extra["reason"])


@kernel
def pair(state, slot, partner):
    """Make two live orders cancel each other (MAT-077); `slot` has an EXTRA row. O(1)."""
    other = state.orders[partner]
    if other["traits"] == 0:
        clear_extra(state, partner)
    other["traits"] |= Trait.PAIRED
    state.orders[slot]["traits"] |= Trait.PAIRED
    state.extras[slot]["partner"] = partner
    state.extras[partner]["partner"] = slot


@kernel
def put_off_pair(state, slot):
    """Take order `slot` out of its pair and return its partner, which `end_pair` condemns. O(1).

    For a fill whose maker's effects come first (MAT-078).
    """
    partner = int(state.extras[slot]["partner"])
    state.extras[slot]["partner"] = 0
    state.extras[partner]["partner"] = 0
    state.orders[slot]["traits"] &= ~Trait.PAIRED
    return partner


@kernel
def end_pair(state, partner):
    """Condemn what is left of a pair that `put_off_pair` took apart. O(1)."""
    condemn(state, partner, CancelReason.PARTNER)
    state.orders[partner]["traits"] &= ~Trait.PAIRED


@kernel
def release_pair(state, slot):
    """Take a pair apart because order `slot` traded or goes: its partner is condemned. O(1)."""
    end_pair(state, put_off_pair(state, slot))


@kernel
def forget_traits(state, slot):
    """Undo what hangs on an order that goes: its timer, its pair. O(log timers)."""
    drop_timer(state, EXPIRY, slot)
    order = state.orders[slot]
    if order["traits"] & Trait.PAIRED != 0:
        release_pair(state, slot)
    if CHECKED:
        assert order["traits"] & (Trait.CONDEMNED | Trait.WAITING) == 0
    order["traits"] = 0
