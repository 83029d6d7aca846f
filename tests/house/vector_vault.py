"""Whose money, and when it counts: docs/gate.md section 4, to the unit and to the nanosecond."""

import msgspec

from hkperp.config import Config, Limit
from hkperp_engine.codes import AssetFlag, Event, HouseWallet, Posting, Reject
from hkperp_engine.codes import Command as Kind
from vectors import (
    COIN,
    HOUR,
    A,
    B,
    C,
    Do,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    house,
    prices,
    send,
    venue,
    wait,
    withdraw,
)

PLAIN = venue(contract(1, (0, 500_000, 250_000)))
EXTERNAL, UNCLEARED, ERROR = HouseWallet.EXTERNAL, HouseWallet.UNCLEARED, HouseWallet.ERROR
SOUND_STATE = int(AssetFlag.CONVERTIBLE | AssetFlag.LICENSED)
PPB = 1_000_000_000


def with_coin(**terms) -> Config:
    """The venue with other terms of its coin, asset 1; the coin is at 0.97."""
    assets = list(PLAIN.assets)
    assets[1] = msgspec.structs.replace(assets[1], **terms)
    return msgspec.structs.replace(PLAIN, assets=tuple(assets))


def later(wallet: int, units: int, asset: int = 0, reject: int = 0) -> Do:
    """A deposit that is not final yet."""
    fields = {"wallet": wallet, "target": asset, "amount": units, "flags": 1}
    return send(Kind.DEPOSIT, reject, **fields)


def clear(wallet: int, units: int, reject: int = 0, flags: int = 0, **more) -> Do:
    """A CLEAR_DEPOSIT of cash."""
    fields = {"wallet": wallet, "amount": units, "flags": flags}
    return send(Kind.CLEAR_DEPOSIT, reject, **{**fields, **more})


def posted(code: int, payer: int, receiver: int, units: int, **more) -> tuple:
    """The event of a POSTING."""
    fields = {"code": code, "wallet": payer, "counter_wallet": receiver, "amount": units}
    return (Event.POSTING, {**fields, **more})


def awaited(wallet: int, *units: int) -> See:
    """What a wallet awaits, by asset."""
    return See("wallet", (wallet,), "uncleared", list(units))


def tick(after_ns: int = 0, told: tuple = ()) -> Do:
    """A mark step so much later."""
    return send(Kind.TICK, told=told, after_ns=after_ns)


def state(flags: int) -> Do:
    """An ASSET_STATE of the coin."""
    return send(Kind.ASSET_STATE, target=1, flags=flags)


def price(ppb: int) -> Do:
    """An ASSET_PRICE of the coin."""
    return send(Kind.ASSET_PRICE, target=1, amount=ppb)


# --- GAT-034, 035. IM 50 %: 100 in cash carry 2 lots at 100.

