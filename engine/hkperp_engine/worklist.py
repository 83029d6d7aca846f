"""The work list: what follows from a command, as data. The only way anything calls back.

A small stack of frames in the state (docs/decisions/0007-feedback-by-work-list.md). The loop does
one step of the top frame at a time and may stop between any two; no command enters before the list
is empty. So a result does not depend on where the loop stopped.
"""

import numpy as np

from hkperp_engine.kernel import CHECKED
from hkperp_engine.tuning import inlined

__all__ = [
    "CANCELLING",
    "FRAME",
    "FRAMES_MAX",
    "SWEEP",
    "UNCROSSING",
    "pop_frame",
    "push_frame",
]

#: Depth of the work list: a test holds a takeover, which holds a cancellation, and so on.
FRAMES_MAX = 16

#: One item of the work list (128 bytes): what is being done, to whom, and how far it has come.
#: Each kind says what its fields mean.
FRAME = np.dtype(
    [
        (name, "<i8")
        for name in (
            "kind wallet contract stage cursor mode amount loss_id count total done more lots mask"
            " low high"
        ).split()
    ]
)
assert FRAME.itemsize == 128, FRAME.itemsize

#: Kinds of frame that the book knows; the house has more of its own (hkperp_clearing.worklist).
SWEEP, CANCELLING, UNCROSSING = 1, 3, 11


@inlined
def push_frame(state, kind, wallet, contract, mode):
    """Put a frame on the list; every other field is 0. Returns its index. O(1)."""
    engine = state.engine[0]
    index = engine["frame_count"]
    if CHECKED:
        assert index < state.frames.size
    engine["frame_count"] = index + 1
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
    frame["low"] = 0
    frame["high"] = 0
    return index


@inlined
def pop_frame(state):
    """Take the top frame from the list. O(1)."""
    state.engine[0]["frame_count"] -= 1
