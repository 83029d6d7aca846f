"""Limits of accounts, groups and open interest; the house's own money; a failed issuer.

docs/default.md sections 2 and 4 (DFT-010, DFT-011, DFT-035, DFT-036), each at its boundary.
"""

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, HouseWallet, Posting, Reject
from vectors import (
    HOUR,
    A,
    B,
    C,
    D,
    Do,
    E,
    F,
    G,
    H,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    house,
    lots,
    opening,
    prices,
    sell,
    send,
    tick,
    venue,
    wait,
)

FULL = Reject.LIM_POSITION
EXTERNAL, UNCLEARED = int(HouseWallet.EXTERNAL), int(HouseWallet.UNCLEARED)


def amend(wallet: int, order_id: int, lots: int, price: int, reject: int = Reject.NONE) -> Do:
    """An AMEND."""
    fields = {"wallet": wallet, "order_id": order_id, "lots": lots, "price_ticks": price}
    return send(Kind.AMEND, reject, **fields)


# --- DFT-010.

# A holds 6, its isolated wallet B bids for 4: ten, and not one more. The other side is their own.
CLIENT = Vector(
    "DFT-010: a client's limit, over all its wallets",
    venue(contract(1, (0, 50_000, 30_000), client_lots_max=10)),
    4,
    (
        *prices(100),
        *(deposit(wallet, 9_999) for wallet in (A, B, C, D)),
        opening(A, C, 6, 100),
        buy(B, 1, 4, 99),
        buy(B, 2, 1, 99, reject=FULL),
        buy(A, 2, 1, 99, reject=FULL),
        opening(A, D, 1, 100, reject=FULL),
        opening(B, D, 1, 100, reject=FULL),
        amend(B, 1, 5, 99, FULL),
        amend(B, 1, 4, 98),  # its own lots are taken out first
        sell(B, 3, 10, 101),
        sell(A, 4, 1, 101, reject=FULL),
        sell(C, 4, 5, 101, reject=FULL),
        sell(C, 4, 4, 101),
        buy(C, 5, 10, 99),  # what closes its short is no credit: 10 long, 10 bid for
        buy(C, 6, 1, 99, reject=FULL),
        buy(D, 7, 10, 99),
    ),
    isolated=(-1, 0, -1, -1),
)

# A and B are connected, so is F, A's isolated wallet being E. C and D are of another group.
GROUP = Vector(
    "DFT-010: a group's limit exactly, and one more",
    venue(contract(1, (0, 50_000, 30_000), group_lots_max=10)),
    6,
    (
        *prices(100),
        *(deposit(wallet, 9_999) for wallet in (A, B, C, D, E, F)),
        opening(A, F, 3, 100),
        buy(C, 1, 4, 99),
        buy(B, 2, 3, 99),
        buy(C, 3, 1, 99, reject=FULL),
        opening(B, D, 1, 100, reject=FULL),
        buy(E, 4, 10, 99),
        buy(D, 5, 1, 99, reject=FULL),
        opening(D, C, 1, 100, reject=FULL),
        sell(C, 6, 10, 101),
        sell(A, 7, 1, 101, reject=FULL),
        buy(F, 8, 40, 99),  # of no group
        amend(C, 1, 5, 99, FULL),
        amend(C, 1, 3, 99),
        buy(B, 9, 1, 99),
    ),
    isolated=(-1, 0, -1, -1, -1, -1),
    groups=(7, 7, 7, 3, 3, 0),
)

