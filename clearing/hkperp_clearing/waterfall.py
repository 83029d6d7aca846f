"""The default waterfall: who pays for a loss, in which order, to the unit (LOSS-01 to LOSS-05).

Layers are data: `LAYER_WALLETS` names the prefunded ones in order. What they cannot pay is shared
by those who gained, and is owed back to them as claims.
"""

from hkperp_clearing.ledger import post
from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import Event, HouseWallet, Layer, Posting
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel

__all__ = [
    "LAYER_WALLETS",
    "add_claim",
    "allocate",
    "declare_default",
    "divide",
    "layer_of",
    "pay_layers",
    "prepare_claims",
]

#: Layers 2 to 4, in the order in which they are used up.
LAYER_WALLETS = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)


@kernel
def layer_of(position):
    """Return the Layer of the prefunded layer number `position`, 0 to 2. O(1)."""
    if position == 0:
        return Layer.FIRST_LOSS
    if position == 1:
        return Layer.RESERVE
    return Layer.SECOND_TRANCHE


@kernel
def _wallet_of(position):
    """Return the house wallet of the prefunded layer number `position`, 0 to 2. O(1)."""
    if position == 0:
        return HouseWallet.FIRST_LOSS
    if position == 1:
        return HouseWallet.RESERVE
    return HouseWallet.SECOND_TRANCHE


@kernel
def declare_default(state, wallet, amount, loss_id):
    """Write DEFAULT: the wallet cannot pay `amount` quote of what it owes (DEF-01). O(1)."""
    event = state.events[new_event(state, Event.DEFAULT, wallet)]
    event["amount"] = amount
    event["order_id"] = loss_id


@kernel
def allocate(state, layer, wallet, amount, loss_id):
    """Write ALLOCATION: `layer` bears `amount` quote of loss `loss_id` (INV-07). O(1)."""
    event = state.events[new_event(state, Event.ALLOCATION, wallet)]
    event["code"] = layer
    event["amount"] = amount
    event["order_id"] = loss_id


@kernel
def pay_layers(state, wallet, amount, loss_id):
    """Let layers 2, 3 and 4 pay `amount` quote to a wallet; return what is left unpaid. O(1).

    A layer is touched only when the one above is empty. 10,000 against first loss 1,000, reserve
    6,000 and no second tranche leaves 3,000.
    """
    left = amount
    for position in range(3):
        payer = _wallet_of(position)
        paid = min(left, state.wallets[payer]["cash"])
        if paid > 0:
            index = post(state, Posting.LAYER_PAYMENT, 0, payer, wallet, paid)
            state.events[index]["order_id"] = loss_id
            allocate(state, layer_of(position), wallet, paid, loss_id)
            left -= paid
    return left


@kernel
def divide(state, count, amount):
    """Divide `amount` over `shares[0 .. count-1]` by their weights, to the unit.

    Each gets its share rounded down, then one unit each goes to the largest remainders, ties to
    the lower row: nobody keeps a residual. Needs amount <= sum of weights < 2**62, weights >= 0,
    so no share is above its weight. O(count * 62).

    1708 over weights 1, 1 is 854 each; 2 over 1, 1, 1 is 1, 1, 0.
    """
    total = 0
    for i in range(count):
        total += state.shares[i]["weight"]
    left = amount
    for i in range(count):
        row = state.shares[i]
        share = 0
        remainder = 0
        if amount > 0:
            share, remainder = mul_div_wide(row["weight"], amount, total)
        row["share"] = share
        row["remainder"] = remainder
        left -= share
    if left == 0:
        return
    # The `left` largest remainders: bisect for the largest threshold that enough rows reach.
    low = 0
    high = total
    while high - low > 1:
        middle = low + (high - low) // 2
        reached = 0
        for i in range(count):
            if state.shares[i]["remainder"] >= middle:
                reached += 1
        if reached >= left:
            low = middle
        else:
            high = middle
    for i in range(count):
        if state.shares[i]["remainder"] > low:
            state.shares[i]["share"] += 1
            left -= 1
    for i in range(count):
        if left > 0 and state.shares[i]["remainder"] == low:
            state.shares[i]["share"] += 1
            left -= 1


@kernel
def add_claim(state, loss_id, wallet, amount):
    """Record that a wallet gave up `amount` > 0 quote for a loss (LOSS-05). O(1).

    There is room: the loop has checked.
    """
    house = state.house[0]
    claim = state.claims[house["claims_used"]]
    claim["loss_id"] = loss_id
    claim["wallet"] = wallet
    claim["open_quote"] = amount
    claim["share_quote"] = 0
    house["claims_used"] += 1


@kernel
def prepare_claims(state, amount):
    """Set what each claim of the oldest open loss gets out of `amount` quote; return its end.

    The whole group if the amount suffices, else pro rata. Returns the index behind the group's
    last claim, or `claims_paid` if there is no open claim. O(claims of the group).
    """
    house = state.house[0]
    first = house["claims_paid"]
    used = house["claims_used"]
    if first == used:
        return first
    loss_id = state.claims[first]["loss_id"]
    stop = first
    total = 0
    while stop < used and state.claims[stop]["loss_id"] == loss_id:
        claim = state.claims[stop]
        total += claim["open_quote"]
        row = state.shares[stop - first]
        row["weight"] = claim["open_quote"]
        stop += 1
    divide(state, stop - first, min(amount, total))
    for i in range(first, stop):
        state.claims[i]["share_quote"] = state.shares[i - first]["share"]
    return stop
