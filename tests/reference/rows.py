"""A command and an event as named tuples: the fields of the wire rows, in their order."""

from typing import NamedTuple


class Command(NamedTuple):
    """One instruction from outside; nothing in it is trusted."""

    time_ns: int = 0
    contract: int = 0
    kind: int = 0
    side: int = 0
    order_type: int = 0
    tif: int = 0
    flags: int = 0
    stp: int = 0
    wallet: int = 0
    target: int = 0
    order_id: int = 0
    price_ticks: int = 0
    lots: int = 0
    amount: int = 0
    tag: int = 0


class Event(NamedTuple):
    """One thing that happened; fields a kind does not use are 0."""

    sequence: int
    time_ns: int
    kind: int
    code: int = 0
    contract: int = 0
    flags: int = 0
    wallet: int = 0
    counter_wallet: int = 0
    order_id: int = 0
    counter_order_id: int = 0
    price_ticks: int = 0
    lots: int = 0
    amount: int = 0


class RestingOrder(NamedTuple):
    """What the comparison reads of a resting order.

    shown_lots : lots, what everybody sees of it; 0 of a hidden order
    traded_lots : lots, what it has traded since it was accepted
    expiry_ns : ns, 0 if it does not expire
    partner : order id, 0 if it is not linked
    """

    order_id: int
    price_ticks: int
    lots_left: int
    wallet: int
    priority_class: int
    flags: int
    stp: int
    mark_ticks: int
    shown_lots: int
    traded_lots: int
    expiry_ns: int
    partner: int
    is_quote: bool


class WaitingOrder(NamedTuple):
    """What the comparison reads of a conditional order that waits, or has fired.

    trigger_ticks : ticks, 0 of a trailing order that is not active
    activation_ticks : ticks, of a trailing order until it is active, else 0
    extreme_ticks : ticks, of an active trailing order
    price_ticks : the limit, ticks; of a trailing order its distance, ticks or ppb
    """

    order_id: int
    wallet: int
    side: int
    order_type: int
    source: int
    trigger_ticks: int
    activation_ticks: int
    extreme_ticks: int
    lots: int
    price_ticks: int
    is_fired: bool
