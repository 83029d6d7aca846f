"""Positions by novation: a fill is two legs against the house (SETL-01), plus order reservations.

`cost` is what the open lots cost since the last cycle, signed like the lots; a closing part moves
its share of it and the proceeds into `pending`. Summed over all wallets the results are exactly 0
at any mark (docs/machine.md section 4).
"""

from hkperp_clearing.attention import wake
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_floor_by
from hkperp_engine.codes import Side
from hkperp_engine.primitives import set_bit
from hkperp_engine.tuning import inlined

__all__ = ["book_fill", "reserve"]


@inlined
def _give_up(cost, closed_lots, lots):
    """Return `cost` less the part of `closed_lots` of `lots`, the part rounded down in size. O(1).

    Closing 1 of 3 lots that cost 100 leaves 67; a short's -100 leaves -67 (both mirror).
    """
    if cost >= 0:
        return cost - mul_div_floor_by(cost, closed_lots, lots)
    return cost + mul_div_floor_by(-cost, closed_lots, lots)


@inlined
def book_fill(state, wallet, contract, signed_lots, price_ticks):
    """Book a fill of a wallet: `signed_lots` > 0 bought, < 0 sold, at `price_ticks`. O(1).

    The closing part realises `sign * (proceeds - its share of cost)` into `pending`; the rest
    opens. Long 2 at 100, sell 3 at 110, tick value 1: pending +20, short 1 at 110.
    """
    spec = state.contracts[contract]
    row = state.wallets[wallet]
    position = state.positions[wallet * state.contracts.size + contract]
    lots = int(position["lots"])
    cost = position["cost"]
    entry_cost = position["entry_cost"]
    unit_quote = price_ticks * spec["tick_value"]
    opening = signed_lots
    if lots != 0 and (lots > 0) != (signed_lots > 0):
        closing = min(abs(signed_lots), abs(lots))
        kept = _give_up(cost, closing, abs(lots))
        sign = 1 if lots > 0 else -1
        row["pending"] += sign * unit_quote * closing - (cost - kept)
        cost = kept
        entry_cost = _give_up(entry_cost, closing, abs(lots))
        opening = signed_lots + sign * closing
    after = lots + signed_lots
    spec["open_interest"] += max(0, after) - max(0, lots)
    position["lots"] = after
    position["cost"] = cost + opening * unit_quote
    position["entry_cost"] = entry_cost + opening * unit_quote
    row["contract_mask"] = set_bit(row["contract_mask"], contract)
    wake(state, wallet)


@inlined
def reserve(state, order, lots_from, lots_to):
    """Change the open lots of an order in its wallet's and contract's sums (MRG-07). O(1).

    `order` is an ORDER or TAKER row (terms and acceptance mark are read) that is not reduce-only;
    `lots_from` and `lots_to` its open lots before and after: 0 before it is accepted, 0 when gone.
    Value, loss and fee are those of docs/machine.md section 1. Buying 1 at 115 with mark 100:
    value 115, loss 15.
    """
    contract = int(order["contract"])
    price_ticks = int(order["price_ticks"])
    mark_ticks = int(order["mark_ticks"])
    wallet = int(order["wallet"])
    spec = state.contracts[contract]
    tick_value = spec["tick_value"]
    unit_quote = max(price_ticks, mark_ticks) * tick_value
    fee_ppb = max(spec["maker_fee_ppb"], spec["taker_fee_ppb"])
    change = lots_to - lots_from
    # Most calls come from or go to 0 lots: then only one of the two is computed.
    fee = 0
    if lots_to > 0:
        fee += mul_div_ceil(unit_quote * lots_to, fee_ppb)
    if lots_from > 0:
        fee -= mul_div_ceil(unit_quote * lots_from, fee_ppb)
    position = state.positions[wallet * state.contracts.size + contract]
    position["order_fee"] += fee
    if order["side"] == Side.BUY:
        position["buy_lots"] += change
        position["buy_value"] += unit_quote * change
        position["order_loss"] += max(0, price_ticks - mark_ticks) * tick_value * change
        spec["buy_lots"] += change
    else:
        position["sell_lots"] += change
        position["sell_value"] += unit_quote * change
        position["order_loss"] += max(0, mark_ticks - price_ticks) * tick_value * change
        spec["sell_lots"] += change
    row = state.wallets[wallet]
    row["contract_mask"] = set_bit(row["contract_mask"], contract)
    wake(state, wallet)
