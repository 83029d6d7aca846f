"""Protection of market makers: fills of quotes in a rolling window (docs/book.md section 12).

A row of `state.protections` belongs to one wallet and contract for good; a wallet's rows hang on
its MEMBER row through `next`. Row r counts its fills in a ring of its own, rows
`r * PROTECTED_FILLS_MAX` and after of `state.protected_fills`, oldest first. A frozen row counts
nothing: its quotes are on their way out.
"""

from hkperp_engine.codes import ProtectionLimit
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.layout import PROTECTED_FILLS_MAX
from hkperp_engine.tuning import ROW_MASK
from hkperp_engine.units import NONE

__all__ = [
    "count_fill",
    "find_protection",
    "has_protection_room",
    "is_frozen",
    "reset_protection",
    "set_protection",
]


@kernel
def find_protection(state, wallet, contract):
    """Return the row that protects a wallet in a contract, 0 if none. O(the wallet's rows)."""
    row = int(state.members[wallet]["protection"]) & ROW_MASK
    while row != 0 and state.protections[row]["contract"] != contract:
        row = int(state.protections[row]["next"]) & ROW_MASK
    if CHECKED:
        assert row == 0 or state.protections[row]["wallet"] == wallet
    return row


@kernel
def has_protection_room(state, wallet, contract):
    """Tell whether `set_protection` finds a row: a free one, or the pair's own (MAT-075)."""
    if state.engine[0]["protection_count"] + 1 < state.protections.size:
        return True
    return find_protection(state, wallet, contract) != 0


@kernel
def set_protection(state, wallet, contract, window_ns, lots_max, net_lots_max, trades_max):
    """Protect a wallet's quotes in a contract from now on, with no fills counted (MAT-075).

    `window_ns`: ns, above 0; `lots_max`, `net_lots_max`: lots, 0 not limited; `trades_max`: fills,
    1 .. 32. There is room (`has_protection_room`). O(the wallet's rows).
    """
    if CHECKED:
        assert window_ns > 0
        assert 0 < trades_max <= PROTECTED_FILLS_MAX
    row = find_protection(state, wallet, contract)
    if row == 0:
        engine = state.engine[0]
        row = int(engine["protection_count"]) + 1
        if CHECKED:
            assert row < state.protections.size
        engine["protection_count"] = row
        member = state.members[wallet]
        state.protections[row]["next"] = member["protection"]
        member["protection"] = row
    protection = state.protections[row]
    protection["wallet"] = wallet
    protection["contract"] = contract
    protection["window_ns"] = window_ns
    protection["lots_max"] = lots_max
    protection["net_lots_max"] = net_lots_max
    protection["trades_max"] = trades_max
    reset_protection(state, row)


@kernel
def reset_protection(state, row):
    """Forget the fills that a protection has counted, and thaw it. O(1)."""
    if CHECKED:
        assert row > 0
    protection = state.protections[row]
    protection["is_frozen"] = 0
    protection["first"] = 0
    protection["count"] = 0


@kernel
def is_frozen(state, wallet, contract):
    """Tell whether a wallet's quotes in a contract have to wait for a reset (MAT-076)."""
    row = find_protection(state, wallet, contract)
    return int(state.protections[row]["is_frozen"]) != 0  # row 0 is nobody's and stays 0


@kernel
def _drop_old(state, row):
    """Forget the fills that are as old as the window or older. O(fills dropped)."""
    protection = state.protections[row]
    oldest_ns = state.engine[0]["now_ns"] - protection["window_ns"]
    first = int(protection["first"])
    count = int(protection["count"])
    base = row * PROTECTED_FILLS_MAX
    while count > 0 and state.protected_fills[base + first]["time_ns"] <= oldest_ns:
        first = (first + 1) % PROTECTED_FILLS_MAX
        count -= 1
    protection["first"] = first
    protection["count"] = count


@kernel
def count_fill(state, wallet, contract, signed_lots):
    """Count a fill of a quote now, `signed_lots` lots (sold ones negative); freeze at a limit.

    Returns (limit, value): the first `ProtectionLimit` that the fills of the window reach, in the
    order of its numbers, and what they add up to (lots, absolute net lots, fills). (-1, 0) if none
    is reached, there is no protection, or it is frozen already (MAT-076). O(fills counted).
    """
    row = find_protection(state, wallet, contract)
    protection = state.protections[row]
    if row == 0 or protection["is_frozen"] != 0:
        return NONE, 0
    _drop_old(state, row)
    base = row * PROTECTED_FILLS_MAX
    first = int(protection["first"])
    count = int(protection["count"])
    if CHECKED:
        # The last fill did not reach `trades_max`, at most the ring's size, or it had frozen.
        assert count < PROTECTED_FILLS_MAX
    fill = state.protected_fills[base + (first + count) % PROTECTED_FILLS_MAX]
    fill["time_ns"] = state.engine[0]["now_ns"]
    fill["lots"] = signed_lots
    count += 1
    protection["count"] = count
    lots, net_lots = 0, 0
    for i in range(first, first + count):
        each = int(state.protected_fills[base + i % PROTECTED_FILLS_MAX]["lots"])
        lots += abs(each)
        net_lots += each
    if 0 < protection["lots_max"] <= lots:
        protection["is_frozen"] = 1
        return ProtectionLimit.LOTS, lots
    if 0 < protection["net_lots_max"] <= abs(net_lots):
        protection["is_frozen"] = 1
        return ProtectionLimit.NET_LOTS, abs(net_lots)
    if protection["trades_max"] <= count:
        protection["is_frozen"] = 1
        return ProtectionLimit.TRADES, count
    return NONE, 0
