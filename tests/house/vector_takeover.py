"""Warnings, declarations, the inventory limit and backstop providers (docs/default.md 1 and 3)."""

import msgspec

from hkperp.config import Config
from hkperp_engine.codes import (
    AccountFlag,
    ContractState,
    Event,
    HouseWallet,
    MarginState,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from vectors import (
    SOUND,
    A,
    B,
    C,
    D,
    Do,
    E,
    F,
    G,
    See,
    Vector,
    cash,
    contract,
    deposit,
    house,
    lots,
    opening,
    prices,
    send,
    shown,
    tick,
    venue,
    wait,
)

PLATFORM = int(HouseWallet.PLATFORM)
PLAIN = contract(1, (0, 100_000, 50_000))


# --- DFT-001. A holds 10 lots at 1,368: MM = 684, so 80 %, 90 % and 95 % are E = 855, 760 and 720.
# Its margin is 2,000 coins, whose price sets E.


def equity(units: int, notice: int, level: int) -> tuple[Do | See, ...]:
    """E of A becomes `units`; a notice of a level must come (0: none), and the level stands."""
    told = ((Event.MARGIN_NOTICE, {"wallet": A, "code": notice, "amount": units}),)
    return (
        send(Kind.ASSET_PRICE, target=1, amount=units * 500_000),
        tick(told) if notice else tick(untold=(Event.MARGIN_NOTICE,)),
        See("wallet", (A,), "notice_level", level),
    )


NOTICES = Vector(
    "DFT-001: notices at 80, 90 and 95 % exactly, and one unit before",
    venue(PLAIN),
    2,
    (
        *prices(1_368),
        deposit(A, 2_000, 1),
        deposit(B, 99_999),
        opening(A, B, 10, 1_368),
        *equity(856, 0, 0),
        *equity(855, 1, 1),
        *equity(854, 0, 1),
        *equity(761, 0, 1),
        *equity(760, 2, 2),
        *equity(721, 0, 2),
        *equity(720, 3, 3),
        *equity(684, 0, 3),
        *equity(720, 0, 3),
        *equity(721, 0, 2),  # it falls without a word
        *equity(720, 3, 3),
        *equity(1_500, 0, 0),
        # From HEALTHY to the last notice at once: one event, after that of the state.
        send(Kind.ASSET_PRICE, target=1, amount=360_000_000),
        tick(
            (
                (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.CALL, "amount": 720}),
                (Event.MARGIN_NOTICE, {"wallet": A, "code": 3}),
            )
        ),
        # REDUCING leaves it as it is; nobody is there to trade with.
        send(Kind.ASSET_PRICE, target=1, amount=340_000_000),
        tick(((Event.MARGIN_STATE, {"code": MarginState.REDUCING}),), (Event.MARGIN_NOTICE,)),
        See("wallet", (A,), "notice_level", 3),
    ),
)

# --- DFT-002. A has ten times what it needs.
DECLARED = Vector(
    "DFT-002: declared in default with all its money",
    venue(PLAIN),
    2,
    (
        *prices(100),
        deposit(A, 1_000),
        deposit(B, 1_000),
        opening(A, B, 10, 100),
        send(Kind.DECLARE_DEFAULT, Reject.WALLET_UNKNOWN, wallet=PLATFORM),
        send(Kind.DECLARE_DEFAULT, Reject.WALLET_UNKNOWN, wallet=B + 1),
        send(
            Kind.DECLARE_DEFAULT,
            wallet=A,
            told=((Event.DEFAULT_DECLARED, {"wallet": A}),),
        ),
        send(Kind.DECLARE_DEFAULT, Reject.STATE_INVALID, wallet=A),
        See("wallet", (A,), "is_declared", 1),
        lots(A, 10),
        send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
        tick(
            (
                (Event.MARGIN_STATE, {"code": MarginState.TAKEN_OVER, "amount": 1_000}),
                (Event.TAKEOVER, {"wallet": A, "lots": 10, "price_ticks": 100}),
            ),
            (Event.DEFAULT,),
        ),
        See("wallet", (A,), "is_declared", 0),
        lots(A, 0),
        lots(PLATFORM, 10),
        cash(A, 1_000),
        send(Kind.DECLARE_DEFAULT, Reject.STATE_INVALID, wallet=A),  # nothing is left
    ),
)

