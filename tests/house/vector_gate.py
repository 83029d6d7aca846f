"""Who may trade what: isolated wallets, standing, exposure, products (docs/gate.md 1 to 3)."""

import msgspec

from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    CancelReason,
    Event,
    HouseWallet,
    InvestorClass,
    Posting,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from vectors import (
    FOREVER,
    SOUND,
    A,
    B,
    C,
    D,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    lots,
    opening,
    prices,
    sell,
    send,
    venue,
)

PLAIN = contract(1, (0, 100_000, 50_000))
AFMM, CORP = int(InvestorClass.AFMM), int(InvestorClass.CORP_PI)
ALL_DOCUMENTS = int(AFMM_DOCUMENTS) | SOUND
GROUP, BLOCKED = int(AccountFlag.GROUP_COMPANY), int(AccountFlag.BLOCKED)


def two_contracts():
    """A venue of two contracts alike."""
    config = venue(PLAIN)
    second = msgspec.structs.replace(PLAIN, name="ETH")
    return msgspec.structs.replace(config, contracts=(PLAIN, second))


def prices_of(number: int, ticks: int) -> tuple:
    """As prices, for any contract."""
    fields = {"contract": number, "price_ticks": ticks}
    sources = (send(Kind.SOURCE_PRICE, target=source, **fields) for source in range(3))
    return (*sources, send(Kind.TICK))


def transfer(sender: int, receiver: int, units: int, reject: int = 0, asset: int = 0, **more):
    """A TRANSFER."""
    fields = {"wallet": sender, "target": receiver, "contract": asset, "amount": units}
    return send(Kind.TRANSFER, reject, **fields, **more)


# --- GAT-001 to 004. B is A's isolated wallet for contract 0; C is somebody else. IM 10 %.

# B, long 10 at 100 with 100, is down 150 at 85: D = 50. The loss is shared by C, who won 150; A,
# whose account it is, keeps its 900.
ISOLATED = Vector(
    "GAT-001: an isolated loss never touches the cross wallet",
    venue(PLAIN),
    3,
    (
        deposit(A, 1_000),
        deposit(C, 9_000),
        transfer(
            A,
            B,
            100,
            told=(
                (
                    Event.POSTING,
                    {
                        "code": Posting.TRANSFER,
                        "wallet": A,
                        "counter_wallet": B,
                        "amount": 100,
                        "contract": 0,
                    },
                ),
            ),
        ),
        See("wallet", (B,), "isolated", 1),
        See("wallet", (B,), "account", A),
        *prices(100),
        opening(B, C, 11, 100, reject=Reject.MRG_INSUFFICIENT),  # 110
        opening(B, C, 10, 100),
        *prices(
            85,
            (
                (Event.DEFAULT, {"wallet": B, "amount": 50}),
                (Event.TAKEOVER, {"wallet": B, "lots": 10}),
                (Event.HAIRCUT, {"wallet": C, "amount": 50}),
            ),
        ),
        cash(A, 900),
        cash(B, 0),
        cash(C, 9_100),
        lots(B, 0),
    ),
    isolated=(-1, 0, -1),
)

