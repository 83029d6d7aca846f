"""What may a wallet do: standing of the account, restriction, free margin, margin state.

ELIG, AFMM and PROD rules: docs/gate.md sections 1 and 2.
"""

from hkperp_clearing.margin import bankruptcy_ticks, measure
from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    ContractState,
    Event,
    Explain,
    HouseWallet,
    InvestorClass,
    ProductState,
    Reject,
)
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined

__all__ = [
    "explain_wallet",
    "is_client",
    "is_cross_wallet",
    "restriction",
    "set_margin_state",
    "standing",
]

#: Flags that decide for a client who is no affiliate, and those of them that must be set.
_FLAGS_WANTED = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT
_FLAGS_ASKED = _FLAGS_WANTED | AccountFlag.GROUP_COMPANY | AccountFlag.BLOCKED


@inlined
def is_client(state, wallet):
    """Tell whether `wallet` is the number of a client's wallet. O(1)."""
    return HouseWallet.CLIENTS <= wallet < state.wallets.size


@inlined
def is_cross_wallet(state, wallet):
    """Tell whether `wallet` is the number of a client account's cross wallet (GAT-002). O(1)."""
    return is_client(state, wallet) and state.wallets[wallet]["isolated"] == 0


@kernel
def _own_restriction(state, wallet):
    """Return the Reject that restricts the account itself, or Reject.NONE (GAT-011). O(1).

    HALT-04, ELIG-01, ELIG-08, AFMM-09, AFMM-08, ELIG-02 and ELIG-07, ELIG-04, ELIG-06, in this
    order.
    """
    row = state.wallets[wallet]
    investor_class = row["investor_class"]
    flags = int(row["account_flags"])
    if state.owners[wallet]["is_killed"] != 0:
        return Reject.KILL_SWITCH_ENGAGED
    if investor_class == InvestorClass.NONE:
        return Reject.ELIG_NOT_PI
    if flags & AccountFlag.BLOCKED != 0:
        return Reject.ELIG_JURISDICTION
    if investor_class != InvestorClass.AFMM:
        if flags & AccountFlag.GROUP_COMPANY != 0:
            return Reject.AFMM_GROUP_PROP_BAN
    else:
        is_suspended = state.engine[0]["is_afmm_suspended"] != 0
        if is_suspended or flags & AFMM_DOCUMENTS != AFMM_DOCUMENTS:
            return Reject.AFMM_NOT_PERMITTED
    if row["valid_until_ns"] < state.engine[0]["now_ns"]:
        return Reject.ELIG_PI_LAPSED
    if flags & AccountFlag.KNOWLEDGE == 0:
        return Reject.ELIG_NO_KNOWLEDGE
    if flags & AccountFlag.AGREEMENT == 0:
        return Reject.ELIG_NO_AGREEMENT
    return Reject.NONE


@inlined
def standing(state, wallet):
    """Return the Reject that restricts the account itself, or Reject.NONE (GAT-011). O(1).

    Of most clients one mask says that their flags are in order; the others are looked at closely.
    """
    row = state.wallets[wallet]
    is_plain = int(row["account_flags"]) & _FLAGS_ASKED == _FLAGS_WANTED
    is_valid = row["valid_until_ns"] >= state.engine[0]["now_ns"]
    if is_plain and is_valid and state.owners[wallet]["is_killed"] == 0:
        if InvestorClass.NONE < row["investor_class"] < InvestorClass.AFMM:
            return Reject.NONE
    return _own_restriction(state, wallet)


@inlined
def restriction(state, wallet, contract):
    """Return why a wallet may only reduce in a contract, or Reject.NONE (GAT-011). O(1).

    MRG-13, the account's own, PROD-05, HALT-01 and VAL-05, in this order.
    """
    isolated = state.wallets[wallet]["isolated"]
    if isolated != 0 and isolated != contract + 1:
        return Reject.WALLET_ISOLATED
    own = standing(state, wallet)
    if own != Reject.NONE:
        return own
    if state.contracts[contract]["product"] != ProductState.LIVE:
        return Reject.PROD_NOT_LIVE
    if state.markets[contract]["state"] == ContractState.REDUCE_ONLY:
        return Reject.MARKET_REDUCE_ONLY
    if state.rates[contract]["mark_is_stale"] != 0:
        return Reject.MARKET_REDUCE_ONLY
    return Reject.NONE


@kernel
def set_margin_state(state, wallet, margin_state, always):
    """Set the margin state and write MARGIN_STATE if it changed, or `always`. O(1).

    `state.margin[0]` holds the wallet's measure; its equity is in the event.
    """
    row = state.wallets[wallet]
    if row["state"] == margin_state and not always:
        return
    row["state"] = margin_state
    event = state.events[new_event(state, Event.MARGIN_STATE, wallet)]
    event["code"] = margin_state
    event["amount"] = state.margin[0]["equity"]


@kernel
def _explain(state, wallet, field, amount):
    """Write one EXPLAIN row with an amount. O(1)."""
    event = state.events[new_event(state, Event.EXPLAIN, wallet)]
    event["code"] = field
    event["amount"] = amount


@kernel
def explain_wallet(state, wallet):
    """Write the EXPLAIN block of a wallet: every input of the decision about it (LIQ-01).

    Measures the wallet. At most 8 + 3 * CONTRACTS_MAX rows; docs/machine.md section 9.
    """
    measure(state, wallet)
    margin = state.margin[0]
    _explain(state, wallet, Explain.CASH, margin["cash"])
    _explain(state, wallet, Explain.COLLATERAL, margin["collateral"])
    _explain(state, wallet, Explain.VARIATION, margin["variation"])
    _explain(state, wallet, Explain.EQUITY, margin["equity"])
    _explain(state, wallet, Explain.INITIAL_MARGIN, margin["initial_margin"])
    _explain(state, wallet, Explain.MAINTENANCE_MARGIN, margin["maintenance_margin"])
    _explain(state, wallet, Explain.CLOSE_OUT_MARGIN, margin["close_out_margin"])
    missing = margin["maintenance_margin"] - margin["equity"]
    _explain(state, wallet, Explain.MISSING_MARGIN, missing)
    mask = state.wallets[wallet]["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        if state.positions[wallet * state.contracts.size + contract]["lots"] != 0:
            _explain_leg(state, wallet, contract)


@kernel
def _explain_leg(state, wallet, contract):
    """Write the MARK, INDEX and LEG rows of one leg. O(1)."""
    rates = state.rates[contract]
    position = state.positions[wallet * state.contracts.size + contract]
    event = state.events[new_event(state, Event.EXPLAIN, wallet)]
    event["code"] = Explain.MARK
    event["contract"] = contract
    event["price_ticks"] = rates["mark_good_ticks"]
    event["counter_order_id"] = state.markets[contract]["terms_hash"]
    event["amount"] = rates["mark_good_ns"]
    event = state.events[new_event(state, Event.EXPLAIN, wallet)]
    event["code"] = Explain.INDEX
    event["contract"] = contract
    event["price_ticks"] = rates["index_ticks"]
    event["amount"] = rates["index_good_ns"]
    event = state.events[new_event(state, Event.EXPLAIN, wallet)]
    event["code"] = Explain.LEG
    event["contract"] = contract
    event["price_ticks"] = bankruptcy_ticks(state, wallet, contract)
    event["lots"] = position["lots"]
    event["amount"] = position["entry_cost"]
    event["order_id"] = position["cost"]
