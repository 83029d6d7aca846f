"""What a venue can be told: one frozen struct per kind of command.

    NewOrder Cancel Amend                              orders
    Deposit Withdraw OpeningTrade HouseDeposit         money and opening positions
    SourcePrice Tick AssetPrice AssetState             prices of the outside world
    AccountStatus ContractState                        standing of clients, trading state
    Advance                                            nothing but the time

Every command has `time_ns`, nanoseconds since the epoch, never going back, and `tag`, any number,
which comes back in the refusal. Prices are whole ticks, quantities whole lots, amounts ledger
units of the asset (1e-6 HKD for HKD). `contract`, `asset` and `source` count from 0 in the order
of the `Config`; client i has wallet 16 + i. docs/machine.md section 3 says what each does.

A value that is well-formed but not allowed is refused by the machine with a `Reject`; only what
does not fit the field is an error. This module imports neither numpy nor numba.
"""

from typing import Annotated

import msgspec

from hkperp_engine import codes

__all__ = [
    "AccountStatus",
    "Advance",
    "Amend",
    "AssetPrice",
    "AssetState",
    "Cancel",
    "ContractState",
    "Deposit",
    "HouseDeposit",
    "NewOrder",
    "OpeningTrade",
    "SourcePrice",
    "Tick",
    "Withdraw",
]

_INT64 = 2**63

#: A whole number as wide as its column of the COMMAND row.
Int16 = Annotated[int, msgspec.Meta(ge=-(2**15), le=2**15 - 1)]
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-_INT64, le=_INT64 - 1)]


class _Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    gc=False,
):
    """What all commands have."""

    time_ns: Int64
    tag: Int64 = 0


class NewOrder(_Command, frozen=True, kw_only=True, tag="NEW_ORDER"):
    """A new order. `order_id` is yours, 1 to 2^62, and free again when the order is gone.

    A MARKET order needs IOC or FOK; its price is the collar, `price_ticks` is ignored.
    """

    contract: Int16
    wallet: Int32
    order_id: Int64
    side: codes.Side
    lots: Int64
    price_ticks: Int64 = 0
    order_type: codes.OrderType = codes.OrderType.LIMIT
    time_in_force: codes.TimeInForce = codes.TimeInForce.GTC
    self_trade: codes.SelfTrade = codes.SelfTrade.CANCEL_NEWEST
    is_post_only: bool = False
    is_reduce_only: bool = False


class Cancel(_Command, frozen=True, kw_only=True, tag="CANCEL"):
    """Take what is left of a resting order out of the book. Works in every state."""

    wallet: Int32
    order_id: Int64


class Amend(_Command, frozen=True, kw_only=True, tag="AMEND"):
    """Give a resting order a new limit and `lots` open lots, whatever of it has traded.

    The same price with fewer lots keeps its place in the queue; anything else is a new arrival.
    """

    contract: Int16
    wallet: Int32
    order_id: Int64
    price_ticks: Int64
    lots: Int64


class Deposit(_Command, frozen=True, kw_only=True, tag="DEPOSIT"):
    """Bring `amount` ledger units of an asset into a client's wallet."""

    wallet: Int32
    asset: Int32
    amount: Int64


class Withdraw(_Command, frozen=True, kw_only=True, tag="WITHDRAW"):
    """Take `amount` ledger units of an asset out of a client's wallet, as far as it is free."""

    wallet: Int32
    asset: Int32
    amount: Int64


class OpeningTrade(_Command, frozen=True, kw_only=True, tag="OPENING_TRADE"):
    """Open a position of two clients against each other without the book, without a fee.

    Only before the contract's first trade: it is how a scenario begins with positions.
    """

    contract: Int16
    long_wallet: Int32
    short_wallet: Int32
    price_ticks: Int64
    lots: Int64


class HouseDeposit(_Command, frozen=True, kw_only=True, tag="HOUSE_DEPOSIT"):
    """Fund a layer of the waterfall: FIRST_LOSS, RESERVE or SECOND_TRANCHE, with HKD."""

    house_wallet: codes.HouseWallet
    amount: Int64


class SourcePrice(_Command, frozen=True, kw_only=True, tag="SOURCE_PRICE"):
    """What an index source shows now. It counts at the next mark step; no event."""

    contract: Int16
    source: Int32
    price_ticks: Int64


class Tick(_Command, frozen=True, kw_only=True, tag="TICK"):
    """A mark step: index, mark and margin test of every contract (docs/machine.md section 5)."""


class AssetPrice(_Command, frozen=True, kw_only=True, tag="ASSET_PRICE"):
    """The market price of a margin asset, ppb of HKD per unit."""

    asset: Int32
    price_ppb: Int64


class AssetState(_Command, frozen=True, kw_only=True, tag="ASSET_STATE"):
    """Whether a margin asset can be converted into cash, and whether its issuer is licensed."""

    asset: Int32
    is_convertible: bool
    is_licensed: bool


class AccountStatus(_Command, frozen=True, kw_only=True, tag="ACCOUNT_STATUS"):
    """The evidence about a client: its class, what is on file, until when it is valid."""

    wallet: Int32
    investor_class: codes.InvestorClass
    valid_until_ns: Int64
    has_knowledge: bool = True
    has_agreement: bool = True
    has_afmm_documents: bool = False


class ContractState(_Command, frozen=True, kw_only=True, tag="CONTRACT_STATE"):
    """Open, restrict, halt or close a contract."""

    contract: Int16
    state: codes.ContractState


class Advance(_Command, frozen=True, kw_only=True, tag="ADVANCE"):
    """Let time pass: timers that fall due run (samples, funding, settlement cycles)."""
