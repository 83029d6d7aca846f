"""Taking a trade back while its results are pending, and compensation when they no longer are.

docs/machine.md section 3, BUST_TRADE and COMPENSATE. A bust is the opposite trade at the same
price: the wallets' VM is as if the trade had not been, at any mark.
"""

from hkperp_clearing.account import is_client
from hkperp_clearing.custody import balance_is_full, outside_is_full
from hkperp_clearing.layout import TRADES_MAX
from hkperp_clearing.ledger import post
from hkperp_clearing.limits import oi_cap
from hkperp_clearing.margin import equity
from hkperp_clearing.position import book_fill
from hkperp_clearing.worklist import RECLIPPING, push_frame
from hkperp_engine.codes import Event, HouseWallet, Posting, Reject, Side
from hkperp_engine.events import new_event, refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.units import ACCOUNT_QUOTE_MAX, NONE

__all__ = ["bust_trade", "compensate"]


@kernel
def _find_trade(state, sequence):
    """Return the row of the trade whose event has this sequence number, NONE if it is forgotten.

    Trades stand in order of their numbers: O(log TRADES_MAX).
    """
    count = state.house[0]["trade_count"]
    low = max(0, count - TRADES_MAX)
    high = count
    while low < high:
        middle = (low + high) // 2
        if state.trades[middle & (TRADES_MAX - 1)]["sequence"] < sequence:
            low = middle + 1
        else:
            high = middle
    row = low & (TRADES_MAX - 1)
    if low == count or state.trades[row]["sequence"] != sequence:
        return NONE
    return row


@kernel
def _equity_without(state, trade, wallet, signed_lots, fee):
    """Return what a wallet's equity would be without a trade in which it got `signed_lots`.

    Quote; |lots| * price * tick value < 2**56. O(contracts). Long 2 from 100 with mark 90, tick
    value 1, fee 3: equity + 20 + 3.
    """
    contract = int(trade["contract"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    tick_value = state.contracts[contract]["tick_value"]
    gain = signed_lots * (mark_ticks - int(trade["price_ticks"])) * tick_value
    return equity(state, wallet) - gain + fee


@kernel
def _lots_are_full(state, wallet, contract, signed_lots):
    """Tell whether `signed_lots` more take a wallet past the largest position (LIM-01). O(1)."""
    position = state.positions[wallet * state.contracts.size + contract]
    lots = int(position["lots"]) + signed_lots
    limit = state.contracts[contract]["lots_max"]
    if max(0, lots) + int(position["buy_lots"]) > limit:
        return True
    return max(0, -lots) + int(position["sell_lots"]) > limit


@kernel
def _bust_refusal(state, row):
    """Return the first Reject of a BUST_TRADE of the trade in `row`, or NONE. O(contracts)."""
    if row == NONE or state.trades[row]["is_busted"] != 0:
        return Reject.TRADE_UNKNOWN
    trade = state.trades[row]
    if trade["cycle_count"] != state.house[0]["cycle_count"]:
        return Reject.BUST_TOO_LATE
    maker = int(trade["maker"])
    taker = int(trade["taker"])
    contract = int(trade["contract"])
    bought = int(trade["lots"]) if trade["taker_side"] == Side.BUY else -int(trade["lots"])
    if trade["is_liquidation"] != 0:
        return Reject.BUST_UNCOVERED
    if _equity_without(state, trade, maker, -bought, trade["maker_fee"]) < 0:
        return Reject.BUST_UNCOVERED
    if _equity_without(state, trade, taker, bought, trade["taker_fee"]) < 0:
        return Reject.BUST_UNCOVERED
    if _lots_are_full(state, maker, contract, bought):
        return Reject.LIM_POSITION
    if _lots_are_full(state, taker, contract, -bought):
        return Reject.LIM_POSITION
    spec = state.contracts[contract]
    contracts = state.contracts.size
    after = spec["open_interest"]
    held = int(state.positions[maker * contracts + contract]["lots"])
    after += max(0, held + bought) - max(0, held)
    held = int(state.positions[taker * contracts + contract]["lots"])
    after += max(0, held - bought) - max(0, held)
    if after + max(spec["buy_lots"], spec["sell_lots"]) > oi_cap(state, contract):
        return Reject.LIM_OI_CAP
    return Reject.NONE


@kernel
def bust_trade(state, command):
    """Do a BUST_TRADE row: book the opposite trade and give the fees back (SETL-01). 3 events."""
    row = _find_trade(state, command["order_id"])
    reject = _bust_refusal(state, row)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    trade = state.trades[row]
    trade["is_busted"] = 1
    maker = int(trade["maker"])
    taker = int(trade["taker"])
    contract = int(trade["contract"])
    price_ticks = int(trade["price_ticks"])
    lots = int(trade["lots"])
    event = state.events[new_event(state, Event.TRADE_BUSTED, maker)]
    event["contract"] = contract
    event["counter_wallet"] = taker
    event["order_id"] = trade["sequence"]
    event["price_ticks"] = price_ticks
    event["lots"] = lots
    bought = lots if trade["taker_side"] == Side.BUY else -lots
    book_fill(state, maker, contract, bought, price_ticks)
    book_fill(state, taker, contract, -bought, price_ticks)
    _refund(state, maker, trade["maker_fee"], trade["sequence"])
    _refund(state, taker, trade["taker_fee"], trade["sequence"])
    # The top of the list is done first: the maker's orders are re-clipped before the taker's.
    push_frame(state, RECLIPPING, taker, contract, 0)
    push_frame(state, RECLIPPING, maker, contract, 0)


@kernel
def _refund(state, wallet, fee, sequence):
    """Give a fee back out of FEES, where it has been since: only the fills' own go there. O(1)."""
    if fee > 0:
        index = post(state, Posting.FEE_REFUND, 0, HouseWallet.FEES, wallet, fee)
        state.events[index]["order_id"] = sequence


@kernel
def compensate(state, command):
    """Do a COMPENSATE row: the operator's error account pays a client."""
    wallet = int(command["wallet"])
    amount = command["amount"]
    reject = Reject.NONE
    if not is_client(state, wallet):
        reject = Reject.WALLET_UNKNOWN
    elif not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        reject = Reject.AMOUNT_INVALID
    elif balance_is_full(state, wallet, 0, amount) or outside_is_full(state, 0, amount):
        reject = Reject.LIM_ACCOUNT
    elif amount > state.wallets[HouseWallet.ERROR]["cash"]:
        reject = Reject.ERROR_ACCOUNT_SHORT
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    index = post(state, Posting.COMPENSATION, 0, HouseWallet.ERROR, wallet, amount)
    state.events[index]["order_id"] = command["order_id"]
