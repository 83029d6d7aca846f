"""Price alarms: at which marks a sleeping wallet must be looked at again (LIQ-01).

A wallet that is healthy by a bound (screening.py) sleeps, with an alarm on each leg: below the
mark for a long, above it for a short. What it has to spare is split over its legs so that each
trigger price is the same share of its mark away; while no mark is beyond its trigger the bound
holds, whatever the marks do on the way. A mark step wakes those whose alarm the mark has reached,
and the margin test measures them exactly. Decision 0023 has the proof and the figures.

Alarms of a contract and side hang in lists, one a *bucket* of prices: single ticks below 4,096,
then 4,096 buckets for each doubling (0.02 % wide). A bucket rings as soon as the mark enters it.
An alarm that rings too early costs one look, and that is all: nothing depends on where it is, so
alarms are not moved when lots or money change, only when their wallet falls asleep again.

`state.alarms[wallet * contracts + contract]`: its neighbours and its place in `alarm_heads`
(0: nowhere); `alarm_heads[(contract * 2 + side) * buckets + bucket]`: the first of the list, 0 if
it is empty. `rung_ticks[contract]`: the mark at which alarms were rung last; those that hang are
all beyond it.
"""

from hkperp_clearing.attention import is_asleep, put_to_sleep, wake
from hkperp_clearing.screening import is_idle, sharp_spare_quote, spare_quote
from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import HouseWallet
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import clz, ctz, prefetch, unsigned_div
from hkperp_engine.tuning import inlined
from hkperp_engine.units import NONE, PPB

__all__ = [
    "BUCKET_BITS",
    "alarm_buckets",
    "bucket_of",
    "fall_asleep",
    "has_overslept",
    "ring_alarms",
]

#: A doubling of the price has 2**BUCKET_BITS buckets.
BUCKET_BITS = 12
_FINE_BELOW = 1 << BUCKET_BITS
_HIGHEST_BIT = 63

#: Distances are shares of the mark in 2**-SHARE_BITS, and at most twice the mark.
_SHARE_BITS = 20
_SHARE_MAX = 2 << _SHARE_BITS

#: Nearer alarms than this, a sixteenth of the mark, are worth the sharper bound.
_NEAR_SHARE = 1 << (_SHARE_BITS - 4)

#: What rounding may add to the loss of a leg, quote: a unit for each of eight tiers' deductions
#: and for three roundings up of its margin, and a quarter more for the notices, with room.
_ROUNDING_QUOTE = 16

#: Sides of a contract's lists: alarms that ring when the mark falls, and when it rises.
_FALLING, _RISING = 0, 1


@inlined
def bucket_of(price_ticks):
    """Return the bucket of a price, >= 1: 1 .. 81,919, never falling as the price rises. O(1).

    Prices below 8,192 have a bucket each; 8,192 and 8,193 share bucket 8,192.
    """
    if price_ticks < _FINE_BELOW:
        return price_ticks
    shift = _HIGHEST_BIT - BUCKET_BITS - clz(price_ticks)
    return (shift << BUCKET_BITS) + (price_ticks >> shift)


def alarm_buckets(price_ticks_max):
    """Return how many buckets a side needs for marks up to `price_ticks_max`, one above included.

    >>> alarm_buckets(2**31 - 2)
    81920
    """
    highest = price_ticks_max + 1
    shift = max(0, highest.bit_length() - 1 - BUCKET_BITS)
    return (shift << BUCKET_BITS) + (highest >> shift) + 1


@inlined
def _lowest_in(bucket):
    """Return the lowest price of a bucket, ticks. O(1).

    The inverse of `bucket_of`: bucket 8,193 begins at 8,194.
    """
    if bucket < 2 * _FINE_BELOW:
        return bucket
    shift = (bucket >> BUCKET_BITS) - 1
    return (bucket - (shift << BUCKET_BITS)) << shift


@inlined
def _buckets(state):
    """Return how many buckets each side of each contract has. O(1)."""
    return unsigned_div(state.alarm_heads.size, 2 * state.contracts.size)