# Half of open interest, at least 5. With 10 and 15 open that is 5 and 7; with 20 it is 10.
SHARE = Vector(
    "DFT-010: a share of open interest, and a limit passed because it falls",
    venue(contract(1, (0, 50_000, 30_000), oi_share_ppb=500_000_000, oi_share_floor_lots=5)),
    8,
    (
        *prices(100),
        *(deposit(wallet, 9_999) for wallet in (A, B, C, D, E, F, G, H)),
        opening(A, B, 6, 100, reject=FULL),
        opening(A, B, 5, 100),
        buy(A, 1, 1, 99, reject=FULL),
        opening(C, D, 5, 100),
        opening(E, F, 5, 100),
        buy(A, 1, 2, 99),  # 7
        buy(A, 2, 1, 99, reject=FULL),
        opening(G, H, 5, 100),
        buy(A, 2, 3, 99),  # 10
        buy(A, 3, 1, 99, reject=FULL),
        opening(F, E, 5, 100),  # 15 are open again
        lots(A, 5),
        See("position", (A, 0), "buy_lots", 5),
        amend(A, 2, 4, 98, FULL),  # 5 + 2 + 4 are more than 7
        amend(A, 2, 2, 99),  # in its place: a reduction is always free
        sell(A, 4, 5, 99),
    ),
)

# --- DFT-011. Twice the fund; mark 100.
FUND_CAP = Vector(
    "DFT-011: open interest against the fund",
    venue(contract(1, (0, 50_000, 30_000), oi_fund_multiple=200, oi_cap_lots=30)),
    3,
    (
        house(HouseWallet.FIRST_LOSS, 500),
        See("contract", (0,), "oi_fund_cap_lots", 30),  # no mark yet
        *prices(100),
        deposit(A, 99_999),
        deposit(B, 99_999),
        send(
            Kind.HOUSE_DEPOSIT,
            target=int(HouseWallet.RESERVE),
            amount=499,
            told=((Event.OI_CAP, {"contract": 0, "amount": 19}),),  # 1,998 / 100
        ),
        opening(A, B, 20, 100, reject=Reject.LIM_OI_CAP),
        opening(A, B, 19, 100),
        send(
            Kind.HOUSE_DEPOSIT,
            target=int(HouseWallet.SECOND_TRANCHE),
            amount=1,
            told=((Event.OI_CAP, {"amount": 20}),),
        ),
        buy(A, 1, 1, 99),
        buy(B, 2, 1, 99, reject=Reject.LIM_OI_CAP),
        Do(house(HouseWallet.RESERVE, 49).command, untold=(Event.OI_CAP,)),  # 20.98
        Do(house(HouseWallet.ERROR, 9_999).command, untold=(Event.OI_CAP,)),  # is no fund
        send(
            Kind.HOUSE_DEPOSIT,
            target=int(HouseWallet.RESERVE),
            amount=9_000,
            told=((Event.OI_CAP, {"amount": 30}),),  # its own cap
        ),
        Do(house(HouseWallet.RESERVE, 1).command, untold=(Event.OI_CAP,)),
        *prices(2_000),
        # 20,100 / 2,000; 19 are open, and nothing happens to them
        wait(HOUR, ((Event.CYCLE_DONE, {}), (Event.OI_CAP, {"contract": 0, "amount": 10}))),
        See("contract", (0,), "open_interest", 19),
        See("contract", (0,), "oi_fund_cap_lots", 10),
        sell(A, 3, 1, 2_000, reject=Reject.LIM_OI_CAP),
        sell(A, 3, 19, 2_000, flags=2),
    ),
)

# --- DFT-035.


def take_out(target: int, units: int, reject: int = Reject.NONE, told: tuple = ()) -> Do:
    """A HOUSE_WITHDRAW."""
    return send(Kind.HOUSE_WITHDRAW, reject, told, target=int(target), amount=units)


