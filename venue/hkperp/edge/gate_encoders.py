"""A command about standing, products, the vault or default into its row.

`command_encoders` has all of them.
"""

import struct
from collections.abc import Callable
from typing import Any

from hkperp import gate_commands as c
from hkperp_engine.codes import Command

__all__ = ["GATE_ENCODERS"]

Buffer = bytearray | memoryview

#: time, contract, kind, side, flags, wallet, target, price, amount, tag: all that these need.
_ROW = struct.Struct("<qhbb2xbxii8xq8xqq").pack_into


def _clear_deposit(row: Buffer, it: c.ClearDeposit) -> None:
    flags = 1 if it.is_returned else 0
    numbers = (it.time_ns, 0, Command.CLEAR_DEPOSIT, 0, flags, it.wallet, it.asset)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _transfer(row: Buffer, it: c.Transfer) -> None:
    numbers = (it.time_ns, it.asset, Command.TRANSFER, 0, 0, it.wallet, it.target_wallet)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _redeem(row: Buffer, it: c.Redeem) -> None:
    numbers = (it.time_ns, 0, Command.REDEEM, 0, 0, it.wallet, it.asset)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _reverse_deposit(row: Buffer, it: c.ReverseDeposit) -> None:
    numbers = (it.time_ns, 0, Command.REVERSE_DEPOSIT, 0, 0, it.wallet, it.asset)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _reconcile(row: Buffer, it: c.Reconcile) -> None:
    numbers = (it.time_ns, 0, Command.RECONCILE, 0, 0, 0, it.asset)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _product_state(row: Buffer, it: c.ProductState) -> None:
    _ROW(row, 0, it.time_ns, it.contract, Command.PRODUCT_STATE, it.state, 0, 0, 0, 0, 0, it.tag)


def _reference_status(row: Buffer, it: c.ReferenceStatus) -> None:
    numbers = (it.time_ns, it.contract, Command.REFERENCE_STATUS, it.status)
    _ROW(row, 0, *numbers, 0, 0, 0, 0, 0, it.tag)


def _margin_addon(row: Buffer, it: c.MarginAddon) -> None:
    numbers = (it.time_ns, it.contract, Command.MARGIN_ADDON, 0, 0, 0, 0)
    _ROW(row, 0, *numbers, it.mm_ppb, it.im_ppb, it.tag)


def _asset_haircut(row: Buffer, it: c.AssetHaircut) -> None:
    numbers = (it.time_ns, 0, Command.ASSET_HAIRCUT, 0, 0, 0, it.asset)
    _ROW(row, 0, *numbers, 0, it.haircut_ppb, it.tag)


def _publish_agreement(row: Buffer, it: c.PublishAgreement) -> None:
    _ROW(row, 0, it.time_ns, 0, Command.PUBLISH_AGREEMENT, 0, 0, 0, 0, 0, it.version, it.tag)


def _acknowledge(row: Buffer, it: c.Acknowledge) -> None:
    numbers = (it.time_ns, 0, Command.ACKNOWLEDGE, 0, 0, it.wallet, 0)
    _ROW(row, 0, *numbers, 0, it.version, it.tag)


def _exposure_limit(row: Buffer, it: c.ExposureLimit) -> None:
    numbers = (it.time_ns, 0, Command.EXPOSURE_LIMIT, 0, 0, it.wallet, 0)
    _ROW(row, 0, *numbers, 0, it.limit_quote, it.tag)


def _declare_default(row: Buffer, it: c.DeclareDefault) -> None:
    _ROW(row, 0, it.time_ns, 0, Command.DECLARE_DEFAULT, 0, 0, it.wallet, 0, 0, 0, it.tag)


def _set_backstop(row: Buffer, it: c.SetBackstop) -> None:
    numbers = (it.time_ns, it.contract, Command.SET_BACKSTOP, 0, 0, it.wallet, 0)
    _ROW(row, 0, *numbers, 0, it.share_ppb, it.tag)


def _house_withdraw(row: Buffer, it: c.HouseWithdraw) -> None:
    numbers = (it.time_ns, 0, Command.HOUSE_WITHDRAW, 0, 0, 0, it.house_wallet)
    _ROW(row, 0, *numbers, 0, it.amount, it.tag)


def _issuer_default(row: Buffer, it: c.IssuerDefault) -> None:
    numbers = (it.time_ns, 0, Command.ISSUER_DEFAULT, 0, 0, 0, it.asset)
    _ROW(row, 0, *numbers, 0, it.recovered_ppb, it.tag)


#: How each struct is written into a COMMAND row: a function of the buffer and the command.
GATE_ENCODERS: dict[type, Callable[[Any, Any], None]] = {
    c.ClearDeposit: _clear_deposit,
    c.Transfer: _transfer,
    c.Redeem: _redeem,
    c.ReverseDeposit: _reverse_deposit,
    c.Reconcile: _reconcile,
    c.ProductState: _product_state,
    c.ReferenceStatus: _reference_status,
    c.MarginAddon: _margin_addon,
    c.AssetHaircut: _asset_haircut,
    c.PublishAgreement: _publish_agreement,
    c.Acknowledge: _acknowledge,
    c.ExposureLimit: _exposure_limit,
    c.DeclareDefault: _declare_default,
    c.SetBackstop: _set_backstop,
    c.HouseWithdraw: _house_withdraw,
    c.IssuerDefault: _issuer_default,
}
