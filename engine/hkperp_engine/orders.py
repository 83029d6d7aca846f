"""Orders as things with a name: slots of the pool, the table of live ids, each wallet's list.

The pool is `state.orders`; slot 0 is nobody's: links to nobody are written there. Free slots hang
on `engine.order_free` through `next` and have `order_id` 0. The table `state.identities` is open
addressing with linear probing; a deletion shifts the rest of the run back, so there are no
tombstones and no decay with age. It is at most half full (`has_room`). A wallet's list has its
newest order first.
"""

from hkperp_engine.condemned import forget_traits
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.ladder import page_room
from hkperp_engine.primitives import hash_id
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = ["close_order", "find_order", "has_room", "index_orders", "open_order"]


@inlined
def has_room(state):
    """Tell whether one more order can rest wherever its price is: slot, id and page. O(1)."""
    count = state.engine[0]["order_count"] + 1
    if count >= state.orders.size or 2 * count > state.identities.size:
        return False
    return page_room(state)


@inlined
def find_order(state, order_id):
    """Return the slot of a live order, 0 if no live order has this id. O(1) expected."""
    mask = (state.identities.size - 1) & ROW_MASK
    i = hash_id(order_id, mask)
    while True:
        identity = state.identities[i]
        slot = int(identity["slot"]) & ROW_MASK
        if slot == 0 or identity["order_id"] == order_id:
            return slot
        i = (i + 1) & mask


@inlined
def open_order(state, order_id, wallet):
    """Take a slot for an order that rests, index its id and put it in its wallet's list.

    Returns the slot; its other fields are the caller's to fill. There is room (`has_room`) and
    the id is not live. O(1) expected.
    """
    engine = state.engine[0]
    slot = int(engine["order_free"]) & ROW_MASK
    if slot == 0:
        slot = int(engine["order_used"]) + 1
        engine["order_used"] = slot
    else:
        engine["order_free"] = state.orders[slot]["next"]
    if CHECKED:
        assert 0 < slot < state.orders.size
    engine["order_count"] += 1
    order = state.orders[slot]
    order["order_id"] = order_id
    order["wallet"] = wallet
    _index_order(state, order_id, slot)
    owner = state.owners[wallet]
    head = int(owner["order_head"]) & ROW_MASK
    order["wallet_next"] = head
    order["wallet_prev"] = 0
    state.orders[head]["wallet_prev"] = slot
    owner["order_head"] = slot
    owner["order_count"] += 1
    return slot


@inlined
def close_order(state, slot):
    """Give back the slot and the id of an order that is in no queue any more. O(1) expected."""
    order = state.orders[slot]
    order_id = order["order_id"]
    if CHECKED:
        assert order_id != 0
    if order["traits"] != 0:
        forget_traits(state, slot)
    before = int(order["wallet_prev"]) & ROW_MASK
    after = int(order["wallet_next"]) & ROW_MASK
    owner = state.owners[int(order["wallet"]) & ROW_MASK]
    state.orders[before]["wallet_next"] = after
    state.orders[after]["wallet_prev"] = before
    owner["order_head"] = after if before == 0 else owner["order_head"]
    owner["order_count"] -= 1
    _forget_id(state, order_id)
    engine = state.engine[0]
    order["order_id"] = 0
    order["lots_left"] = 0
    order["next"] = engine["order_free"]
    engine["order_free"] = slot
    engine["order_count"] -= 1


@inlined
def _index_order(state, order_id, slot):
    """Enter an id that is not in the table. O(1) expected."""
    mask = (state.identities.size - 1) & ROW_MASK
    i = hash_id(order_id, mask)
    while state.identities[i]["slot"] != 0:
        i = (i + 1) & mask
    identity = state.identities[i]
    identity["order_id"] = order_id
    identity["slot"] = slot


@inlined
def _forget_id(state, order_id):
    """Take an id out of the table and close the gap it leaves. O(1) expected."""
    mask = (state.identities.size - 1) & ROW_MASK
    hole = hash_id(order_id, mask)
    while state.identities[hole]["order_id"] != order_id:
        if CHECKED:
            assert state.identities[hole]["slot"] != 0
        hole = (hole + 1) & mask
    i = (hole + 1) & mask
    while state.identities[i]["slot"] != 0:
        moved = state.identities[i]
        home = hash_id(moved["order_id"], mask)
        # The id may fall back to the hole only if its home is not between the two.
        if ((i - home) & mask) >= ((i - hole) & mask):
            gap = state.identities[hole]
            gap["order_id"] = moved["order_id"]
            gap["slot"] = moved["slot"]
            hole = i
        i = (i + 1) & mask
    gap = state.identities[hole]
    gap["order_id"] = 0
    gap["slot"] = 0


@kernel
def index_orders(state):
    """Enter every live order into an empty id table, after growth. O(slots used)."""
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order_id = state.orders[slot]["order_id"]
        if order_id != 0:
            _index_order(state, order_id, slot)