# --- DFT-020. The platform takes at most 4 lots. A, long 10, is declared: 6 are closed at the mark
# against B, who is short 6 and before C, short 4. Then D, short 10: to end at -4 it takes 8.


def declared(wallet: int, *told: tuple[int, dict]) -> tuple[Do, ...]:
    """A declaration, and the mark step that follows it."""
    return send(Kind.DECLARE_DEFAULT, wallet=wallet), tick(told)


def closed(wallet: int, defaulter: int, number: int) -> tuple[int, dict]:
    """Lots closed at the mark against an opposite holder, for nothing."""
    fields = {"wallet": wallet, "counter_wallet": defaulter, "lots": number, "amount": 0}
    return Event.DELEVERAGE, {**fields, "price_ticks": 100, "order_id": 0}


INVENTORY = Vector(
    "DFT-020: the platform takes no more than its limit",
    venue(contract(1, (0, 100_000, 50_000), inventory_lots_max=4)),
    5,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C, D, E)),
        opening(A, B, 6, 100),
        opening(A, C, 4, 100),
        opening(E, D, 10, 100),
        *declared(
            A,
            closed(D, A, 6),  # short 10: the largest of three who have gained nothing
            (Event.TAKEOVER, {"wallet": A, "lots": 4}),
        ),
        lots(D, -4),
        lots(PLATFORM, 4),
        # B, short 6: the platform, long 4, may take 8 of a short; it takes all.
        *declared(B, (Event.TAKEOVER, {"wallet": B, "lots": -6})),
        lots(PLATFORM, -2),
        # E, long 10: up to +4 it takes 6. C and D, short 4 each: the lower wallet is first.
        *declared(E, closed(C, E, 4), (Event.TAKEOVER, {"wallet": E, "lots": 6})),
        lots(C, 0),
        lots(D, -4),
        lots(PLATFORM, 4),
        wait(0),
        *(cash(wallet, 1_000) for wallet in (A, B, C, D, E)),
    ),
)

# The limit is 1 and nobody is left: B, the only one opposite, has been declared, too, and goes
# second; A's ten lots are taken above the limit only as far as B's do not suffice.
NOBODY_LEFT = Vector(
    "DFT-020: what nobody is left for is taken above the limit",
    venue(contract(1, (0, 100_000, 50_000), inventory_lots_max=1)),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(A, B, 10, 100),
        *declared(B, closed(A, B, 9), (Event.TAKEOVER, {"wallet": B, "lots": -1})),
        lots(A, 1),
        lots(PLATFORM, -1),
        opening(C, A, 1, 100),
        lots(C, 1),
        *declared(C, (Event.TAKEOVER, {"wallet": C, "lots": 1})),
        lots(PLATFORM, 0),
    ),
)

# --- DFT-021. IM 5 %, MM 3 %, discount 5 %. A, long 10 at 100 with 59: at 96 E = 19 < COM = 20.
# C takes 40 % at max(96 - floor(19/10), 96 - 4) = 95: E = 15. D takes the rest at
# max(96 - floor(15/6), 92) = 94: A keeps 3.


def provider(wallet: int, ppb: int, reject: int = Reject.NONE, number: int = 0) -> Do:
    """A SET_BACKSTOP and its event."""
    told = ((Event.BACKSTOP_SET, {"wallet": wallet, "contract": number, "amount": ppb}),)
    fields = {"wallet": wallet, "contract": number, "amount": ppb}
    return send(Kind.SET_BACKSTOP, reject, told=() if reject else told, **fields)


