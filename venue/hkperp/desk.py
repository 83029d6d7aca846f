"""Commands that are not orders: money in and out, opening positions, prices, states.

docs/machine.md section 3. All refusals first; after them the command must succeed.
"""

from hkperp_clearing.account import is_client, restriction, standing
from hkperp_clearing.collateral import price_asset, recognised_value
from hkperp_clearing.ledger import post
from hkperp_clearing.limits import market_refusal, oi_is_full, position_is_full
from hkperp_clearing.margin import measure
from hkperp_clearing.position import book_fill
from hkperp_clearing.worklist import RECLIPPING, RESTRICTING, push_frame
from hkperp_engine.codes import (
    AssetKind,
    Event,
    HouseWallet,
    InvestorClass,
    Posting,
    Reject,
    Side,
)
from hkperp_engine.events import new_event, refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.units import ACCOUNT_QUOTE_MAX, ASSET_PRICE_PPB_MAX, HOUSE_QUOTE_MAX
from hkperp_funding.layout import SOURCES_MAX
from hkperp_funding.rate import funding_payment

__all__ = [
    "ASSET_UNITS_MAX",
    "deposit",
    "house_deposit",
    "opening_trade",
    "outside_is_full",
    "set_account_status",
    "set_asset_price",
    "set_asset_state",
    "set_source_price",
    "withdraw",
]

#: Most units of an asset besides cash in one wallet: at the highest price they are 2**60 quote.
ASSET_UNITS_MAX = 2**50

_ACCOUNT_FLAGS_MAX = 7
_ASSET_FLAGS_MAX = 3


@kernel
def outside_is_full(state, asset, amount):
    """Tell whether `amount` more would take the whole house past its bound. O(1)."""
    external = state.wallets[HouseWallet.EXTERNAL]["cash"]
    if asset != 0:
        external = state.balances[HouseWallet.EXTERNAL * state.assets.size + asset]
    return amount - external > HOUSE_QUOTE_MAX


@kernel
def _deposit_refusal(state, command):
    """Return the first Reject of a DEPOSIT row, or NONE. O(1)."""
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    if not is_client(state, wallet):
        return Reject.WALLET_UNKNOWN
    if not 0 <= asset < state.assets.size:
        return Reject.ASSET_UNKNOWN
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        return Reject.AMOUNT_INVALID
    if state.wallets[wallet]["investor_class"] == InvestorClass.NONE:
        return Reject.ELIG_NOT_PI
    if state.assets[asset]["kind"] == AssetKind.INELIGIBLE:
        return Reject.COLL_TYPE_INELIGIBLE
    if state.assets[asset]["is_licensed"] == 0:
        return Reject.COLL_ISSUER_UNLICENSED
    held = state.wallets[wallet]["cash"]
    highest = ACCOUNT_QUOTE_MAX
    if asset != 0:
        held = state.balances[wallet * state.assets.size + asset]
        highest = ASSET_UNITS_MAX
    if held + amount > highest or outside_is_full(state, asset, amount):
        return Reject.LIM_ACCOUNT
    return Reject.NONE


@kernel
def deposit(state, command):
    """Do a DEPOSIT row (MRG-01, MRG-03, ELIG-01)."""
    reject = _deposit_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    asset = int(command["target"])
    wallet = int(command["wallet"])
    post(state, Posting.DEPOSIT, asset, HouseWallet.EXTERNAL, wallet, command["amount"])


@kernel
def _funding_ahead(state, wallet):
    """Return the quote a wallet would pay if funding came now at the last rates. O(contracts)."""
    total = 0
    for contract in range(state.contracts.size):
        lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
        if lots != 0:
            rates = state.rates[contract]
            tick_value = state.contracts[contract]["tick_value"]
            total -= funding_payment(lots, rates["mark_good_ticks"], tick_value, rates["rate_ppb"])
    return max(0, total)


@kernel
def _withdrawal_refusal(state, command):
    """Return the first Reject of a WITHDRAW row, or NONE (NOCR-02). O(contracts + assets)."""
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    if not is_client(state, wallet):
        return Reject.WALLET_UNKNOWN
    if not 0 <= asset < state.assets.size:
        return Reject.ASSET_UNKNOWN
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        return Reject.AMOUNT_INVALID
    held = state.wallets[wallet]["cash"]
    drop = amount
    if asset != 0:
        held = state.balances[wallet * state.assets.size + asset]
    if amount > held:
        return Reject.NOCR_WITHDRAWAL_REFUSED
    if asset != 0:
        drop = recognised_value(state, asset, held) - recognised_value(state, asset, held - amount)
    measure(state, wallet)
    margin = state.margin[0]
    free = margin["equity_new"] - max(margin["requirement"], margin["maintenance_margin"])
    if drop > free - _funding_ahead(state, wallet):
        return Reject.NOCR_WITHDRAWAL_REFUSED
    return Reject.NONE


@kernel
def withdraw(state, command):
    """Do a WITHDRAW row: never more than what is free without credit."""
    reject = _withdrawal_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    asset = int(command["target"])
    wallet = int(command["wallet"])
    post(state, Posting.WITHDRAWAL, asset, wallet, HouseWallet.EXTERNAL, command["amount"])