AWAITED = Vector(
    "GAT-034, 035: a deposit that is not final counts for nothing",
    PLAIN,
    2,
    (
        *prices(100),
        send(
            Kind.DEPOSIT,
            wallet=A,
            amount=100,
            flags=1,
            told=(posted(Posting.DEPOSIT_UNCLEARED, EXTERNAL, UNCLEARED, 100, order_id=A),),
        ),
        send(Kind.DEPOSIT, Reject.STATE_INVALID, wallet=A, amount=100, flags=2),
        cash(A, 0),
        cash(UNCLEARED, 100),
        awaited(A, 100, 0, 0, 0),
        buy(A, 1, 1, 100, reject=Reject.MRG_INSUFFICIENT),
        withdraw(A, 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        clear(B, 1, Reject.DEPOSIT_UNKNOWN),
        clear(A, 101, Reject.DEPOSIT_UNKNOWN),
        clear(A, 1, Reject.DEPOSIT_UNKNOWN, target=1),
        clear(A, 1, Reject.STATE_INVALID, flags=2),
        clear(A, 0, Reject.AMOUNT_INVALID),
        clear(UNCLEARED, 1, Reject.WALLET_UNKNOWN),
        send(
            Kind.CLEAR_DEPOSIT,
            wallet=A,
            amount=60,
            told=(posted(Posting.DEPOSIT_CLEARED, UNCLEARED, A, 60, order_id=A),),
        ),
        send(
            Kind.CLEAR_DEPOSIT,
            wallet=A,
            amount=40,
            flags=1,
            told=(posted(Posting.DEPOSIT_RETURNED, UNCLEARED, EXTERNAL, 40, order_id=A),),
        ),
        clear(A, 1, Reject.DEPOSIT_UNKNOWN),
        cash(A, 60),
        cash(UNCLEARED, 0),
        buy(A, 1, 1, 100),
    ),
)

# The vectors begin at midnight. From 9 h to 17 h a deposit is final at once.
HOURS = Vector(
    "GAT-034: settlement hours, to the nanosecond",
    with_coin(open_ns=9 * HOUR, close_ns=17 * HOUR),
    1,
    (
        deposit(A, 1, 1),
        awaited(A, 0, 1, 0, 0),
        wait(9 * HOUR - 1),
        deposit(A, 2, 1),
        awaited(A, 0, 3, 0, 0),
        wait(1),
        deposit(A, 4, 1),
        wait(8 * HOUR - 1),
        deposit(A, 8, 1),
        See("wallet", (A,), "balances", [12, 0, 0]),
        wait(1),
        deposit(A, 16, 1),
        awaited(A, 0, 19, 0, 0),
        wait(16 * HOUR),  # 9 h of the next day
        deposit(A, 32, 1),
        later(A, 64, 1),
        See("wallet", (A,), "balances", [44, 0, 0]),
        awaited(A, 0, 83, 0, 0),
    ),
)

NIGHT = Vector(
    "GAT-034: settlement hours over midnight",
    with_coin(open_ns=22 * HOUR, close_ns=2 * HOUR),
    1,
    (
        deposit(A, 1, 1),
        wait(2 * HOUR - 1),
        deposit(A, 2, 1),
        wait(1),
        deposit(A, 4, 1),
        wait(20 * HOUR - 1),
        deposit(A, 8, 1),
        wait(1),
        deposit(A, 16, 1),
        See("wallet", (A,), "balances", [19, 0, 0]),
        awaited(A, 0, 12, 0, 0),
    ),
)

# --- GAT-036. u coins at 0.97 are floor(0.97 u): 619 are 600, 620 are 601; 1,031 are 1,000.

CAPPED = msgspec.structs.replace(
    PLAIN,
    limits=(Limit(name="issuer", assets=("COIN",), pool_cap_quote=1_000, client_cap_quote=600),),
)

CONCENTRATION = Vector(
    "GAT-036: limits on an issuer, exactly and one unit more",
    CAPPED,
    3,
    (
        deposit(A, 620, 1, reject=Reject.COLL_CONCENTRATION),
        deposit(A, 600, 1),
        later(A, 20, 1, Reject.COLL_CONCENTRATION),
        later(A, 19, 1),  # what it awaits counts
        # B is A's wallet. Wallet by wallet: 600 + floor(1.94) is above, 600 + floor(0.97) is not.
        deposit(B, 2, 1, reject=Reject.COLL_CONCENTRATION),
        deposit(B, 1, 1),
        deposit(C, 412, 1, reject=Reject.COLL_CONCENTRATION),  # 1,032: 1,001.04
        deposit(C, 411, 1),
        price(1_000_000_000),  # what a price does breaks nothing
        See("wallet", (A,), "balances", [600, 0, 0]),
        clear(A, 19, flags=1, target=1),
        send(Kind.WITHDRAW, wallet=C, target=1, amount=411),
        deposit(A, 1, 1, reject=Reject.COLL_CONCENTRATION),  # 602
        send(Kind.WITHDRAW, wallet=A, target=1, amount=2),
        deposit(B, 1, 1),  # 600
        deposit(B, 1, 1, reject=Reject.COLL_CONCENTRATION),
    ),
    isolated=(-1, 0, -1),
)

# --- GAT-038. Par is 1, the price 0.97: the issuer pays 40 for 40 coins.

REDEMPTION = Vector(
    "GAT-038: units go to the issuer at once, the money comes later",
    PLAIN,
    1,
    (
        deposit(A, 100, 1),
        send(
            Kind.REDEEM,
            wallet=A,
            target=1,
            amount=40,
            told=(
                posted(Posting.REDEMPTION, A, EXTERNAL, 40, contract=1),
                posted(Posting.DEPOSIT_UNCLEARED, EXTERNAL, UNCLEARED, 40, contract=0, order_id=A),
            ),
        ),
        cash(A, 0),
        See("wallet", (A,), "balances", [60, 0, 0]),
        awaited(A, 40, 0, 0, 0),
        send(Kind.REDEEM, Reject.NOCR_WITHDRAWAL_REFUSED, wallet=A, target=1, amount=61),
        send(Kind.REDEEM, Reject.ASSET_UNKNOWN, wallet=A, target=0, amount=1),
        send(Kind.REDEEM, Reject.STATE_INVALID, wallet=A, target=2, amount=1),
        state(int(AssetFlag.LICENSED)),
        send(Kind.REDEEM, Reject.COLL_REDEMPTION_CLOSED, wallet=A, target=1, amount=1),
        state(SOUND_STATE | AssetFlag.DEPEGGED),
        send(Kind.REDEEM, wallet=A, target=1, amount=60),
        clear(A, 100),
        withdraw(A, 100),
    ),
)

# --- GAT-039, 040. A's second deposit of 50 never reached the custodian.


def reconcile(units: int, told: tuple = (), asset: int = 0) -> Do:
    """A RECONCILE."""
    return send(Kind.RECONCILE, told=told, target=asset, amount=units)


def reverse(wallet: int, units: int, reject: int = 0, told: tuple = (), asset: int = 0) -> Do:
    """A REVERSE_DEPOSIT."""
    fields = {"wallet": wallet, "target": asset, "amount": units}
    return send(Kind.REVERSE_DEPOSIT, reject, told, **fields)


GHOST = Vector(
    "GAT-039, 040: a ghost credit is found, stopped and taken back",
    PLAIN,
    2,
    (
        deposit(A, 100),
        later(A, 7),  # what is not final is not held
        reconcile(100, ((Event.RECONCILED, {"contract": 0, "amount": 100}),)),
        reverse(A, 1, Reject.STATE_INVALID),
        deposit(A, 50),
        reconcile(
            100,
            ((Event.SEG_BREAK, {"contract": 0, "amount": 50, "order_id": 150}),),
        ),
        See("asset", (0,), "is_broken", 1),
        withdraw(A, 1, reject=Reject.SEG_BREAK),
        send(Kind.TRANSFER, Reject.SEG_BREAK, wallet=A, target=B, amount=1),
        deposit(A, 3),  # money may come
        reverse(A, 51, Reject.STATE_INVALID),
        reverse(A, 20, told=(posted(Posting.DEPOSIT_REVERSED, A, EXTERNAL, 20),)),
        reverse(A, 31, Reject.STATE_INVALID),
        reverse(A, 30),
        cash(A, 103),
        See("asset", (0,), "break_units", 0),
        withdraw(A, 1, reject=Reject.SEG_BREAK),
        reconcile(103, ((Event.RECONCILED, {"contract": 0, "amount": 103}),)),
        withdraw(A, 103),
    ),
    isolated=(-1, 0),
)

# The 50 that were not there are spent: A has 20 left, 30 come from the operator. C's money is C's.
SPENT = Vector(
    "GAT-040: what a ghost credit has spent is the operator's loss",
    PLAIN,
    3,
    (
        deposit(C, 100),
        deposit(A, 50),
        withdraw(A, 30),
        reconcile(70, ((Event.SEG_BREAK, {"amount": 50, "order_id": 120}),)),
        reverse(A, 50, Reject.ERROR_ACCOUNT_SHORT),
        house(ERROR, 29),
        reverse(A, 50, Reject.ERROR_ACCOUNT_SHORT),
        house(ERROR, 1),
        reverse(
            A,
            50,
            told=(
                posted(Posting.DEPOSIT_REVERSED, A, EXTERNAL, 20),
                posted(Posting.DEPOSIT_REVERSED, ERROR, EXTERNAL, 30),
            ),
        ),
        cash(A, 0),
        cash(ERROR, 0),
        cash(C, 100),
        reconcile(100, ((Event.RECONCILED, {"amount": 100}),)),
        # Coins of a ghost cannot come from HKD.
        deposit(A, 5, 1),
        send(Kind.WITHDRAW, wallet=A, target=1, amount=2),
        deposit(C, 9, 1),
        reconcile(7, ((Event.SEG_BREAK, {"contract": 1, "amount": 5, "order_id": 12}),), 1),
        house(ERROR, 30),
        reverse(A, 4, Reject.ERROR_ACCOUNT_SHORT, asset=1),
        reverse(A, 3, asset=1),
        See("asset", (1,), "break_units", 2),
        send(Kind.REDEEM, Reject.SEG_BREAK, wallet=C, target=1, amount=1),
        withdraw(C, 100),  # HKD is not broken
        # The operator brings the two coins that are missing.
        reconcile(9, ((Event.RECONCILED, {"contract": 1, "amount": 9}),), 1),
        send(Kind.REDEEM, wallet=C, target=1, amount=1),
    ),
)

assert COIN.price_ppb == 970_000_000  # what the arithmetic above stands on

VECTORS = (AWAITED, HOURS, NIGHT, CONCENTRATION, REDEMPTION, GHOST, SPENT)
