"""The house's items of the work list, beside the book's (hkperp_engine.worklist)."""

from hkperp_engine.worklist import CANCELLING, SWEEP, UNCROSSING, pop_frame, push_frame

__all__ = [
    "CANCELLING",
    "CYCLE",
    "DELEVERAGING",
    "ISSUER_LOSS",
    "MARK_STEP",
    "RECLIPPING",
    "REDUCTION",
    "RESTRICTING",
    "SWEEP",
    "TAKEOVER",
    "TEST",
    "UNCROSSING",
    "WINDING",
    "pop_frame",
    "push_frame",
]

#: Kinds of frame: shrinking orders, restricting a wallet, a mark step and what it may lead to.
RECLIPPING, RESTRICTING, MARK_STEP = 2, 4, 5
TEST, REDUCTION, TAKEOVER, DELEVERAGING, CYCLE = range(6, 11)

#: What holders lose when an issuer defaults (DFT-036).
ISSUER_LOSS = 13

#: A wind-down: every contract is settled and delisted, every position closed (UNCROSSING is 11).
WINDING = 12
