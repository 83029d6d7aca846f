"""The entry: one command in, its events out, and what the comparison may ask."""

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Reject
from reference import (
    auction,
    busts,
    checks,
    commands,
    custody,
    defaults,
    gate,
    openings,
    orders,
    products,
    protection,
    quotes,
    steps,
    switches,
    timers,
    vault,
)
from reference.admission import sent_messages
from reference.house import House
from reference.requests import require
from reference.rows import Command, Event, RestingOrder, WaitingOrder
from reference.state import Refused
from reference.waiting import activation_of

ACTIONS = {
    Kind.NEW_ORDER: orders.new_order,
    Kind.CANCEL: orders.cancel,
    Kind.AMEND: orders.amend,
    Kind.MASS_CANCEL: switches.mass_cancel,
    Kind.MASS_QUOTE: quotes.mass_quote,
    Kind.SET_COUNTDOWN: switches.set_countdown,
    Kind.SET_SESSION: switches.set_session,
    Kind.SET_PROTECTION: protection.set_protection,
    Kind.RESET_PROTECTION: protection.reset_protection,
    Kind.DEPOSIT: vault.deposit,
    Kind.WITHDRAW: vault.withdraw,
    Kind.OPENING_TRADE: openings.opening_trade,
    Kind.HOUSE_DEPOSIT: commands.house_deposit,
    Kind.BUST_TRADE: busts.bust_trade,
    Kind.COMPENSATE: busts.compensate,
    Kind.CLEAR_DEPOSIT: vault.clear_deposit,
    Kind.TRANSFER: vault.transfer,
    Kind.REDEEM: vault.redeem,
    Kind.REVERSE_DEPOSIT: custody.reverse_deposit,
    Kind.SOURCE_PRICE: commands.source_price,
    Kind.TICK: lambda house, command: steps.mark_step(house),
    Kind.ASSET_PRICE: custody.asset_price,
    Kind.ASSET_STATE: custody.asset_state,
    Kind.ACCOUNT_STATUS: gate.account_status,
    Kind.CONTRACT_STATE: auction.contract_state,
    Kind.KILL_SWITCH: switches.kill_switch,
    Kind.SUSPEND_AFMM: switches.suspend_afmm,
    Kind.RECONCILE: custody.reconcile,
    Kind.ADVANCE: lambda house, command: None,
    Kind.PRODUCT_STATE: products.product_state,
    Kind.REFERENCE_STATUS: products.reference_status,
    Kind.MARGIN_ADDON: products.margin_addon,
    Kind.ASSET_HAIRCUT: custody.asset_haircut,
    Kind.PUBLISH_AGREEMENT: gate.publish_agreement,
    Kind.ACKNOWLEDGE: gate.acknowledge,
    Kind.EXPOSURE_LIMIT: gate.exposure_limit,
    Kind.DECLARE_DEFAULT: defaults.declare_default,
    Kind.SET_BACKSTOP: defaults.set_backstop,
    Kind.HOUSE_WITHDRAW: defaults.house_withdraw,
    Kind.ISSUER_DEFAULT: defaults.issuer_default,
}
MONTH_NS = 31 * 86_400_000_000_000