@inlined
def _hang(state, leg, place):
    """Hang the alarm of a leg into the list at `place`, out of the one it is in; 0: none. O(1)."""
    row = state.alarms[leg]
    old = int(row["place"])
    if old == place:
        return
    if old != 0:
        behind = int(row["next"])
        before = int(row["previous"])
        if before != 0:
            state.alarms[before]["next"] = behind
        else:
            state.alarm_heads[old] = behind
        if behind != 0:
            state.alarms[behind]["previous"] = before
    row["place"] = place
    if place == 0:
        return
    first = int(state.alarm_heads[place])
    row["next"] = first
    row["previous"] = 0
    if first != 0:
        state.alarms[first]["previous"] = leg
    state.alarm_heads[place] = leg


@kernel
def ring_alarms(state, contract):
    """Wake every wallet with an alarm that the mark has reached since the last call.

    O(buckets passed + alarms rung).
    """
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    rung_ticks = state.rung_ticks[contract]
    if mark_ticks == rung_ticks:
        return
    state.rung_ticks[contract] = mark_ticks
    if rung_ticks == 0:
        return
    here = bucket_of(mark_ticks)
    there = bucket_of(rung_ticks)
    buckets = _buckets(state)
    if mark_ticks < rung_ticks:
        first = (contract * 2 + _FALLING) * buckets
        _ring(state, first + here, first + there)
    else:
        first = (contract * 2 + _RISING) * buckets
        _ring(state, first + there + 1, first + min(here, buckets - 1) + 1)


@kernel
def _ring(state, begin, end):
    """Empty the lists at places begin .. end - 1 and wake their wallets."""
    contracts = state.contracts.size
    for place in range(begin, end):
        leg = int(state.alarm_heads[place])
        if leg == 0:
            continue
        state.alarm_heads[place] = 0
        while leg != 0:
            row = state.alarms[leg]
            row["place"] = 0
            wallet = unsigned_div(leg, contracts)
            leg = int(row["next"])
            if is_asleep(state, wallet):
                wake(state, wallet)
                # The test will look at it when all alarms have been rung.
                prefetch(state.wallets, wallet)
                for contract in range(contracts):
                    prefetch(state.positions, wallet * contracts + contract)


@inlined
def _loss_at(state, leg, contract, lots, buckets):
    """Return what a leg loses of the bound, quote, until its alarm rings; NONE if it never does.

    But for rounding. A long at 100 with an alarm that rings at 90 loses 9 a lot before: at 91 it
    sleeps. Without an alarm it may fall to 1. NONE, too, where the ceiling is above the notional
    itself: then it may lose by a rise.
    """
    spec = state.contracts[contract]
    if spec["im_ceiling_ppb"] > PPB:
        return NONE
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    unit = abs(lots) * spec["tick_value"]
    place = int(state.alarms[leg]["place"])
    if place == 0 and lots > 0:
        return (mark_ticks - 1) * unit
    side = _FALLING if lots > 0 else _RISING
    bucket = place - (contract * 2 + side) * buckets
    if not 0 < bucket < buckets:
        return NONE
    if side == _FALLING:
        # It rings in the bucket, so the lowest price at which it has not is the next one's.
        return (mark_ticks - _lowest_in(bucket + 1)) * unit
    loss = (_lowest_in(bucket) - 1 - mark_ticks) * unit
    return loss + mul_div_floor(loss, spec["im_ceiling_ppb"])


@inlined
def _holds(state, wallet, spare):
    """Tell whether the alarms that hang on a wallet's legs ring in time as they are. O(legs)."""
    buckets = _buckets(state)
    first = wallet * state.contracts.size
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        leg = first + contract
        lots = int(state.positions[leg]["lots"])
        if lots != 0:
            loss = _loss_at(state, leg, contract, lots, buckets)
            spare -= loss + _ROUNDING_QUOTE
            if loss < 0 or spare < 0:
                return False
    return True


