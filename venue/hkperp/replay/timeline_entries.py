"""One entry of a timeline into its COMMAND row: a function per verb.

`fill` writes what entries have in common, then asks the verb's function. The columns are those of
docs/book.md section 3 and docs/machine.md section 3. A bust names its trade by orders, which has
a number only when the run has come there: `busts` puts it in.
"""

from collections.abc import Callable
from typing import Any

from hkperp.replay.population import standing_of, wallet_of
from hkperp.scenario import gate_entries as gate_words
from hkperp.scenario import timeline as words
from hkperp.scenario.market import ContractRecord
from hkperp.scenario.settings import lots_of, price_ticks, worth
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import (
    AmendFlag,
    Command,
    ContractState,
    HouseWallet,
    InvestorClass,
    KillScope,
    OrderFlag,
    OrderType,
    ProductState,
    ReferenceStatus,
    SelfTrade,
    Session,
    Side,
    TimeInForce,
    TriggerSource,
)

__all__ = ["fill"]

_BOTH_SIDES = 2
_ALL_CONTRACTS = -1

_FLAGS = {
    "post_only": OrderFlag.POST_ONLY,
    "reduce_only": OrderFlag.REDUCE_ONLY,
    "hidden": OrderFlag.HIDDEN,
    "slide": OrderFlag.SLIDE,
    "close_position": OrderFlag.CLOSE_POSITION,
}


def fill(scenario: Scenario, row: Any, entry: Any) -> None:
    """Write one entry into its row, all 0 before."""
    row["time_ns"] = entry.at
    contract = None
    if target := getattr(entry, "to", None):
        row["target"] = wallet_of(scenario, target)
    if account := getattr(entry, "account", None):
        row["wallet"] = wallet_of(scenario, account)
    if asset := getattr(entry, "asset", None):
        # Two wallets leave no room: then the asset stands where the contract does.
        column = "contract" if target else "target"
        row[column] = [each.name for each in scenario.assets].index(asset)
    if name := getattr(entry, "contract", None):
        row["contract"] = [each.name for each in scenario.contracts].index(name)
        contract = scenario.contracts[int(row["contract"])]
    kind, write = _VERBS[type(entry)]
    row["kind"] = kind
    write(row, entry, contract)


def _money(row: Any, entry: Any, _: None) -> None:
    row["amount"] = entry.amount


def _deposit(row: Any, entry: words.DepositCommand, _: None) -> None:
    row["amount"], row["flags"] = entry.amount, not entry.final


def _return_deposit(row: Any, entry: gate_words.ReturnDeposit, _: None) -> None:
    row["amount"], row["flags"] = entry.amount, 1


def _order(row: Any, entry: words.OrderCommand, contract: ContractRecord) -> None:
    row["order_id"] = entry.id
    row["side"] = Side[entry.side]
    row["tif"] = TimeInForce[entry.time_in_force]
    row["stp"] = SelfTrade[entry.self_trade]
    flags = sum(int(flag) for name, flag in _FLAGS.items() if getattr(entry, name))
    if entry.size is not None:
        row["lots"] = lots_of(contract, entry.size)
    if entry.price is not None:
        row["price_ticks"] = price_ticks(contract, entry.price)
    if entry.show is not None:
        row["target"] = lots_of(contract, entry.show)
    if entry.expires is not None:
        row["amount"] = entry.expires
    if entry.partner is not None:
        flags |= OrderFlag.LINKED
        row["amount"] = entry.partner
    if entry.notional is not None:
        flags |= OrderFlag.BY_NOTIONAL
        row["amount"] = worth(contract, entry.notional)
    row["flags"] = flags
    row["order_type"] = _order_type(row, entry, contract)


def _order_type(row: Any, entry: words.OrderCommand, contract: ContractRecord) -> int:
    """Return type and source as one number; write what a conditional order waits for."""
    if entry.trigger is not None:
        row["target"] = price_ticks(contract, entry.trigger.price)
        return OrderType[entry.type] + 8 * TriggerSource[entry.trigger.source]
    if entry.trailing is None:
        return OrderType[entry.type]
    trailing = entry.trailing
    if trailing.activation is not None:
        row["target"] = price_ticks(contract, trailing.activation)
    kind = OrderType.TRAILING_TICKS
    if trailing.distance is not None:
        row["price_ticks"] = price_ticks(contract, trailing.distance)
    else:
        row["price_ticks"], kind = trailing.percent, OrderType.TRAILING_PPB
    return kind + 8 * TriggerSource[trailing.source]