def stood_by(wallet: int, ticks: int, held: int, number: int = 0) -> tuple[int, dict]:
    """A provider takes lots of A."""
    fields = {"contract": number, "wallet": A, "counter_wallet": wallet}
    return Event.BACKSTOP, {**fields, "price_ticks": ticks, "lots": held}


THIN = contract(1, (0, 50_000, 30_000), backstop_discount_ppb=50_000_000)
PROVIDERS = Vector(
    "DFT-021: two providers at the bankruptcy price",
    venue(THIN),
    4,
    (
        *prices(100),
        deposit(A, 59),
        *(deposit(wallet, 1_000) for wallet in (B, C, D)),
        opening(A, B, 10, 100),
        provider(C, 400_000_000),
        provider(D, 1_000_000_000),
        See("contract", (0,), "backstops", [(C, 400_000_000), (D, 1_000_000_000)]),
        *prices(96, (stood_by(C, 95, 4), stood_by(D, 94, 6)), (Event.TAKEOVER, Event.DEFAULT)),
        lots(A, 0),
        lots(C, 4),
        lots(D, 6),
        lots(PLATFORM, 0),
        wait(3_600_000_000_000),
        cash(A, 3),
        cash(C, 1_004),
        cash(D, 1_012),
        cash(B, 1_040),
    ),
)

# With E < 0 the price is the mark. At 90 A is down 100 with 59: the first loss pays 41. Passed
# over are A and its wallet B, C who is blocked, D whose share is no lot, E who has no money, G who
# would hold 11 lots. F takes half of ten lots.
PASSED_OVER = Vector(
    "DFT-021: who is passed over, and the mark once there is nothing left",
    venue(contract(1, (0, 50_000, 30_000), lots_max=10, backstop_discount_ppb=50_000_000)),
    7,
    (
        *prices(100),
        deposit(A, 59),
        *(deposit(wallet, 5_000) for wallet in (B, C, D, F, G)),
        house(HouseWallet.FIRST_LOSS, 41),
        opening(A, F, 8, 100),
        opening(A, D, 2, 100),
        opening(G, D, 7, 100),
        provider(A, 1_000_000_000),
        provider(B, 1_000_000_000),
        provider(C, 1_000_000_000),
        provider(D, 99_999_999),
        provider(E, 1_000_000_000),
        provider(G, 400_000_000),
        provider(F, 500_000_000),
        *prices(
            90,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 41}),
                stood_by(F, 90, 5),
                (Event.TAKEOVER, {"wallet": A, "lots": 5}),
            ),
        ),
        lots(F, -3),
        lots(PLATFORM, 5),
        lots(G, 7),
        wait(3_600_000_000_000),
        cash(A, 0),
    ),
    isolated=(-1, 0, -1, -1, -1, -1, -1),
    standing=((C, 2, SOUND | int(AccountFlag.BLOCKED)),),
)

SEVENTEEN = Vector(
    "DFT-021: a seventeenth provider, and what is refused first",
    venue(PLAIN),
    18,
    (
        provider(PLATFORM, 5, Reject.WALLET_UNKNOWN, -1),
        provider(A, 2_000_000_000, Reject.CONTRACT_UNKNOWN, 1),
        provider(A, -1, Reject.AMOUNT_INVALID),
        provider(A, 1_000_000_001, Reject.AMOUNT_INVALID),
        *(provider(A + i, 1 + i) for i in range(16)),
        provider(A + 16, 1, Reject.LIM_BACKSTOPS),
        provider(A + 16, 0),  # who is none may always end
        provider(A + 3, 0),  # its place is free
        provider(A + 16, 1),
        provider(A + 3, 77, Reject.LIM_BACKSTOPS),
        provider(A + 5, 0),
        provider(A + 5, 7),  # who comes back comes last
        See(
            "contract",
            (0,),
            "backstops",
            [*((A + i, 1 + i) for i in range(16) if i not in (3, 5)), (A + 16, 1), (A + 5, 7)],
        ),
    ),
)

