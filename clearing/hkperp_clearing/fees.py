"""Fees: charged in cash at the fill, capped by what is there, never a debt (LIQ-05, NOCR-01)."""

from hkperp_clearing.ledger import asset_count, payable, post, raise_cash
from hkperp_clearing.margin import equity, measure
from hkperp_engine.codes import Event, HouseWallet, Posting
from hkperp_engine.events import new_event
from hkperp_engine.tuning import inlined

__all__ = ["charge_fee"]


@inlined
def charge_fee(state, wallet, contract, order_id, fee, to_reserve, keeps_margin):
    """Charge a wallet `fee` quote, or what it can bear of it; the rest is waived (FEE_WAIVED).

    Never makes equity negative, nor, with `keeps_margin`, less than the maintenance margin; one
    unit an asset is left out, since selling part of an asset can lose one by rounding. Goes to
    RESERVE if `to_reserve` (fees of liquidations and takeovers), else to FEES. At most 16 events.
    Returns what was charged, quote.
    """
    if fee <= 0:
        return 0
    limit = equity(state, wallet) - asset_count(state, wallet)
    if keeps_margin:
        measure(state, wallet)
        limit -= state.margin[0]["maintenance_margin"]
    charged = max(0, min(fee, limit, payable(state, wallet)))
    if charged > 0:
        if state.wallets[wallet]["cash"] < charged:
            raise_cash(state, wallet, charged)
        code = Posting.LIQUIDATION_FEE if to_reserve else Posting.FEE
        receiver = HouseWallet.RESERVE if to_reserve else HouseWallet.FEES
        index = post(state, code, 0, wallet, receiver, charged)
        state.events[index]["order_id"] = order_id
    if charged < fee:
        event = state.events[new_event(state, Event.FEE_WAIVED, wallet)]
        event["contract"] = contract
        event["order_id"] = order_id
        event["amount"] = fee - charged
    return charged