def _cancel(row: Any, entry: words.CancelOrder, _: ContractRecord) -> None:
    row["order_id"] = entry.id


def _amend(row: Any, entry: words.AmendOrder, contract: ContractRecord) -> None:
    row["order_id"] = entry.id
    row["price_ticks"] = price_ticks(contract, entry.price)
    row["lots"] = lots_of(contract, entry.size)
    row["flags"] = AmendFlag.TOTAL if entry.total else 0
    if entry.trigger is not None:
        row["target"] = price_ticks(contract, entry.trigger)


def _mass_cancel(row: Any, entry: words.MassCancel, contract: ContractRecord | None) -> None:
    if contract is None:
        row["contract"] = _ALL_CONTRACTS
    elif entry.price_from is not None and entry.price_to is not None:
        row["price_ticks"] = price_ticks(contract, entry.price_from)
        row["lots"] = price_ticks(contract, entry.price_to)
    row["side"] = _BOTH_SIDES if entry.side is None else Side[entry.side]


def _quote(row: Any, entry: words.Quote, contract: ContractRecord) -> None:
    row["order_id"] = entry.id
    row["stp"] = SelfTrade[entry.self_trade]
    for side, price, lots in (
        (entry.bid, "price_ticks", "lots"),
        (entry.ask, "amount", "target"),
    ):
        if side is not None:
            row[price] = price_ticks(contract, side.price)
            row[lots] = lots_of(contract, side.size)


def _protection(row: Any, entry: words.Protection, contract: ContractRecord) -> None:
    row["amount"] = entry.window
    row["target"] = entry.trades_max
    for name, size in (("lots", entry.size_max), ("price_ticks", entry.net_size_max)):
        if size is not None:
            row[name] = lots_of(contract, size)


def _nothing_more(row: Any, entry: Any, _: ContractRecord | None) -> None:
    """Account, contract and kind say all."""


def _countdown(row: Any, entry: words.Countdown, _: None) -> None:
    row["amount"] = entry.delay


def _session(row: Any, entry: words.SessionChange, _: None) -> None:
    row["side"] = Session[entry.state]


def _kill_switch(row: Any, entry: words.KillSwitch, _: ContractRecord | None) -> None:
    row["target"], row["side"] = KillScope[entry.scope], entry.engaged


def _suspend_afmm(row: Any, entry: words.SuspendAfmm, _: None) -> None:
    row["side"] = entry.suspended


def _bust(row: Any, entry: words.BustTrade, _: ContractRecord) -> None:
    row["price_ticks"], row["lots"] = entry.maker or 0, entry.taker or 0


def _asset_price(row: Any, entry: words.AssetPriceChange, _: None) -> None:
    row["amount"] = entry.price


def _asset_state(row: Any, entry: words.AssetStateChange, _: None) -> None:
    row["flags"] = 1 * entry.convertible | 2 * entry.licensed
    row["flags"] |= 4 * entry.depegged | 8 * entry.broken


def _account_status(row: Any, entry: words.AccountStatus, _: None) -> None:
    row["side"] = InvestorClass[entry.class_]
    row["target"] = standing_of(entry)
    row["amount"] = entry.valid_until


def _contract_state(row: Any, entry: words.ContractStateChange, _: ContractRecord) -> None:
    row["side"] = ContractState[entry.state]


def _reconcile(row: Any, entry: gate_words.Reconcile, _: None) -> None:
    row["amount"] = entry.custody


def _asset_haircut(row: Any, entry: gate_words.AssetHaircut, _: None) -> None:
    row["amount"] = entry.haircut


def _product_state(row: Any, entry: gate_words.ProductStateChange, _: ContractRecord) -> None:
    row["side"] = ProductState[entry.state]


