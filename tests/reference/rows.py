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
    """What the comparison reads of a resting order."""

    order_id: int
    price_ticks: int
    lots_left: int
    wallet: int
    priority_class: int
    flags: int
    stp: int
    mark_ticks: int