@kernel
def _share(state, wallet, spare):
    """Return the share of its mark, 2**-20, that each leg can lose together with all others.

    Rounded down. With value V and ceiling M of each leg (quote), a leg that moves by the share s
    loses at most (V + M) * s, and what rounding may add. NONE if there is too little for that, or
    if a ceiling is above the notional itself: then a long may lose by a rise, which no alarm of
    its own would tell. O(legs).
    """
    weight = 0
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
        if lots != 0:
            spec = state.contracts[contract]
            if spec["im_ceiling_ppb"] > PPB:
                return NONE
            value = abs(lots) * state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
            margin = mul_div_floor(value, spec["im_ceiling_ppb"]) + 1
            weight += ((value + margin) >> _SHARE_BITS) + 1
            spare -= _ROUNDING_QUOTE
    if spare < 0:
        return NONE
    if weight == 0:
        return _SHARE_MAX
    return min(spare // weight, _SHARE_MAX)


@inlined
def _place_for(state, contract, lots, share, buckets):
    """Return where the alarm of a leg hangs, 0 for nowhere, NONE if it would ring at once. O(1).

    Long at 1,000 with a share of 10 %: safe down to 900, so it rings in the bucket of 899.
    """
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    here = bucket_of(mark_ticks)
    distance = (mark_ticks * share) >> _SHARE_BITS
    if lots > 0:
        unsafe_ticks = mark_ticks - distance - 1
        if unsafe_ticks < 1:
            return 0
        bucket = bucket_of(unsafe_ticks)
        return (contract * 2 + _FALLING) * buckets + bucket if bucket < here else NONE
    bucket = min(bucket_of(mark_ticks + distance + 1), buckets - 1)
    return (contract * 2 + _RISING) * buckets + bucket if bucket > here else NONE


@kernel
def _set_alarms(state, wallet, share):
    """Hang an alarm on each leg of a wallet; tell whether each has one that has not rung yet.

    O(legs).
    """
    buckets = _buckets(state)
    first = wallet * state.contracts.size
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        leg = first + contract
        lots = int(state.positions[leg]["lots"])
        place = 0
        if lots != 0:
            place = _place_for(state, contract, lots, share, buckets)
        if place == NONE:
            return False
        row = state.alarms[leg]
        row["wanted"] = place
        prefetch(state.alarm_heads, place)
        prefetch(state.alarms, int(row["next"]))
        prefetch(state.alarms, int(row["previous"]))
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        prefetch(
            state.alarms, int(state.alarm_heads[int(state.alarms[first + contract]["wanted"])])
        )
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        _hang(state, first + contract, int(state.alarms[first + contract]["wanted"]))
    return True


@inlined
def fall_asleep(state, wallet, may_set):
    """Put a wallet to sleep if that is safe. Returns 0 if a margin test must measure it.

    1 if it need not: with `may_set` it sleeps if its alarms are good as they hang. If they are not
    but can be hung anew, 2 is returned. The alarms of all contracts have been rung at their
    marks. O(contracts + assets).
    """
    if is_idle(state, wallet):
        put_to_sleep(state, wallet)
        return 1
    spare = spare_quote(state, wallet)
    is_sharp = spare < 0
    if is_sharp:
        spare = sharp_spare_quote(state, wallet)
    if spare < 0:
        return 0
    if not may_set:
        return 1
    if _holds(state, wallet, spare):
        put_to_sleep(state, wallet)
        return 1
    share = _share(state, wallet, spare)
    if share < _NEAR_SHARE and not is_sharp:
        share = _share(state, wallet, sharp_spare_quote(state, wallet))
    if share == NONE:
        return 1
    if _set_alarms(state, wallet, share):
        put_to_sleep(state, wallet)
    return 2


@kernel
def has_overslept(state):
    """Tell whether a wallet sleeps that a margin test would have to measure. O(wallets).

    Never, once alarms have been rung at the marks: the checked build looks before each test, and
    between commands.
    """
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        if is_asleep(state, wallet) and not is_idle(state, wallet):
            if spare_quote(state, wallet) < 0 and sharp_spare_quote(state, wallet) < 0:
                return True
    return False
