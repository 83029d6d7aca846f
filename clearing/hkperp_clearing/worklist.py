"""The house's items of the work list, beside the book's (hkperp_engine.worklist)."""

from hkperp_engine.worklist import CANCELLING, SWEEP, UNCROSSING, pop_frame, push_frame

__all__ = [
    "CANCELLING",
    "CYCLE",
    "DELEVERAGING",
    "MARK_STEP",
    "RECLIPPING",
    "REDUCTION",
    "RESTRICTING",
    "SWEEP",
    "TAKEOVER",
    "TEST",
    "UNCROSSING",
    "pop_frame",
    "push_frame",
]

#: Kinds of frame: shrinking orders, restricting a wallet, a mark step and what it may lead to.
RECLIPPING, RESTRICTING, MARK_STEP = 2, 4, 5
TEST, REDUCTION, TAKEOVER, DELEVERAGING, CYCLE = range(6, 11)
