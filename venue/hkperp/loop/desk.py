"""Commands that are not orders: opening positions and source prices.

docs/machine.md section 3. All refusals first; after them the command must succeed.
"""

from hkperp.loop.takeover import restore
from hkperp_clearing.account import is_client, restriction
from hkperp_clearing.limits import (
    exposure_is_full,
    market_refusal,
    oi_is_full,
    position_is_full,
)
from hkperp_clearing.margin import measure
from hkperp_clearing.position import book_fill
from hkperp_clearing.worklist import RECLIPPING, push_frame
from hkperp_engine.codes import Event, Reject, Side
from hkperp_engine.events import new_event, refuse
from hkperp_engine.kernel import kernel
from hkperp_funding.layout import SOURCES_MAX

__all__ = ["opening_trade", "set_source_price"]


@kernel
def _opening_refusal(state, command):
    """Return the first Reject of an OPENING_TRADE row but for margin, or NONE. O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        return Reject.CONTRACT_UNKNOWN
    long = int(command["wallet"])
    short = int(command["target"])
    if long == short or not is_client(state, long) or not is_client(state, short):
        return Reject.WALLET_UNKNOWN
    book = state.books[contract]
    if not 1 <= command["price_ticks"] <= book["price_ticks_max"]:
        return Reject.PRICE_INVALID
    if not 1 <= command["lots"] <= book["lots_max"]:
        return Reject.LOTS_INVALID
    reject = market_refusal(state, contract)
    if reject != Reject.NONE:
        return reject
    if state.books[contract]["trade_count"] > 0:
        return Reject.OPENING_IS_OVER
    reject = restriction(state, long, contract)
    if reject == Reject.NONE:
        reject = restriction(state, short, contract)
    if reject != Reject.NONE:
        return reject
    lots = int(command["lots"])
    if position_is_full(state, long, contract, Side.BUY, lots):
        return Reject.LIM_POSITION
    if position_is_full(state, short, contract, Side.SELL, lots):
        return Reject.LIM_POSITION
    if oi_is_full(state, contract, Side.BUY, lots) or oi_is_full(state, contract, Side.SELL, lots):
        return Reject.LIM_OI_CAP
    return Reject.NONE


@kernel
def _is_covered(state, wallet):
    """Tell whether a wallet's requirement is within its equity for new risk. O(contracts)."""
    measure(state, wallet)
    margin = state.margin[0]
    return margin["requirement"] <= margin["equity_new"]


@kernel
def _booked_refusal(state, long, short):
    """Return what is wrong now that both sides of an opening trade are booked, or NONE.

    Neither account above its exposure limit (ELIG-05), both wallets with initial margin (MRG-07).
    """
    if exposure_is_full(state, long) or exposure_is_full(state, short):
        return Reject.LIM_CLIENT_EXPOSURE
    if not _is_covered(state, long) or not _is_covered(state, short):
        return Reject.MRG_INSUFFICIENT
    return Reject.NONE


@kernel
def opening_trade(state, command):
    """Do an OPENING_TRADE row: a position of two wallets made without the book, margin permitting.

    Both are booked, measured, and put back if either lacks its initial margin (MRG-07) or would
    pass its account's exposure limit (ELIG-05).
    """
    reject = _opening_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    contract = int(command["contract"])
    long = int(command["wallet"])
    short = int(command["target"])
    lots = int(command["lots"])
    price_ticks = int(command["price_ticks"])
    before = state.positions[long * state.contracts.size + contract]
    long_lots = int(before["lots"])
    long_cost = before["cost"]
    long_entry = before["entry_cost"]
    long_pending = state.wallets[long]["pending"]
    before = state.positions[short * state.contracts.size + contract]
    short_lots = int(before["lots"])
    short_cost = before["cost"]
    short_entry = before["entry_cost"]
    short_pending = state.wallets[short]["pending"]
    book_fill(state, long, contract, lots, price_ticks)
    book_fill(state, short, contract, -lots, price_ticks)
    reject = _booked_refusal(state, long, short)
    if reject != Reject.NONE:
        restore(state, long, contract, long_lots, long_cost, long_entry)
        restore(state, short, contract, short_lots, short_cost, short_entry)
        state.wallets[long]["pending"] = long_pending
        state.wallets[short]["pending"] = short_pending
        refuse(state, command, reject)
        return
    event = state.events[new_event(state, Event.OPENING_TRADE, long)]
    event["contract"] = contract
    event["counter_wallet"] = short
    event["price_ticks"] = price_ticks
    event["lots"] = lots
    event["amount"] = state.markets[contract]["terms_hash"]
    # The top of the list is done first: the long's orders are re-clipped before the short's.
    push_frame(state, RECLIPPING, short, contract, 0)
    push_frame(state, RECLIPPING, long, contract, 0)


@kernel
def set_source_price(state, command):
    """Do a SOURCE_PRICE row: keep the price of an index source and its time. No event. O(1).

    `lots` 0: one price; else the ask, and the price is the mid: crossed if the bid is above it
    (GAT-060).
    """
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
        return
    source = int(command["target"])
    if not 0 <= source < state.rates[contract]["source_count"]:
        refuse(state, command, Reject.SOURCE_UNKNOWN)
        return
    price_ticks = command["price_ticks"]
    highest_ticks = state.contracts[contract]["price_ticks_max"]
    if not 1 <= price_ticks <= highest_ticks:
        refuse(state, command, Reject.PRICE_INVALID)
        return
    ask_ticks = command["lots"]
    if not 0 <= ask_ticks <= highest_ticks:
        refuse(state, command, Reject.LOTS_INVALID)
        return
    row = state.sources[contract * SOURCES_MAX + source]
    row["is_crossed"] = 1 if ask_ticks != 0 and price_ticks > ask_ticks else 0
    row["price_ticks"] = price_ticks if ask_ticks == 0 else (price_ticks + ask_ticks) // 2
    row["time_ns"] = state.engine[0]["now_ns"]