PREFUNDED = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)
HOUSE_MONEY = Vector(
    "DFT-035: what the operator may take, and what it may not",
    venue(contract(1, (0, 50_000, 30_000))),
    1,
    (
        *(house(account, 100) for account in (*PREFUNDED, HouseWallet.ERROR)),
        *(
            take_out(account, 0, Reject.WALLET_UNKNOWN)
            for account in (-1, 0, 1, 2, 4, 8, 10, 15, 16)
        ),
        *(take_out(account, 0, Reject.AMOUNT_INVALID) for account in (3, 5, 6, 7, 9)),
        take_out(HouseWallet.ERROR, 2**60 + 1, Reject.AMOUNT_INVALID),
        *(take_out(account, 1, Reject.RSV_UNAUTHORISED) for account in PREFUNDED),
        *(take_out(account, 2**60, Reject.RSV_UNAUTHORISED) for account in PREFUNDED),
        take_out(HouseWallet.FEES, 1, Reject.ERROR_ACCOUNT_SHORT),
        take_out(HouseWallet.ERROR, 101, Reject.ERROR_ACCOUNT_SHORT),
        take_out(
            HouseWallet.ERROR,
            100,
            told=(
                (
                    Event.POSTING,
                    {
                        "code": Posting.HOUSE_WITHDRAWAL,
                        "wallet": int(HouseWallet.ERROR),
                        "counter_wallet": EXTERNAL,
                        "amount": 100,
                    },
                ),
            ),
        ),
        take_out(HouseWallet.ERROR, 1, Reject.ERROR_ACCOUNT_SHORT),
        *(cash(account, 100) for account in PREFUNDED),
    ),
)

# --- DFT-036. The coin's issuer pays 30 % of par. A holds 110 coins (97 each hundred), B awaits 7.


def issuer_gone(amount: int, reject: int = Reject.NONE, told: tuple = (), target: int = 1) -> Do:
    """An ISSUER_DEFAULT."""
    return send(Kind.ISSUER_DEFAULT, reject, told, target=target, amount=amount)


def posted(posting: int, asset: int, sender: int, receiver: int, units: int, order_id: int = 0):
    """A posting."""
    fields = {"code": int(posting), "contract": asset, "wallet": sender}
    return Event.POSTING, {
        **fields,
        "counter_wallet": receiver,
        "amount": units,
        "order_id": order_id,
    }


LOSS, RECOVERY = Posting.ISSUER_LOSS, Posting.ISSUER_RECOVERY
ISSUER = Vector(
    "DFT-036: an issuer is gone, with units on their way",
    venue(contract(1, (0, 50_000, 30_000))),
    3,
    (
        *prices(100),
        deposit(A, 110, 1),
        deposit(C, 1_000),
        Do(deposit(B, 7, 1).command._replace(flags=1)),
        opening(A, C, 20, 100),
        issuer_gone(1, Reject.ASSET_UNKNOWN, target=0),
        issuer_gone(1, Reject.ASSET_UNKNOWN, target=4),
        issuer_gone(-1, Reject.AMOUNT_INVALID),
        issuer_gone(1_000_000_001, Reject.AMOUNT_INVALID),
        issuer_gone(1, Reject.STATE_INVALID, target=2),  # bitcoin has no par
        issuer_gone(
            300_000_000,
            told=(
                (Event.ASSET_STATE, {"contract": 1, "code": 0}),
                (Event.ASSET_HAIRCUT, {"contract": 1, "amount": 1_000_000_000}),
                posted(LOSS, 1, A, EXTERNAL, 110),
                posted(RECOVERY, 0, EXTERNAL, A, 33),
                posted(LOSS, 1, UNCLEARED, EXTERNAL, 7, B),
                posted(RECOVERY, 0, EXTERNAL, B, 2, B),  # 2.1
            ),
        ),
        issuer_gone(1, Reject.STATE_INVALID),
        See("wallet", (A,), "balances", [0, 0, 0]),
        See("wallet", (B,), "uncleared", [0, 0, 0, 0]),
        cash(A, 33),
        cash(B, 2),
        deposit(A, 1, 1, reject=Reject.COLL_ISSUER_UNLICENSED),
        send(Kind.CLEAR_DEPOSIT, Reject.DEPOSIT_UNKNOWN, wallet=B, target=1, amount=1),
        lots(A, 20),
        # A is left with 33 where MM is 60 and COM is 40: taken over at the next mark step, with
        # nothing owed. Its issuer's loss is in no layer.
        tick(((Event.TAKEOVER, {"wallet": A, "lots": 20}),), (Event.DEFAULT, Event.ALLOCATION)),
        cash(A, 33),
    ),
)

VECTORS = (CLIENT, GROUP, SHARE, FUND_CAP, HOUSE_MONEY, ISSUER)