class ReferenceMachine:
    """The slow house. `accounts`: (investor_class, account_flags, valid_until_ns, owner,
    isolated_contract, group) each.
    """

    def __init__(self, config, accounts) -> None:
        self.house = House(config, accounts)

    def apply(self, command: Command) -> list[Event]:
        """Do one command to its end; returns the events, timers' first."""
        house = self.house
        house.events, house.cycles = [], []
        try:
            require(command.kind in ACTIONS, Reject.COMMAND_UNKNOWN)
            require(command.time_ns >= house.now_ns, Reject.TIME_WENT_BACK)
            require(command.time_ns - house.now_ns <= MONTH_NS, Reject.TIME_TOO_FAR)
        except Refused as refused:
            orders.refuse(house, command, refused.reject)
            return house.events
        timers.run_timers(house, command.time_ns)
        house.now_ns = command.time_ns
        try:
            ACTIONS[command.kind](house, command)
        except Refused as refused:
            orders.refuse(house, command, refused.reject)
        orders.send_fired(house)
        return house.events

    def wallet_fields(self, number: int) -> dict:
        """Money, standing, margin state, switches, account.

        `message_count` is of the window of now; `isolated`: 0, or 1 + the only contract;
        `uncleared`: units awaited, asset 0 first; `exposure_cap`: of the account, 0: none.
        """
        wallet = self.house.wallets[number]
        return {
            "cash": wallet.cash,
            "pending": wallet.pending,
            "balances": list(wallet.holdings.values()),
            "state": int(wallet.state),
            "reduced_step": wallet.reduced_step,
            "investor_class": wallet.investor_class,
            "account_flags": wallet.account_flags,
            "valid_until_ns": wallet.valid_until_ns,
            "is_killed": wallet.is_killed,
            "session": int(wallet.session),
            "countdown_ns": wallet.countdown_ns,
            "message_count": sent_messages(self.house, wallet),
            "account": wallet.account,
            "isolated": wallet.isolated + 1,
            "uncleared": list(wallet.uncleared),
            "exposure_cap": wallet.exposure_cap,
            "notice_level": wallet.notice_level,
            "is_declared": wallet.is_declared,
            "group": wallet.group,
        }

    def position_fields(self, number: int, contract: int) -> dict:
        """The position and the sums over its counted orders."""
        position = self.house.wallets[number].positions[contract]
        return {name: getattr(position, name) for name in position.__slots__}

    def contract_fields(self, number: int) -> dict:
        """State, totals, rates, product and margin terms of a contract."""
        contract = self.house.contracts[number]
        known = contract.rates
        return {
            "state": int(contract.state),
            "open_interest": contract.open_interest,
            "buy_lots": contract.buy_lots,
            "sell_lots": contract.sell_lots,
            "trade_count": contract.book.trade_count,
            "last_ticks": contract.last,
            "pause_ns": contract.pause_ns,
            "index": known.index,
            "index_status": int(known.status),
            "good_index": known.good_index,
            "good_ns": known.good_ns,
            "mark": known.mark,
            "mark_ns": known.mark_ns,
            "is_stale": known.is_stale,
            "bits": known.bits,
            "rate": known.rate_ppb,
            "next_funding_ns": known.next_funding_ns,
            "premium_sum": known.premium_sum,
            "premium_count": known.premium_count,
            "basis": list(known.basis),
            "product": int(contract.product),
            "reference": int(contract.reference),
            "threshold_quote": contract.threshold,
            "im_addon_ppb": contract.im_addon_ppb,
            "mm_addon_ppb": contract.mm_addon_ppb,
            "alerts": contract.alerts,
            "funded_ns": known.funded_ns,
            "finals": list(contract.finals),
            "tiers": contract.rates_of_tiers(),
            "oi_fund_cap_lots": contract.fund_cap,
            "oi_depth_cap_lots": contract.depth_cap,
            "depth_lots": contract.depth if contract.terms.oi_depth else 0,
            "backstops": list(contract.backstops.items()),
        }

    def asset_fields(self, number: int) -> dict:
        """Price, valuation and state of an asset.

        `below_ns`: when the depeg began that is going on; compare it only while `is_below` (else
        it is the last one's beginning). `unlicensed_ns`: the start until a licence goes.
        """
        asset = self.house.assets[number]
        return {
            "price_ppb": asset.price_ppb,
            "valuation_ppb": asset.valuation_ppb,
            "conversion_ppb": asset.conversion_ppb,
            "is_convertible": asset.is_convertible,
            "is_licensed": asset.is_licensed,
            "haircut_ppb": asset.haircut_ppb,
            "is_depegged": asset.is_depegged,
            "is_broken": asset.is_broken,
            "is_below": asset.is_below,
            "below_ns": asset.below_ns,
            "unlicensed_ns": asset.unlicensed_ns,
            "break_units": asset.break_units,
        }

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        """Resting orders of a side in priority order."""
        return [
            RestingOrder(
                order.order_id,
                order.price,
                order.lots,
                order.wallet,
                order.priority_class,
                order.flags,
                order.stp,
                order.mark,
                order.visible,
                order.traded,
                order.expiry_ns,
                order.partner,
                order.is_quote,
            )
            for order in self.house.contracts[contract].book.sides[side]
        ]

    def waiting(self, contract: int) -> list[WaitingOrder]:
        """Conditional orders of a contract, in order of order id."""
        return [
            WaitingOrder(
                order.order_id,
                order.wallet,
                order.side,
                order.wait.order_type,
                order.wait.source,
                order.wait.trigger,
                activation_of(order, self.house.contracts[contract]),
                order.wait.extreme,
                order.lots,
                order.wait.distance if order.wait.is_trailing else order.price,
                order.wait.is_fired,
            )
            for order in sorted(
                self.house.contracts[contract].waiting, key=lambda each: each.order_id
            )
        ]

    def protections(self) -> list[tuple[int, int, bool, int]]:
        """(wallet, contract, is_frozen, fills counted now) of each protection, sorted."""
        return sorted(
            (*pair, each.is_frozen, len(protection.recent(self.house, each)))
            for pair, each in self.house.protections.items()
        )

    def claims(self) -> list[tuple[int, int, int]]:
        """(loss_id, wallet, open_quote) of what is still open, in the order made."""
        return [(each.loss_id, each.wallet, each.open_quote) for each in self.house.claims]

    def house_fields(self) -> dict:
        """Counters, timers, the agreement in force."""
        names = "now_ns step loss_count cycle_count deficit sequence next_sample_ns next_cycle_ns"
        names += " agreement_version vmgh_used"
        return {name: getattr(self.house, name) for name in names.split()}

    def check(self) -> None:
        """Assert every invariant."""
        checks.check(self.house)
