"""Rules of access by hand: who may trade (ELIG), as affiliate (AFMM), in which product (PROD).

Initial margin is 10 %, a lot gains 1 unit a tick, the mark is 100: 10 lots need 100.
"""

from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    CancelReason,
    Event,
    InvestorClass,
    ProductState,
    ReferenceStatus,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from reference.rows import Command
from vectors import (
    SOUND,
    A,
    B,
    C,
    D,
    Do,
    E,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    lots,
    opening,
    prices,
    sell,
    venue,
)

PLAIN = contract(1, (0, 100_000, 50_000))
AFMM, CLIENT = int(InvestorClass.AFMM), int(InvestorClass.CORP_PI)
LICENSED = int(SOUND | AFMM_DOCUMENTS)


def send(kind: Kind, reject: int = Reject.NONE, told: tuple = (), **fields: int) -> Do:
    return Do(Command(kind=int(kind), **fields), reject, told)


ELIG_01 = Vector(
    "ELIG-01: who is no professional investor pays nothing in and has no order and no position",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000, reject=Reject.ELIG_NOT_PI),
        deposit(B, 1_000),
        *prices(100),
        buy(A, 1, 1, 100, reject=Reject.ELIG_NOT_PI),
        opening(A, B, 1, 100, reject=Reject.ELIG_NOT_PI),
        opening(B, A, 1, 100, reject=Reject.ELIG_NOT_PI),
        cash(A, 0),
        lots(A, 0),
        buy(B, 1, 1, 100),
    ),
    standing=((A, int(InvestorClass.NONE), SOUND),),
)

ELIG_04 = Vector(
    "ELIG-04: knowledge comes first; a barred jurisdiction is refused",
    venue(PLAIN),
    3,
    (
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        *prices(100),
        buy(A, 1, 1, 100, reject=Reject.ELIG_NO_KNOWLEDGE),
        buy(B, 1, 1, 100, reject=Reject.ELIG_NO_AGREEMENT),
        buy(C, 1, 1, 100, reject=Reject.ELIG_JURISDICTION),
    ),
    standing=(
        (A, CLIENT, int(AccountFlag.AGREEMENT)),
        (B, CLIENT, int(AccountFlag.KNOWLEDGE)),
        (C, CLIENT, int(SOUND | AccountFlag.BLOCKED)),
    ),
)

ELIG_06 = Vector(
    "ELIG-06: a new agreement lets only reduce until it is acknowledged",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        opening(A, B, 2, 100),
        send(Kind.PUBLISH_AGREEMENT, amount=2),
        buy(A, 1, 1, 100, reject=Reject.ELIG_NO_AGREEMENT),
        sell(A, 1, 1, 120),
        send(Kind.ACKNOWLEDGE, Reject.ELIG_NO_AGREEMENT, wallet=A, amount=1),
        send(Kind.ACKNOWLEDGE, wallet=A, amount=2),
        buy(A, 2, 1, 90),
    ),
)

AFMM_08 = Vector(
    "AFMM-08: all four documents or no order; a suspension takes its orders and refuses new ones",
    venue(PLAIN),
    5,
    (
        *(deposit(wallet, 1_000) for wallet in (A, B, C, D, E)),
        *prices(100),
        *(buy(wallet, 1, 1, 100, reject=Reject.AFMM_NOT_PERMITTED) for wallet in (A, B, C, D)),
        buy(E, 1, 1, 100),
        send(
            Kind.SUSPEND_AFMM,
            told=((Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.AFMM_SUSPENDED}),),
            side=1,
        ),
        buy(E, 2, 1, 100, reject=Reject.AFMM_NOT_PERMITTED),
        send(Kind.SUSPEND_AFMM, side=0),
        buy(E, 2, 1, 100),
    ),
    standing=(
        (A, AFMM, LICENSED & ~int(AccountFlag.AFMM_NOTIFICATION)),
        (B, AFMM, LICENSED & ~int(AccountFlag.AFMM_REPORT)),
        (C, AFMM, LICENSED & ~int(AccountFlag.AFMM_DECLARATION)),
        (D, AFMM, LICENSED & ~int(AccountFlag.AFMM_UNDERTAKING)),
        (E, AFMM, LICENSED),
    ),
)

AFMM_09 = Vector(
    "AFMM-09: a company of the group trades as a permitted market maker or not at all",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        buy(A, 1, 1, 100, reject=Reject.AFMM_GROUP_PROP_BAN),
        buy(B, 1, 1, 100),
    ),
    standing=(
        (A, CLIENT, int(SOUND | AccountFlag.GROUP_COMPANY)),
        (B, AFMM, int(LICENSED | AccountFlag.GROUP_COMPANY)),
    ),
)

AFMM_11 = Vector(
    "AFMM-11: the affiliate posts the margin that a client posts",
    venue(PLAIN),
    2,
    (
        deposit(A, 100),
        deposit(B, 100),
        *prices(100),
        *(buy(wallet, wallet, 11, 100, reject=Reject.MRG_INSUFFICIENT) for wallet in (A, B)),
        *(buy(wallet, wallet, 10, 100) for wallet in (A, B)),
    ),
    standing=((B, AFMM, LICENSED),),
)

PROD_05 = Vector(
    "PROD-05: no order before the product is approved and live, and only less after",
    venue(contract(1, (0, 100_000, 50_000), product=ProductState.SUBMITTED)),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        buy(A, 1, 1, 100, reject=Reject.PROD_NOT_LIVE),
        send(Kind.PRODUCT_STATE, Reject.STATE_INVALID, side=int(ProductState.LIVE)),
        send(Kind.PRODUCT_STATE, side=int(ProductState.APPROVED)),
        buy(A, 1, 1, 100, reject=Reject.PROD_NOT_LIVE),
        send(Kind.PRODUCT_STATE, side=int(ProductState.LIVE)),
        buy(A, 1, 1, 100),
        sell(B, 2, 1, 100),
        send(Kind.PRODUCT_STATE, side=int(ProductState.REDUCE_ONLY)),
        buy(A, 3, 1, 100, reject=Reject.PROD_NOT_LIVE),
        sell(A, 4, 1, 100),
    ),
)

REF_01 = Vector(
    "REF-01: what refers to an asset that is not for retail, or to no proper index, is not listed",
    venue(
        contract(
            1,
            (0, 100_000, 50_000),
            product=ProductState.APPROVED,
            reference=ReferenceStatus.NOT_RETAIL,
        )
    ),
    1,
    (
        send(Kind.PRODUCT_STATE, Reject.REF_NOT_RETAIL_ELIGIBLE, side=int(ProductState.LIVE)),
        send(Kind.REFERENCE_STATUS, side=int(ReferenceStatus.INDEX_NOT_IOSCO)),
        send(Kind.PRODUCT_STATE, Reject.REF_INDEX_NOT_IOSCO, side=int(ProductState.LIVE)),
        send(Kind.REFERENCE_STATUS, side=int(ReferenceStatus.ELIGIBLE)),
        send(Kind.PRODUCT_STATE, side=int(ProductState.LIVE)),
    ),
)

PROD_06 = Vector(
    "PROD-06: a trade carries the hash of the terms in force",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        sell(A, 1, 1, 100),
        buy(B, 2, 1, 100, told=((Event.TRADE, {"amount": PLAIN.terms_hash}),)),
    ),
)

VECTORS = (
    *(ELIG_01, ELIG_04, ELIG_06),
    *(AFMM_08, AFMM_09, AFMM_11),
    *(PROD_05, PROD_06, REF_01),
)
