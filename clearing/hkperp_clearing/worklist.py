"""The work list: what follows from a command, as data. The only way anything calls back.

A small stack of frames in the state (docs/decisions/0007-feedback-by-work-list.md). The loop does
one step of the top frame at a time and may stop between any two; no command enters before the list
is empty. So a result does not depend on where the loop stopped.
"""

from hkperp_engine.kernel import CHECKED, kernel

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
    "pop_frame",
    "push_frame",
]

#: Kinds of frame.
SWEEP, RECLIPPING, CANCELLING, RESTRICTING, MARK_STEP = range(1, 6)
TEST, REDUCTION, TAKEOVER, DELEVERAGING, CYCLE = range(6, 11)


@kernel
def push_frame(state, kind, wallet, contract, mode):
    """Put a frame on the list; every other field is 0. Returns its index. O(1)."""
    house = state.house[0]
    index = house["frame_count"]
    if CHECKED:
        assert index < state.frames.size
    house["frame_count"] = index + 1
    frame = state.frames[index]
    frame["kind"] = kind
    frame["wallet"] = wallet
    frame["contract"] = contract
    frame["mode"] = mode
    frame["stage"] = 0
    frame["cursor"] = 0
    frame["amount"] = 0
    frame["loss_id"] = 0
    frame["count"] = 0
    frame["total"] = 0
    frame["done"] = 0
    frame["more"] = 0
    frame["lots"] = 0
    frame["mask"] = 0
    return index


@kernel
def pop_frame(state):
    """Take the top frame from the list. O(1)."""
    state.house[0]["frame_count"] -= 1
