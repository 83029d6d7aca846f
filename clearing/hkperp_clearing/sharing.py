"""Layers 5, 6 and 7: what the prefunded layers cannot pay is borne by those who gained (LOSS-05).

Haircuts up to a cap, tear-up of the platform's positions, wind-down. docs/default.md DFT-031 to
DFT-033. `state.haircuts` holds each wallet's share by layer, quote, from the division until it is
paid; it is all 0 outside a cycle. No share is ever above the gain it is cut from (LOSS-03).
"""

from hkperp_clearing.layout import SHARING_LAYERS
from hkperp_clearing.margin import variation
from hkperp_clearing.position import book_fill
from hkperp_clearing.waterfall import add_claim, allocate, divide
from hkperp_clearing.worklist import RECLIPPING, push_frame
from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import Event, HouseWallet, Layer
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel

__all__ = ["haircut", "share_loss", "tear_up"]

#: What stands in a wallet's place for layer 6 from the tearing of its lots to the division.
_TORN = 1


@kernel
def _shared(state, wallet):
    """Return what a wallet's shares in this cycle come to so far, quote; none is torn. O(1)."""
    total = 0
    for i in range(SHARING_LAYERS):
        total += state.haircuts[wallet * SHARING_LAYERS + i]
    return total


@kernel
def _weight(state, wallet, layer):
    """Return how much of a client's gain a layer may take, quote, rounded down. O(contracts).

    Layer 5 the cap's part of VM; layer 6 what is left of VM if its lots were torn up, whose mark
    goes; layer 7 what is left of VM. VM 1,000 with a cap of 5%: 50; having borne them 950.
    """
    place = wallet * SHARING_LAYERS + (layer - Layer.LOSS_SHARING)
    is_torn = state.haircuts[place]
    if layer == Layer.TEAR_UP:
        state.haircuts[place] = 0
        if is_torn == 0:
            return 0
    gain = variation(state, wallet)
    if gain <= 0:
        return 0
    if layer == Layer.LOSS_SHARING:
        return mul_div_floor(gain, state.house[0]["vmgh_cap_ppb"])
    return gain - _shared(state, wallet)


@kernel
def share_loss(state, layer, amount, loss_id):
    """Let layer 5, 6 or 7 bear up to `amount` quote of a loss; return what it bore. O(wallets).

    Divided by largest remainder over what it may take of each client's gain, into `haircuts[]`;
    event ALLOCATION of the whole if it is not 0. 3,000 on gains of 40,000 and 20,000 is 2,000 and
    1,000; with a cap of 2.5% of each it is 1,000 and 500, and 1,500 is left.
    """
    count = 0
    total = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        weight = _weight(state, wallet, layer)
        if weight > 0:
            row = state.shares[count]
            row["wallet"] = wallet
            row["weight"] = weight
            total += weight
            count += 1
    borne = min(amount, total)
    if borne <= 0:
        return 0
    divide(state, count, borne)
    for i in range(count):
        row = state.shares[i]
        place = row["wallet"] * SHARING_LAYERS + (layer - Layer.LOSS_SHARING)
        state.haircuts[place] = row["share"]
    allocate(state, layer, 0, borne, loss_id)
    return borne


@kernel
def haircut(state, wallet, gain, loss_id):
    """Write what a wallet gives up of its `gain` by layer, and its claim; return the sum.

    DFT-034. At most three HAIRCUT events and one claim. O(1).
    """
    given = 0
    for i in range(SHARING_LAYERS):
        place = wallet * SHARING_LAYERS + i
        share = state.haircuts[place]
        if share > 0:
            event = state.events[new_event(state, Event.HAIRCUT, wallet)]
            event["code"] = Layer.LOSS_SHARING + i
            event["amount"] = share
            event["order_id"] = loss_id
            event["counter_order_id"] = gain
            given += share
            state.haircuts[place] = 0
    if given > 0:
        add_claim(state, loss_id, wallet, given)
    return given


@kernel
def _divide_lots(state, contract):
    """Divide the platform's lots over the clients opposite to it; return how many. O(wallets).

    By largest remainder over their lots, into `shares[]`. 3 lots on holders of 4 and 2: 2 and 1.
    """
    contracts = state.contracts.size
    held = int(state.positions[HouseWallet.PLATFORM * contracts + contract]["lots"])
    count = 0
    total = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots == 0 or (lots > 0) == (held > 0):
            continue
        row = state.shares[count]
        row["wallet"] = wallet
        row["weight"] = abs(lots)
        total += abs(lots)
        count += 1
    divide(state, count, min(abs(held), total))
    return count


@kernel
def _tear(state, contract, wallet, lots):
    """Close `lots` of a client's position against the platform's at the mark (DFT-032). One event.

    VM of either stays what it is: no money moves. Returns whether orders are to be re-clipped.
    """
    contracts = state.contracts.size
    platform = HouseWallet.PLATFORM
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    position = state.positions[wallet * contracts + contract]
    torn = lots if position["lots"] > 0 else -lots
    event = state.events[new_event(state, Event.TEAR_UP, wallet)]
    event["contract"] = contract
    event["counter_wallet"] = platform
    event["price_ticks"] = mark_ticks
    event["lots"] = torn
    book_fill(state, wallet, contract, -torn, mark_ticks)
    book_fill(state, platform, contract, torn, mark_ticks)
    state.haircuts[wallet * SHARING_LAYERS + (Layer.TEAR_UP - Layer.LOSS_SHARING)] = _TORN
    if position["reduce_only_count"] > 0:
        push_frame(state, RECLIPPING, wallet, contract, 0)
        return True
    return False


@kernel
def tear_up(state, frame):
    """Tear up the next positions against the platform's; return True when all are. O(wallets).

    `frame`: `contract` the one in hand (NONE: begin), `count` and `cursor` the rows of its
    division and those done. As many as the ring has room for; stops where orders must be
    re-clipped first.
    """
    contracts = state.contracts.size
    engine = state.engine[0]
    while True:
        contract = frame["contract"]
        while frame["cursor"] < frame["count"]:
            if engine["events_used"] == state.events.size:
                return False
            row = state.shares[frame["cursor"]]
            frame["cursor"] += 1
            if row["share"] > 0 and _tear(state, contract, row["wallet"], row["share"]):
                return False
        contract += 1
        while contract < contracts:
            if state.positions[HouseWallet.PLATFORM * contracts + contract]["lots"] != 0:
                break
            contract += 1
        if contract == contracts:
            return True
        frame["contract"] = contract
        frame["count"] = _divide_lots(state, contract)
        frame["cursor"] = 0
