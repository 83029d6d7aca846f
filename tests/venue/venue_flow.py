"""The house's random flow as rows and as structs, for the venue's tests."""

import numpy as np

import house_flow
import house_setting
from hkperp import commands as c
from hkperp.accounts import Account
from hkperp.message_rows import ENCODERS, ROW_BYTES
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


def account_structs(rows):
    """Return the `Account` structs that ACCOUNT rows are."""
    return [
        Account(
            investor_class=codes.InvestorClass(investor_class),
            has_knowledge=bool(flags & AccountFlag.KNOWLEDGE),
            has_agreement=bool(flags & AccountFlag.AGREEMENT),
            has_afmm_documents=bool(flags & AccountFlag.AFMM_DOCUMENTS),
            valid_until_ns=until,
            owner=owner,
        )
        for investor_class, flags, until, owner in rows.tolist()
    ]


def _fields(row):
    """Return the struct's type and fields for a row, whatever else stands in the row."""
    kind, flags, side, target = row["kind"], row["flags"], row["side"], row["target"]
    order = {name: row[name] for name in ("wallet", "order_id")}
    money = {"wallet": row["wallet"], "asset": target, "amount": row["amount"]}
    price = {name: row[name] for name in ("contract", "price_ticks")}
    lots = {**price, "lots": row["lots"]}
    if kind == Command.NEW_ORDER:
        return c.NewOrder, {
            **order,
            **lots,
            "side": side,
            "order_type": row["order_type"],
            "time_in_force": row["tif"],
            "self_trade": row["stp"],
            "is_post_only": bool(flags & 1),
            "is_reduce_only": bool(flags & 2),
        }
    if kind == Command.ACCOUNT_STATUS:
        return c.AccountStatus, {
            "wallet": row["wallet"],
            "investor_class": side,
            "valid_until_ns": row["amount"],
            "has_knowledge": bool(flags & 1),
            "has_agreement": bool(flags & 2),
            "has_afmm_documents": bool(flags & 4),
        }
    if kind == Command.ASSET_STATE:
        convertible, licensed = bool(flags & 1), bool(flags & 2)
        return c.AssetState, {
            "asset": target,
            "is_convertible": convertible,
            "is_licensed": licensed,
        }
    pair = {"long_wallet": row["wallet"], "short_wallet": target}
    return {
        Command.CANCEL: (c.Cancel, order),
        Command.AMEND: (c.Amend, {**order, **lots}),
        Command.DEPOSIT: (c.Deposit, money),
        Command.WITHDRAW: (c.Withdraw, money),
        Command.OPENING_TRADE: (c.OpeningTrade, {**lots, **pair}),
        Command.HOUSE_DEPOSIT: (
            c.HouseDeposit,
            {"house_wallet": target, "amount": row["amount"]},
        ),
        Command.SOURCE_PRICE: (c.SourcePrice, {**price, "source": target}),
        Command.TICK: (c.Tick, {}),
        Command.ASSET_PRICE: (c.AssetPrice, {"asset": target, "price_ppb": row["amount"]}),
        Command.CONTRACT_STATE: (c.ContractState, {"contract": row["contract"], "state": side}),
        Command.ADVANCE: (c.Advance, {}),
    }.get(kind, (None, {}))


def struct_of(row):
    """Return the command struct that encodes to exactly this COMMAND row, None if none does."""
    values = dict(zip(COMMAND.names, row.item(), strict=True))
    struct, fields = _fields(values)
    if struct is None:
        return None
    command = struct(time_ns=values["time_ns"], tag=values["tag"], **fields)
    written = bytearray(ROW_BYTES)
    ENCODERS[struct](written, command)
    return command if bytes(written) == row.tobytes() else None
