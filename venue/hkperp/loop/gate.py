"""Commands of the gate: standing of accounts, agreements, exposure limits, products, add-ons.

And who has defaulted, who stands by. docs/gate.md sections 1 to 3 and 5, docs/default.md sections
1 and 3. All refusals first; after them the command must succeed.
"""

from hkperp.loop.marking import FINAL_STEP
from hkperp_clearing.account import is_client, is_cross_wallet, standing
from hkperp_clearing.attention import wake, wake_all
from hkperp_clearing.layout import BACKSTOPS_MAX, TIERS_MAX
from hkperp_clearing.screening import margin_ceiling_ppb
from hkperp_clearing.worklist import MARK_STEP, RESTRICTING, push_frame
from hkperp_engine.codes import (
    AccountFlag,
    ContractState,
    Event,
    HouseWallet,
    InvestorClass,
    ProductState,
    ReferenceStatus,
    Reject,
)
from hkperp_engine.events import new_event, refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.scopes import cancel_market
from hkperp_engine.sweeps import enter_state
from hkperp_engine.units import ACCOUNT_QUOTE_MAX, NONE, PPB

__all__ = [
    "acknowledge",
    "declare_default",
    "publish_agreement",
    "set_account_status",
    "set_backstop",
    "set_exposure_limit",
    "set_margin_addon",
    "set_product_state",
    "set_reference_status",
]

_ACCOUNT_FLAGS_MAX = 255
_VERSION_MAX = 2**31 - 1


@kernel
def _last_wallet(state, wallet):
    """Return the number of the last wallet of the account whose cross wallet is given (GAT-001).

    They follow each other. O(wallets of the account).
    """
    last = wallet
    while last + 1 < state.wallets.size and state.wallets[last + 1]["account"] == wallet:
        last += 1
    return last


@kernel
def _status_refusal(state, command):
    """Return the first Reject of an ACCOUNT_STATUS row, or NONE. O(1)."""
    wallet = int(command["wallet"])
    if not is_cross_wallet(state, wallet):
        return Reject.WALLET_UNKNOWN
    investor_class = int(command["side"])
    if not InvestorClass.NONE <= investor_class <= InvestorClass.AFMM:
        return Reject.STATE_INVALID
    if not 0 <= command["target"] <= _ACCOUNT_FLAGS_MAX or command["amount"] < 0:
        return Reject.STATE_INVALID
    was_affiliate = state.wallets[wallet]["investor_class"] == InvestorClass.AFMM
    if was_affiliate != (investor_class == InvestorClass.AFMM):
        return Reject.STATE_INVALID
    return Reject.NONE


@kernel
def set_account_status(state, command):
    """Do an ACCOUNT_STATUS row, for all wallets of the account (GAT-002, GAT-010, ELIG-07).

    `side` the InvestorClass, `target` the flags (0..255), `amount` ns until which the evidence is
    valid. Those that are restricted then keep only orders that reduce, wallet after wallet.
    """
    reject = _status_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    wallet = int(command["wallet"])
    last = _last_wallet(state, wallet)
    for each in range(wallet, last + 1):
        row = state.wallets[each]
        row["investor_class"] = command["side"]
        row["account_flags"] = command["target"]
        row["valid_until_ns"] = command["amount"]
        wake(state, each)  # the class may ask more margin
    event = state.events[new_event(state, Event.ACCOUNT_STATUS, wallet)]
    event["code"] = command["side"]
    event["flags"] = command["target"]
    event["amount"] = command["amount"]
    # A kill switch may have stopped one wallet of an account and not another.
    first = wallet
    while first <= last and standing(state, first) == Reject.NONE:
        first += 1
    if first <= last:
        index = push_frame(state, RESTRICTING, first, 0, 0)
        state.frames[index]["total"] = last


@kernel
def publish_agreement(state, command):
    """Do a PUBLISH_AGREEMENT row: a new version, that every client has yet to accept (ELIG-06).

    `amount`: the version. Their orders are restricted in the next mark step. O(wallets).
    """
    version = command["amount"]
    house = state.house[0]
    if not house["agreement_version"] < version <= _VERSION_MAX:
        refuse(state, command, Reject.STATE_INVALID)
        return
    house["agreement_version"] = version
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        row = state.wallets[wallet]
        if row["account_flags"] & AccountFlag.AGREEMENT != 0:
            row["account_flags"] -= AccountFlag.AGREEMENT
    event = state.events[new_event(state, Event.AGREEMENT, 0)]
    event["amount"] = version