@kernel
def house_deposit(state, command):
    """Do a HOUSE_DEPOSIT row: into a prefunded layer (RSV-01), or the error account."""
    target = int(command["target"])
    is_layer = HouseWallet.FIRST_LOSS <= target <= HouseWallet.SECOND_TRANCHE
    if not is_layer and target != HouseWallet.ERROR:
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    amount = command["amount"]
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    is_over = state.wallets[target]["cash"] + amount > ACCOUNT_QUOTE_MAX
    if is_over or outside_is_full(state, 0, amount):
        refuse(state, command, Reject.LIM_ACCOUNT)
        return
    post(state, Posting.HOUSE_DEPOSIT, 0, HouseWallet.EXTERNAL, target, amount)


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
def _restore(state, wallet, contract, lots, cost, entry_cost):
    """Put back a position that was booked on trial; `pending` is the caller's. O(1)."""
    position = state.positions[wallet * state.contracts.size + contract]
    spec = state.contracts[contract]
    spec["open_interest"] += max(0, lots) - max(0, int(position["lots"]))
    position["lots"] = lots
    position["cost"] = cost
    position["entry_cost"] = entry_cost


@kernel
def opening_trade(state, command):
    """Do an OPENING_TRADE row: a position of two wallets made without the book, margin permitting.

    Both are booked, measured, and put back if either lacks its initial margin (MRG-07).
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
    if not _is_covered(state, long) or not _is_covered(state, short):
        _restore(state, long, contract, long_lots, long_cost, long_entry)
        _restore(state, short, contract, short_lots, short_cost, short_entry)
        state.wallets[long]["pending"] = long_pending
        state.wallets[short]["pending"] = short_pending
        refuse(state, command, Reject.MRG_INSUFFICIENT)
        return
    event = state.events[new_event(state, Event.OPENING_TRADE, long)]
    event["contract"] = contract
    event["counter_wallet"] = short
    event["price_ticks"] = price_ticks
    event["lots"] = lots
    # The top of the list is done first: the long's orders are re-clipped before the short's.
    push_frame(state, RECLIPPING, short, contract, 0)
    push_frame(state, RECLIPPING, long, contract, 0)


@kernel
def set_source_price(state, command):
    """Do a SOURCE_PRICE row: keep the price of an index source and its time. No event. O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
        return
    source = int(command["target"])
    if not 0 <= source < state.rates[contract]["source_count"]:
        refuse(state, command, Reject.SOURCE_UNKNOWN)
        return
    price_ticks = command["price_ticks"]
    if not 1 <= price_ticks <= state.contracts[contract]["price_ticks_max"]:
        refuse(state, command, Reject.PRICE_INVALID)
        return
    row = state.sources[contract * SOURCES_MAX + source]
    row["price_ticks"] = price_ticks
    row["time_ns"] = state.engine[0]["now_ns"]


@kernel
def set_asset_price(state, command):
    """Do an ASSET_PRICE row: the market price of a margin asset, ppb of HKD per unit (MRG-04)."""
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    if not 1 <= command["amount"] <= ASSET_PRICE_PPB_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    price_asset(state, asset, command["amount"])
    event = state.events[new_event(state, Event.ASSET_PRICE, 0)]
    event["contract"] = asset
    event["amount"] = command["amount"]


@kernel
def set_asset_state(state, command):
    """Do an ASSET_STATE row: can it be converted, is its issuer licensed (MRG-03, MRG-05)."""
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    flags = int(command["flags"])
    if not 0 <= flags <= _ASSET_FLAGS_MAX:
        refuse(state, command, Reject.STATE_INVALID)
        return
    state.assets[asset]["is_convertible"] = flags & 1
    state.assets[asset]["is_licensed"] = flags >> 1
    event = state.events[new_event(state, Event.ASSET_STATE, 0)]
    event["contract"] = asset
    event["code"] = flags


@kernel
def set_account_status(state, command):
    """Do an ACCOUNT_STATUS row; a restricted wallet keeps only orders that reduce (ELIG-07)."""
    wallet = int(command["wallet"])
    if not is_client(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    row = state.wallets[wallet]
    investor_class = int(command["side"])
    flags = int(command["flags"])
    is_known = InvestorClass.NONE <= investor_class <= InvestorClass.AFMM
    is_known = is_known and 0 <= flags <= _ACCOUNT_FLAGS_MAX and command["amount"] >= 0
    was_afmm = row["investor_class"] == InvestorClass.AFMM
    if not is_known or was_afmm != (investor_class == InvestorClass.AFMM):
        refuse(state, command, Reject.STATE_INVALID)
        return
    row["investor_class"] = investor_class
    row["account_flags"] = flags
    row["valid_until_ns"] = command["amount"]
    event = state.events[new_event(state, Event.ACCOUNT_STATUS, wallet)]
    event["code"] = investor_class
    event["flags"] = flags
    event["amount"] = command["amount"]
    if standing(state, wallet) != Reject.NONE:
        push_frame(state, RESTRICTING, wallet, 0, 0)