# A holds 10 lots at 100 with 250: IM 100, so 150 may go. B, C: its wallets; D: somebody else.
TRANSFERS = Vector(
    "GAT-003, 004: what may move where, and what an isolated wallet may trade",
    two_contracts(),
    5,
    (
        *prices(100),
        *prices_of(1, 100),
        deposit(A, 250),
        deposit(D, 9_000),
        opening(A, D, 10, 100),
        transfer(A, A, 1, Reject.WALLET_UNKNOWN),
        transfer(A, D, 1, Reject.WALLET_UNKNOWN),
        transfer(A, HouseWallet.FEES, 1, Reject.WALLET_UNKNOWN),
        transfer(A, B, 1, Reject.ASSET_UNKNOWN, asset=4),
        transfer(A, B, 0, Reject.AMOUNT_INVALID),
        transfer(A, B, 151, Reject.NOCR_WITHDRAWAL_REFUSED),
        transfer(A, B, 150),
        transfer(B, C, 60),
        transfer(B, C, 91, Reject.NOCR_WITHDRAWAL_REFUSED),
        cash(B, 90),
        cash(C, 60),
        buy(C, 1, 1, 100, reject=Reject.WALLET_ISOLATED),
        buy(C, 1, 6, 100, contract=1),
        buy(B, 2, 1, 100, reject=Reject.WALLET_ISOLATED, contract=1),
        send(Kind.ACCOUNT_STATUS, Reject.WALLET_UNKNOWN, wallet=B, side=2, target=3, amount=5),
        # What A's account loses, C loses: its order goes at once.
        send(
            Kind.ACCOUNT_STATUS,
            wallet=A,
            side=2,
            target=int(AccountFlag.AGREEMENT),
            amount=FOREVER,
            told=(
                (Event.ACCOUNT_STATUS, {"wallet": A, "code": 2, "flags": 2}),
                (Event.ORDER_CANCELLED, {"wallet": C, "code": CancelReason.LAPSED}),
            ),
        ),
        buy(C, 3, 6, 100, reject=Reject.ELIG_NO_KNOWLEDGE, contract=1),
        # D's wallet is D's: nothing of it moved.
        cash(D, 9_000),
    ),
    isolated=(-1, 0, 1, -1),
)

# --- GAT-010, 011: what is missing, one by one. A is the affiliate, B a company of the group.


def status(wallet: int, kind: int, flags: int, reject: int = 0, until: int = FOREVER):
    """An ACCOUNT_STATUS."""
    fields = {"wallet": wallet, "side": kind, "target": flags, "amount": until}
    return send(Kind.ACCOUNT_STATUS, reject, **fields)


def refused(wallet: int, reject: int):
    """A buy that is refused."""
    return buy(wallet, 9, 1, 100, reject=reject)


STANDING = Vector(
    "GAT-010, 011: restrictions in their order",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        *(
            row
            for document in (4, 8, 16, 32)
            for row in (
                status(A, AFMM, ALL_DOCUMENTS & ~document),
                refused(A, Reject.AFMM_NOT_PERMITTED),
            )
        ),
        status(A, AFMM, ALL_DOCUMENTS | GROUP),
        buy(A, 1, 1, 99),
        refused(B, Reject.AFMM_GROUP_PROP_BAN),
        status(B, CORP, 0, until=0),
        refused(B, Reject.ELIG_PI_LAPSED),
        status(B, CORP, GROUP, until=0),
        refused(B, Reject.AFMM_GROUP_PROP_BAN),
        status(B, CORP, GROUP | BLOCKED, until=0),
        refused(B, Reject.ELIG_JURISDICTION),
        status(B, int(InvestorClass.NONE), GROUP | BLOCKED),
        refused(B, Reject.ELIG_NOT_PI),
        deposit(B, 1, reject=Reject.ELIG_NOT_PI),
        status(B, CORP, 0),
        refused(B, Reject.ELIG_NO_KNOWLEDGE),
        status(B, CORP, int(AccountFlag.KNOWLEDGE)),
        refused(B, Reject.ELIG_NO_AGREEMENT),
        status(B, CORP, 256, Reject.STATE_INVALID),
        status(B, CORP, -1, Reject.STATE_INVALID),
        status(B, AFMM, SOUND, Reject.STATE_INVALID),
        status(B, CORP, SOUND),
        buy(B, 2, 1, 99),
        # Barred, C may still close what it has.
        opening(C, B, 2, 100),
        status(C, CORP, SOUND | BLOCKED),
        refused(C, Reject.ELIG_JURISDICTION),
        sell(C, 3, 2, 101),
        See("contract", (0,), "sell_lots", 0),
    ),
    standing=((A, AFMM, ALL_DOCUMENTS), (B, CORP, SOUND | GROUP)),
)