def _reference(row: Any, entry: gate_words.ReferenceStatusChange, _: ContractRecord) -> None:
    row["side"] = ReferenceStatus[entry.status]


def _margin_addon(row: Any, entry: gate_words.MarginAddon, _: ContractRecord) -> None:
    row["amount"], row["price_ticks"] = entry.initial, entry.maintenance


def _agreement(row: Any, entry: Any, _: None) -> None:
    row["amount"] = entry.version


def _exposure_limit(row: Any, entry: gate_words.ExposureLimit, _: None) -> None:
    row["amount"] = entry.exposure_max


def _backstop(row: Any, entry: gate_words.Backstop, _: ContractRecord) -> None:
    row["amount"] = entry.share


def _of_house(row: Any, entry: Any, _: None) -> None:
    row["target"], row["amount"] = HouseWallet[entry.wallet], entry.amount


def _issuer_default(row: Any, entry: gate_words.IssuerDefault, _: None) -> None:
    row["amount"] = entry.recovered


_VERBS: dict[type, tuple[Command, Callable[[Any, Any, Any], None]]] = {
    words.DepositCommand: (Command.DEPOSIT, _deposit),
    words.WithdrawCommand: (Command.WITHDRAW, _money),
    words.OrderCommand: (Command.NEW_ORDER, _order),
    words.CancelOrder: (Command.CANCEL, _cancel),
    words.AmendOrder: (Command.AMEND, _amend),
    words.MassCancel: (Command.MASS_CANCEL, _mass_cancel),
    words.Quote: (Command.MASS_QUOTE, _quote),
    words.Protection: (Command.SET_PROTECTION, _protection),
    words.ResetProtection: (Command.RESET_PROTECTION, _nothing_more),
    words.Countdown: (Command.SET_COUNTDOWN, _countdown),
    words.SessionChange: (Command.SET_SESSION, _session),
    words.KillSwitch: (Command.KILL_SWITCH, _kill_switch),
    words.SuspendAfmm: (Command.SUSPEND_AFMM, _suspend_afmm),
    words.BustTrade: (Command.BUST_TRADE, _bust),
    words.Compensation: (Command.COMPENSATE, _money),
    words.AssetPriceChange: (Command.ASSET_PRICE, _asset_price),
    words.AssetStateChange: (Command.ASSET_STATE, _asset_state),
    words.AccountStatus: (Command.ACCOUNT_STATUS, _account_status),
    words.ContractStateChange: (Command.CONTRACT_STATE, _contract_state),
    gate_words.ClearDeposit: (Command.CLEAR_DEPOSIT, _money),
    gate_words.ReturnDeposit: (Command.CLEAR_DEPOSIT, _return_deposit),
    gate_words.Transfer: (Command.TRANSFER, _money),
    gate_words.Redeem: (Command.REDEEM, _money),
    gate_words.ReverseDeposit: (Command.REVERSE_DEPOSIT, _money),
    gate_words.Reconcile: (Command.RECONCILE, _reconcile),
    gate_words.AssetHaircut: (Command.ASSET_HAIRCUT, _asset_haircut),
    gate_words.ProductStateChange: (Command.PRODUCT_STATE, _product_state),
    gate_words.ReferenceStatusChange: (Command.REFERENCE_STATUS, _reference),
    gate_words.MarginAddon: (Command.MARGIN_ADDON, _margin_addon),
    gate_words.PublishAgreement: (Command.PUBLISH_AGREEMENT, _agreement),
    gate_words.Acknowledge: (Command.ACKNOWLEDGE, _agreement),
    gate_words.ExposureLimit: (Command.EXPOSURE_LIMIT, _exposure_limit),
    gate_words.DeclareDefault: (Command.DECLARE_DEFAULT, _nothing_more),
    gate_words.Backstop: (Command.SET_BACKSTOP, _backstop),
    gate_words.HouseDeposit: (Command.HOUSE_DEPOSIT, _of_house),
    gate_words.HouseWithdraw: (Command.HOUSE_WITHDRAW, _of_house),
    gate_words.IssuerDefault: (Command.ISSUER_DEFAULT, _issuer_default),
}
