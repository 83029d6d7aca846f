"""The house's random flow as rows and as structs, for the venue's tests."""

import numpy as np

import house_flow
import house_setting
from hkperp import commands as c
from hkperp.accounts import Account
from hkperp.edge.message_rows import ENCODERS, ROW_BYTES
from hkperp.state import ACCOUNT
from hkperp.venue import Venue
from hkperp_engine import codes
from hkperp_engine.codes import AccountFlag, Command
from hkperp_engine.layout import COMMAND

#: Everything tiny: every pool must grow, every ringful is one step.
TINY = (2, 1, 64, 1)
LARGE = (4096, 16, 65536, 4096)


def flow(seed, count):
    """Return (config, ACCOUNT rows, COMMAND rows) of a seed."""
    setting = house_setting.setting(seed)
    accounts = np.array([tuple(account) for account in setting.accounts], ACCOUNT)
    stream = house_flow.commands(setting, seed, count)
    return setting.config, accounts, np.array([tuple(each) for each in stream], COMMAND)


def venue_of(config, accounts, capacities=LARGE):
    """Return a new venue."""
    return Venue(config, accounts, capacities=capacities)


def _standing(flags):
    """The fields of an account, or of its new status, that the eight bits are."""
    return {
        "has_knowledge": bool(flags & AccountFlag.KNOWLEDGE),
        "has_agreement": bool(flags & AccountFlag.AGREEMENT),
        "has_notification": bool(flags & AccountFlag.AFMM_NOTIFICATION),
        "has_report": bool(flags & AccountFlag.AFMM_REPORT),
        "has_declaration": bool(flags & AccountFlag.AFMM_DECLARATION),
        "has_undertaking": bool(flags & AccountFlag.AFMM_UNDERTAKING),
        "is_group_company": bool(flags & AccountFlag.GROUP_COMPANY),
        "is_blocked": bool(flags & AccountFlag.BLOCKED),
    }


def account_structs(rows):
    """Return the `Account` structs that ACCOUNT rows are."""
    return [
        Account(
            investor_class=codes.InvestorClass(investor_class),
            **_standing(flags),
            valid_until_ns=until,
            owner=owner,
            isolated_contract=None if isolated < 0 else isolated,
            group=group,
        )
        for investor_class, flags, until, owner, isolated, group in rows.tolist()
    ]


def _order_fields(row):
    """The fields of an order that follow from its type, flags and time in force."""
    flags, target, amount = row["flags"], row["target"], row["amount"]
    source, kind = divmod(row["order_type"], 8)
    is_trailing = kind >= codes.OrderType.TRAILING_TICKS
    if is_trailing:
        waits_for = "activation_ticks"
    else:
        waits_for = "trigger_ticks" if kind >= codes.OrderType.STOP_MARKET else "shown_lots"
    terms = {"trigger_source": source, waits_for: target}
    if is_trailing:
        is_ticks = kind == codes.OrderType.TRAILING_TICKS
        terms["distance_ticks" if is_ticks else "distance_ppb"] = row["price_ticks"]
    if flags & codes.OrderFlag.LINKED:
        terms["partner_id"] = amount
    elif flags & codes.OrderFlag.BY_NOTIONAL:
        terms["notional"] = amount
    elif row["tif"] == codes.TimeInForce.GTD:
        terms["expiry_ns"] = amount
    for name, flag in (
        ("is_hidden", codes.OrderFlag.HIDDEN),
        ("is_sliding", codes.OrderFlag.SLIDE),
        ("is_close_position", codes.OrderFlag.CLOSE_POSITION),
    ):
        terms[name] = bool(flags & flag)
    made = c.OrderTerms(**terms)
    return {
        "side": row["side"],
        "price_ticks": 0 if is_trailing else row["price_ticks"],
        "order_type": kind,
        "time_in_force": row["tif"],
        "self_trade": row["stp"],
        "is_post_only": bool(flags & 1),
        "is_reduce_only": bool(flags & 2),
        "terms": None if made == c.OrderTerms() else made,
    }


def _switch_fields(row):
    """As `_fields`, for safeguards and for the operator's commands."""
    side, target = row["side"], row["target"]
    wallet = {name: row[name] for name in ("wallet", "contract")}
    return {
        Command.SET_COUNTDOWN: (
            c.SetCountdown,
            {"wallet": row["wallet"], "delay_ns": row["amount"]},
        ),
        Command.SET_SESSION: (c.SetSession, {"wallet": row["wallet"], "session": side}),
        Command.SET_PROTECTION: (
            c.SetProtection,
            {
                **wallet,
                "window_ns": row["amount"],
                "lots_max": row["lots"],
                "net_lots_max": row["price_ticks"],
                "trades_max": target,
            },
        ),
        Command.RESET_PROTECTION: (c.ResetProtection, wallet),
        Command.BUST_TRADE: (c.BustTrade, {"trade_sequence": row["order_id"]}),
        Command.COMPENSATE: (
            c.Compensate,
            {
                "wallet": row["wallet"],
                "amount": row["amount"],
                "reference_id": row["order_id"],
            },
        ),
        Command.KILL_SWITCH: (
            c.KillSwitch,
            {**wallet, "scope": target, "is_engaged": side == 1},
        ),
        Command.SUSPEND_AFMM: (c.SuspendAfmm, {"is_suspended": side == 1}),
    }.get(row["kind"], (None, {}))