@kernel
def acknowledge(state, command):
    """Do an ACKNOWLEDGE row: a client accepts the agreement in force (ELIG-06, GAT-012).

    `amount`: the version accepted. O(wallets of the account).
    """
    wallet = int(command["wallet"])
    if not is_cross_wallet(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    if command["amount"] != state.house[0]["agreement_version"]:
        refuse(state, command, Reject.ELIG_NO_AGREEMENT)
        return
    for each in range(wallet, _last_wallet(state, wallet) + 1):
        state.wallets[each]["account_flags"] |= AccountFlag.AGREEMENT
    event = state.events[new_event(state, Event.ACKNOWLEDGED, wallet)]
    event["amount"] = command["amount"]


@kernel
def set_exposure_limit(state, command):
    """Do an EXPOSURE_LIMIT row: most notional an account may reach (ELIG-05, GAT-013).

    `amount` quote, 0: no limit. An account that is above it can only reduce. O(wallets of the
    account).
    """
    wallet = int(command["wallet"])
    if not is_cross_wallet(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    if not 0 <= command["amount"] <= ACCOUNT_QUOTE_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    for each in range(wallet, _last_wallet(state, wallet) + 1):
        state.exposure_caps[each] = command["amount"]
        state.wallets[each]["is_capped"] = 1 if command["amount"] > 0 else 0
    event = state.events[new_event(state, Event.EXPOSURE_LIMIT, wallet)]
    event["amount"] = command["amount"]


@kernel
def set_reference_status(state, command):
    """Do a REFERENCE_STATUS row: what a contract's reference lacks (REF-01, REF-04). O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
        return
    if not ReferenceStatus.ELIGIBLE <= command["side"] <= ReferenceStatus.INDEX_NOT_IOSCO:
        refuse(state, command, Reject.STATE_INVALID)
        return
    state.contracts[contract]["reference"] = command["side"]
    event = state.events[new_event(state, Event.REFERENCE_STATUS, 0)]
    event["contract"] = contract
    event["code"] = command["side"]


@kernel
def _is_step(before, after):
    """Tell whether a product may go from one ProductState to another (PROD-05). O(1)."""
    if before == ProductState.DRAFT:
        return after == ProductState.SUBMITTED
    if before == ProductState.SUBMITTED:
        return after == ProductState.DRAFT or after == ProductState.APPROVED
    if before == ProductState.APPROVED:
        return after == ProductState.LIVE
    if before == ProductState.LIVE:
        return after == ProductState.REDUCE_ONLY
    if before == ProductState.REDUCE_ONLY:
        return after == ProductState.LIVE or after == ProductState.DELISTED
    return False


@kernel
def _product_refusal(state, command):
    """Return the first Reject of a PRODUCT_STATE row, or NONE (GAT-020). O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        return Reject.CONTRACT_UNKNOWN
    spec = state.contracts[contract]
    if not _is_step(spec["product"], command["side"]):
        return Reject.STATE_INVALID
    if command["side"] == ProductState.DELISTED:
        # What is open is settled at a price, so there must have been one.
        if state.rates[contract]["mark_good_ticks"] == 0:
            return Reject.STATE_INVALID
    if command["side"] == ProductState.LIVE:
        if spec["reference"] == ReferenceStatus.NOT_RETAIL:
            return Reject.REF_NOT_RETAIL_ELIGIBLE
        if spec["reference"] == ReferenceStatus.INDEX_NOT_IOSCO:
            return Reject.REF_INDEX_NOT_IOSCO
    return Reject.NONE


@kernel
def set_product_state(state, command):
    """Do a PRODUCT_STATE row: the next step of a product's life (PROD-05, GAT-020, GAT-021).

    `side`: the ProductState. At most two events; a delisted contract is then settled for good.
    """
    reject = _product_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    contract = int(command["contract"])
    spec = state.contracts[contract]
    spec["product"] = command["side"]
    event = state.events[new_event(state, Event.PRODUCT_STATE, 0)]
    event["contract"] = contract
    event["code"] = command["side"]
    if command["side"] == ProductState.LIVE or command["side"] == ProductState.REDUCE_ONLY:
        spec["final_next"] = 0
        spec["final_count"] = 0
    elif command["side"] == ProductState.DELISTED:
        # The top of the list is done first: orders go before the final price is made.
        push_frame(state, MARK_STEP, 0, contract, FINAL_STEP)
        if state.markets[contract]["state"] != ContractState.SETTLED:
            enter_state(state, contract, ContractState.SETTLED, 0, 0)
            cancel_market(state, contract, HouseWallet.CLIENTS)


@kernel
def set_margin_addon(state, command):
    """Do a MARGIN_ADDON row: raise the margin rates of a contract (MRG-08, APC-01, GAT-052).

    `amount` ppb on top of each configured initial rate, `price_ticks` ppb on top of each
    maintenance rate. Deductions stay: differences of rates do. With tiers of 20% and 30%, and 5%
    on top, they are 25% and 35%. O(tiers).
    """
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
        return
    spec = state.contracts[contract]
    first = contract * TIERS_MAX
    end = first + spec["tier_count"]
    im_ppb = command["amount"]
    mm_ppb = command["price_ticks"]
    if not 0 <= mm_ppb <= im_ppb <= PPB - state.base_tiers[end - 1]["im_ppb"]:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    spec["im_addon_ppb"] = im_ppb
    wake_all(state)
    spec["mm_addon_ppb"] = mm_ppb
    for index in range(first, end):
        state.tiers[index]["im_ppb"] = state.base_tiers[index]["im_ppb"] + im_ppb
        state.tiers[index]["mm_ppb"] = state.base_tiers[index]["mm_ppb"] + mm_ppb
    spec["im_ceiling_ppb"] = margin_ceiling_ppb(state, contract)
    event = state.events[new_event(state, Event.MARGIN_ADDON, 0)]
    event["contract"] = contract
    event["amount"] = im_ppb
    event["price_ticks"] = mm_ppb


@kernel
def _has_obligations(state, wallet):
    """Tell whether a wallet has lots, or results to pay in the next cycle. O(contracts)."""
    if state.wallets[wallet]["pending"] < 0:
        return True
    first = wallet * state.contracts.size
    for contract in range(state.contracts.size):
        if state.positions[first + contract]["lots"] != 0:
            return True
    return False


@kernel
def declare_default(state, command):
    """Do a DECLARE_DEFAULT row: the next margin test takes the wallet over (DEF-01, DFT-002)."""
    wallet = int(command["wallet"])
    if not is_client(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    row = state.wallets[wallet]
    if row["is_declared"] != 0 or not _has_obligations(state, wallet):
        refuse(state, command, Reject.STATE_INVALID)
        return
    row["is_declared"] = 1
    wake(state, wallet)
    new_event(state, Event.DEFAULT_DECLARED, wallet)


@kernel
def _backstop_row(state, contract, wallet):
    """Return the row of a provider of a contract, else the first free one; NONE if all are taken.

    O(BACKSTOPS_MAX).
    """
    first = contract * BACKSTOPS_MAX
    for index in range(first, first + BACKSTOPS_MAX):
        holder = state.backstops[index]["wallet"]
        if holder == wallet or holder == 0:
            return index
    return NONE


@kernel
def _end_backstop(state, contract, index):
    """Free the place of a provider: those behind it move up, in their order. O(BACKSTOPS_MAX)."""
    last = (contract + 1) * BACKSTOPS_MAX - 1
    while index < last:
        row = state.backstops[index]
        after = state.backstops[index + 1]
        row["wallet"] = after["wallet"]
        row["share_ppb"] = after["share_ppb"]
        index += 1
    state.backstops[last]["wallet"] = 0
    state.backstops[last]["share_ppb"] = 0


@kernel
def set_backstop(state, command):
    """Do a SET_BACKSTOP row: who takes which share of a leg that is taken over (LIQ-04, DFT-021).

    `amount` ppb of the leg, rounded down to lots; 0: none any more, and its place is free. A new
    share keeps the place.
    """
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    share_ppb = command["amount"]
    if not is_client(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    if not 0 <= contract < state.contracts.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
        return
    if not 0 <= share_ppb <= PPB:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    index = _backstop_row(state, contract, wallet)
    if index == NONE and share_ppb > 0:
        refuse(state, command, Reject.LIM_BACKSTOPS)
        return
    if share_ppb > 0:
        state.backstops[index]["wallet"] = wallet
        state.backstops[index]["share_ppb"] = share_ppb
    elif index != NONE and state.backstops[index]["wallet"] == wallet:
        _end_backstop(state, contract, index)
    event = state.events[new_event(state, Event.BACKSTOP_SET, wallet)]
    event["contract"] = contract
    event["amount"] = share_ppb