# --- Five legs in one wallet, closed leg by leg at their bankruptcy prices (FORMULAS section 3).
# Each leg is 10 lots at a mark of 1,000: MM 500 each, COM 1,667. A paid in 5,000 and has lost 800
# on each leg: E = 1,000. Each leg costs E * 500 / MM = 200, 20 ticks a lot: 980 for a long, 1,020
# for a short. E is 800, 600, 400, 200 and 0 in between, and nothing is taken from anybody.
LEGS = range(5)
SIDES = [1 if number % 2 == 0 else -1 for number in LEGS]


def five(**more: int) -> Config:
    """Five contracts alike, at any discount."""
    terms = contract(1, (0, 80_000, 50_000), backstop_discount_ppb=1_000_000_000, **more)
    every = tuple(msgspec.structs.replace(terms, name=f"C{number}") for number in LEGS)
    return msgspec.structs.replace(venue(terms), contracts=every)


def five_legs(name: str, paid: int, before: tuple[int, int], after: tuple[int, int], *rows):
    """A's five legs: prices of longs and shorts before and after, and what must come."""

    def all_shown(ticks: tuple[int, int]) -> list[Do]:
        every = zip(LEGS, SIDES, strict=True)
        return [row for number, side in every for row in shown(ticks[side < 0], number)]

    trades = [
        opening(A if side > 0 else B, B if side > 0 else A, 10, before[side < 0], number)
        for number, side in zip(LEGS, SIDES, strict=True)
    ]
    beginning = (*all_shown(before), tick(), deposit(A, paid), deposit(B, 99_999))
    rest = (deposit(C, 99_999), *(provider(C, 1_000_000_000, number=each) for each in LEGS))
    return Vector(name, five(), 3, (*beginning, *rest, *trades, *all_shown(after), *rows))


EXACT_LEGS = five_legs(
    "FORMULAS 3: five legs leg by leg end at exactly 0",
    5_000,
    (1_080, 920),
    (1_000, 1_000),
    tick(
        tuple(
            stood_by(C, 1_000 - side * 20, side * 10, number)
            for number, side in zip(LEGS, SIDES, strict=True)
        ),
        (Event.TAKEOVER, Event.DEFAULT, Event.ALLOCATION),
    ),
    wait(3_600_000_000_000),
    cash(A, 0),
    cash(B, 103_999),  # what A lost at the marks
    cash(C, 100_999),  # what it gave away: 10 lots, 20 ticks, five times
)

# The same with legs of different worth: longs at 920 (MM 460), shorts at 1,080 (540): 2,460.
# 1,000*460/2,460 = 186: 18 ticks, so 820; *540/2,000 = 221: 22, so 600; *460/1,460 = 189: 18, so
# 420; *540/1,000 = 226: 22, so 200; the last: 20 ticks, and nothing is left.
UNEVEN = (902, 1_102, 902, 1_102, 900)
UNEVEN_LEGS = five_legs(
    "FORMULAS 3: five uneven legs end at 0 or above",
    5_000,
    (1_000, 1_000),
    (920, 1_080),
    tick(
        tuple(
            stood_by(C, ticks, side * 10, number)
            for number, (ticks, side) in enumerate(zip(UNEVEN, SIDES, strict=True))
        ),
        (Event.TAKEOVER, Event.DEFAULT, Event.ALLOCATION),
    ),
    wait(3_600_000_000_000),
    cash(A, 0),
    cash(B, 103_999),
    cash(C, 100_999),
)

VECTORS = (
    NOTICES,
    DECLARED,
    INVENTORY,
    NOBODY_LEFT,
    PROVIDERS,
    PASSED_OVER,
    SEVENTEEN,
    EXACT_LEGS,
    UNEVEN_LEGS,
)