def _book_fields(row):
    """As `_fields`, for what is done to many orders at once."""
    side, target = row["side"], row["target"]
    order = {name: row[name] for name in ("wallet", "order_id")}
    return {
        Command.MASS_CANCEL: (
            c.MassCancel,
            {
                "wallet": row["wallet"],
                "contract": row["contract"],
                "side": None if side == 2 else side,
                "price_low_ticks": row["price_ticks"],
                "price_high_ticks": row["lots"],
            },
        ),
        Command.MASS_QUOTE: (
            c.MassQuote,
            {
                **order,
                "contract": row["contract"],
                "bid_ticks": row["price_ticks"],
                "bid_lots": row["lots"],
                "ask_ticks": row["amount"],
                "ask_lots": target,
                "self_trade": row["stp"],
            },
        ),
    }.get(row["kind"]) or _switch_fields(row)


def _fields(row):
    """Return the struct's type and fields for a row, whatever else stands in the row."""
    kind, flags, side, target = row["kind"], row["flags"], row["side"], row["target"]
    order = {name: row[name] for name in ("wallet", "order_id")}
    money = {"wallet": row["wallet"], "asset": target, "amount": row["amount"]}
    price = {name: row[name] for name in ("contract", "price_ticks")}
    lots = {**price, "lots": row["lots"]}
    if kind == Command.NEW_ORDER:
        return c.NewOrder, {**order, **lots, **_order_fields(row)}
    if kind == Command.ACCOUNT_STATUS:
        return c.AccountStatus, {
            "wallet": row["wallet"],
            "investor_class": side,
            "valid_until_ns": row["amount"],
            **_standing(target),
        }
    if kind == Command.ASSET_STATE:
        return c.AssetState, {
            "asset": target,
            "is_convertible": bool(flags & 1),
            "is_licensed": bool(flags & 2),
            "is_depegged": bool(flags & 4),
            "is_broken": bool(flags & 8),
        }
    pair = {"long_wallet": row["wallet"], "short_wallet": target}
    return {
        Command.CANCEL: (c.Cancel, order),
        Command.AMEND: (
            c.Amend,
            {**order, **lots, "is_total": bool(flags & 1), "trigger_ticks": target},
        ),
        Command.DEPOSIT: (c.Deposit, {**money, "is_final": flags != 1}),
        Command.WITHDRAW: (c.Withdraw, money),
        Command.OPENING_TRADE: (c.OpeningTrade, {**lots, **pair}),
        Command.HOUSE_DEPOSIT: (
            c.HouseDeposit,
            {"house_wallet": target, "amount": row["amount"]},
        ),
        Command.SOURCE_PRICE: (
            c.SourcePrice,
            {**price, "source": target, "ask_ticks": row["lots"]},
        ),
        Command.TICK: (c.Tick, {}),
        Command.ASSET_PRICE: (c.AssetPrice, {"asset": target, "price_ppb": row["amount"]}),
        Command.CONTRACT_STATE: (c.ContractState, {"contract": row["contract"], "state": side}),
        Command.ADVANCE: (c.Advance, {}),
    }.get(kind) or _gate_fields(row)


def _gate_fields(row):
    """The same for commands about standing, products and the vault."""
    amount, target, side = row["amount"], row["target"], row["side"]
    wallet, contract = {"wallet": row["wallet"]}, {"contract": row["contract"]}
    money = {**wallet, "asset": target, "amount": amount}
    return {
        Command.CLEAR_DEPOSIT: (c.ClearDeposit, {**money, "is_returned": row["flags"] == 1}),
        Command.TRANSFER: (
            c.Transfer,
            {**wallet, "target_wallet": target, "asset": row["contract"], "amount": amount},
        ),
        Command.REDEEM: (c.Redeem, money),
        Command.REVERSE_DEPOSIT: (c.ReverseDeposit, money),
        Command.RECONCILE: (c.Reconcile, {"asset": target, "amount": amount}),
        Command.PRODUCT_STATE: (c.ProductState, {**contract, "state": side}),
        Command.REFERENCE_STATUS: (c.ReferenceStatus, {**contract, "status": side}),
        Command.MARGIN_ADDON: (
            c.MarginAddon,
            {**contract, "im_ppb": amount, "mm_ppb": row["price_ticks"]},
        ),
        Command.ASSET_HAIRCUT: (c.AssetHaircut, {"asset": target, "haircut_ppb": amount}),
        Command.PUBLISH_AGREEMENT: (c.PublishAgreement, {"version": amount}),
        Command.ACKNOWLEDGE: (c.Acknowledge, {**wallet, "version": amount}),
        Command.EXPOSURE_LIMIT: (c.ExposureLimit, {**wallet, "limit_quote": amount}),
    }.get(row["kind"]) or _book_fields(row)


def struct_of(row):
    """Return the command struct that encodes to exactly this COMMAND row, None if none does."""
    values = dict(zip(COMMAND.names, row.item(), strict=True))
    struct, fields = _fields(values)
    if struct is None:
        return None
    command = struct(time_ns=values["time_ns"], tag=values["tag"], **fields)
    written = bytearray(ROW_BYTES)
    try:
        ENCODERS[struct](written, command)
    except TypeError:  # fields that do not go together
        return None
    return command if bytes(written) == row.tobytes() else None