AGREEMENT = Vector(
    "GAT-012: a new version of the agreement",
    venue(PLAIN),
    2,
    (
        *prices(100),
        deposit(A, 1_000),
        buy(A, 1, 1, 99),
        See("house", (), "agreement_version", 1),
        send(Kind.PUBLISH_AGREEMENT, Reject.STATE_INVALID, amount=1),
        send(Kind.PUBLISH_AGREEMENT, Reject.STATE_INVALID, amount=2**31),
        send(Kind.PUBLISH_AGREEMENT, amount=3, told=((Event.AGREEMENT, {"amount": 3}),)),
        See("wallet", (A,), "account_flags", int(AccountFlag.KNOWLEDGE)),
        See("wallet", (B,), "account_flags", int(AccountFlag.KNOWLEDGE)),
        buy(A, 2, 1, 99, reject=Reject.ELIG_NO_AGREEMENT),
        See("contract", (0,), "buy_lots", 1),  # until the mark step
        send(
            Kind.TICK,
            told=((Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.LAPSED}),),
        ),
        send(Kind.ACKNOWLEDGE, Reject.ELIG_NO_AGREEMENT, wallet=A, amount=1),
        send(Kind.ACKNOWLEDGE, Reject.WALLET_UNKNOWN, wallet=B, amount=3),
        send(
            Kind.ACKNOWLEDGE,
            wallet=A,
            amount=3,
            told=((Event.ACKNOWLEDGED, {"wallet": A, "amount": 3}),),
        ),
        See("wallet", (B,), "account_flags", SOUND),
        buy(A, 3, 1, 99),
    ),
    isolated=(-1, 0),
)

# --- GAT-013. tv 1, mark 100. A and its isolated wallet B may have 1,000 together, C 500.


def cap(wallet: int, amount: int, reject: int = 0):
    """An EXPOSURE_LIMIT."""
    return send(Kind.EXPOSURE_LIMIT, reject, wallet=wallet, amount=amount)


EXPOSURE = Vector(
    "GAT-013: the exposure limit of an account, exactly",
    venue(PLAIN),
    4,
    (
        *prices(100),
        *(deposit(wallet, 9_000) for wallet in (A, B, C, D)),
        cap(B, 1, Reject.WALLET_UNKNOWN),
        cap(A, -1, Reject.AMOUNT_INVALID),
        cap(A, 2**60 + 1, Reject.AMOUNT_INVALID),
        cap(A, 1_000),
        See("wallet", (A,), "exposure_cap", 1_000),
        buy(B, 1, 3, 100),  # 300 of the account
        buy(A, 2, 8, 100, reject=Reject.LIM_CLIENT_EXPOSURE),  # 1,100
        buy(A, 2, 7, 100),  # 1,000
        buy(A, 3, 1, 90, reject=Reject.LIM_CLIENT_EXPOSURE),
        # The other side stands beside, not on top: 6 * 101 = 606 is below 700; 707 is not.
        sell(A, 4, 6, 101),
        sell(A, 5, 1, 101, reject=Reject.LIM_CLIENT_EXPOSURE),
        send(
            Kind.AMEND, Reject.LIM_CLIENT_EXPOSURE, wallet=A, order_id=4, price_ticks=101, lots=7
        ),
        cap(C, 500),
        opening(C, D, 6, 100, reject=Reject.LIM_CLIENT_EXPOSURE),
        opening(D, C, 6, 100, reject=Reject.LIM_CLIENT_EXPOSURE),
        opening(C, D, 5, 100),
        # At 110 C has 550: nothing happens, but it can only reduce.
        *prices(110),
        lots(C, 5),
        buy(C, 6, 1, 100, reject=Reject.LIM_CLIENT_EXPOSURE),
        sell(C, 7, 5, 112),
        cap(C, 0),
        buy(C, 8, 1, 100),
    ),
    isolated=(-1, 0),
)

VECTORS = (ISOLATED, TRANSFERS, STANDING, AGREEMENT, EXPOSURE)
