"""Which wallets the next margin test looks at: those that are awake.

A wallet sleeps while nothing can have put it near a threshold; `alarms.py` says when it may and at
which marks it wakes. Whatever else takes something from a wallet, or changes its lots, its orders
or its standing, wakes it here. Who sleeps is no result: a test that looks at everybody writes the
same events, and the state hash leaves it out.

`state.asleep_words`: a bit a wallet, set if it sleeps. `state.asleep_summary`: a bit a word, set
if all 64 sleep. A new state is all zeros: all are awake.
"""

from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import bits_from, clear_bit, ctz, set_bit
from hkperp_engine.tuning import inlined
from hkperp_engine.units import WORD_BITS

__all__ = ["is_asleep", "next_awake", "put_to_sleep", "wake", "wake_all"]

_WORD_SHIFT = WORD_BITS.bit_length() - 1
_IN_WORD = WORD_BITS - 1
_ALL = -1


@inlined
def is_asleep(state, wallet):
    """Tell whether margin tests pass a wallet over. O(1)."""
    return state.asleep_words[wallet >> _WORD_SHIFT] >> (wallet & _IN_WORD) & 1 != 0


@inlined
def wake(state, wallet):
    """Have the next margin test look at a wallet; most callers' are awake already. O(1)."""
    if is_asleep(state, wallet):
        _clear(state, wallet)


@kernel
def _clear(state, wallet):
    """Clear a wallet's bit, and that of its word. O(1)."""
    word = wallet >> _WORD_SHIFT
    group = word >> _WORD_SHIFT
    state.asleep_words[word] = clear_bit(state.asleep_words[word], wallet & _IN_WORD)
    state.asleep_summary[group] = clear_bit(state.asleep_summary[group], word & _IN_WORD)


@kernel
def wake_all(state):
    """Have the next margin test look at every wallet. O(wallets / 64)."""
    for word in range(state.asleep_words.size):
        state.asleep_words[word] = 0
    for group in range(state.asleep_summary.size):
        state.asleep_summary[group] = 0


@inlined
def put_to_sleep(state, wallet):
    """Have margin tests pass over a client's wallet until it is woken. O(1)."""
    word = wallet >> _WORD_SHIFT
    asleep = set_bit(state.asleep_words[word], wallet & _IN_WORD)
    state.asleep_words[word] = asleep
    if asleep == _ALL:
        group = word >> _WORD_SHIFT
        state.asleep_summary[group] = set_bit(state.asleep_summary[group], word & _IN_WORD)


@kernel
def next_awake(state, wallet):
    """Return the first wallet from `wallet` on that is awake; `wallets.size` if all sleep.

    O(wallets / 4096). The bits behind the last wallet are never set, so the search ends there.
    """
    size = state.wallets.size
    if wallet >= size:
        return size
    word = wallet >> _WORD_SHIFT
    awake = bits_from(~state.asleep_words[word], wallet & _IN_WORD)
    if awake != 0:
        return min(size, (word << _WORD_SHIFT) + ctz(awake))
    word += 1
    group = word >> _WORD_SHIFT
    first = word & _IN_WORD
    while group < state.asleep_summary.size:
        words = bits_from(~state.asleep_summary[group], first)
        if words != 0:
            word = (group << _WORD_SHIFT) + ctz(words)
            if word >= state.asleep_words.size:
                return size
            return min(size, (word << _WORD_SHIFT) + ctz(~state.asleep_words[word]))
        group += 1
        first = 0
    return size
