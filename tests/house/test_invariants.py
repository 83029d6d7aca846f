"""Each invariant that the fold of the events looks at, broken on purpose; and the replay (INV-11).

That they hold is shown by tests/house/test_money.py, over 500 seeds of 1,000 commands. Here each
check meets one wrong row, behind rows that are right.
"""

from random import Random

import pytest

import house_flow
import house_setting
import vectors
from compiled_house import TINY, CompiledHouse, command_rows
from event_fold import Fold
from event_losses import PLATFORM, ROUNDING
from hkperp_engine.codes import Event as Kind
from hkperp_engine.codes import EventFlag, HouseWallet, InvestorClass, Layer, Posting
from house_setting import ALL_SET, FOREVER, START_NS, Account, Setting
from reference.rows import Event
from vectors import HKD, A, B, contract, venue
from watched_house import Cover, WatchedHouse, is_locked

REPLAYS, SOAK_REPLAYS = 100, 1_000
COMMANDS = 1_000
LARGE = (4_096, 16, 65_536, 4_096)

C, NOBODY, LAPSED, AFFILIATE, CROSS, ISOLATED = range(18, 24)
COIN, BITCOIN, ROGUE = 1, 2, 3
FIRST_LOSS, RESERVE = int(HouseWallet.FIRST_LOSS), int(HouseWallet.RESERVE)
SETTLEMENT, FEES = int(HouseWallet.SETTLEMENT), int(HouseWallet.FEES)
SOUND = Account(int(InvestorClass.IND_PI), int(ALL_SET), FOREVER, 0)
ACCOUNTS = (
    *(SOUND for _ in range(3)),
    SOUND._replace(investor_class=int(InvestorClass.NONE)),
    SOUND._replace(valid_until_ns=START_NS - 1),
    SOUND._replace(investor_class=int(InvestorClass.AFMM)),
    SOUND,
    SOUND._replace(isolated_contract=0),
)
SETTING = Setting(venue(contract(1, (0, 100_000, 50_000))), ACCOUNTS, (100,))


def row(kind: Kind, **fields: int) -> Event:
    """An event at the start; its number is given when it is folded."""
    return Event(0, START_NS, int(kind), **{name: int(value) for name, value in fields.items()})


def post(code: Posting, payer: int, receiver: int, amount: int, asset: int = 0, **more) -> Event:
    fields = {"wallet": payer, "counter_wallet": receiver, "amount": amount, "contract": asset}
    return row(Kind.POSTING, code=code, **fields, **more)


def paid_in(wallet: int, amount: int, asset: int = 0) -> Event:
    code = Posting.DEPOSIT if wallet >= A else Posting.HOUSE_DEPOSIT
    return post(code, HouseWallet.EXTERNAL, wallet, amount, asset)


def opened(long: int, short: int, lots: int = 10) -> Event:
    return row(Kind.OPENING_TRADE, wallet=long, counter_wallet=short, lots=lots, price_ticks=100)


def trade(maker: int, taker: int, lots: int, flags: int = 0) -> Event:
    more = {"counter_wallet": taker, "lots": lots, "flags": flags, "price_ticks": 100}
    return row(Kind.TRADE, wallet=maker, **more)


def about(kind: Kind, wallet: int, lots: int, other: int = 0, amount: int = 0) -> Event:
    """A row of a wallet, its lots and another wallet; loss 1."""
    more = {"counter_wallet": other, "amount": amount, "order_id": 1, "price_ticks": 100}
    return row(kind, wallet=wallet, lots=lots, **more)


def loss(kind: Kind, amount: int, code: int = 0, wallet: int = A, loss_id: int = 1) -> Event:
    return row(kind, amount=amount, code=code, wallet=wallet, order_id=loss_id)


def cycle(amount: int) -> Event:
    return row(Kind.CYCLE, amount=amount, counter_order_id=2)


def accepted(wallet: int, flags: int = 0, kind: Kind = Kind.ORDER_ACCEPTED) -> Event:
    return row(kind, wallet=wallet, flags=flags, lots=1, price_ticks=100)


#: A pays 4 of 1,050 * 3,700,001 ppb = 3.88; B is owed 3.88 and gets 3: ROUNDING keeps 1.
POSITIONS = (opened(A, B),)
RATE = row(Kind.FUNDING_RATE, price_ticks=105, amount=3_700_001)
PAYS, GETS = about(Kind.FUNDING, A, 10, 0, -4), about(Kind.FUNDING, B, -10, 0, 3)
LAYERS = (paid_in(FIRST_LOSS, 5), paid_in(RESERVE, 50), loss(Kind.DEFAULT, 9))
FIRST_PAID = (
    post(Posting.LAYER_PAYMENT, FIRST_LOSS, A, 5, order_id=1),
    loss(Kind.ALLOCATION, 5, Layer.FIRST_LOSS),
)
RESERVE_PAID = post(Posting.LAYER_PAYMENT, RESERVE, A, 4, order_id=1)
SHARED = loss(Kind.ALLOCATION, 9, Layer.LOSS_SHARING, 0)
LAPSES = row(Kind.ACCOUNT_STATUS, wallet=CROSS, code=4, flags=3, amount=START_NS - 1)
PEG_GONE = row(Kind.ASSET_STATE, contract=COIN, code=7)
DONE = row(Kind.CYCLE_DONE)

#: What is found, the rows before, and the rows of which the last is wrong, or the last of its run.
PLANTED = [
    ("INV-01: a trade of no lots", (), (trade(A, B, 0),)),
    ("INV-01: taken over of 10", POSITIONS, (about(Kind.TAKEOVER, A, 9, PLATFORM),)),
    ("INV-01: not taken over by", POSITIONS, (about(Kind.TAKEOVER, A, 10, C),)),
    ("INV-01: deleveraged below 0", POSITIONS, (about(Kind.DELEVERAGE, A, 11, B),)),
    ("INV-01: deleveraged without", POSITIONS, (about(Kind.DELEVERAGE, A, 1, C),)),
    (
        "INV-01: no such trade",
        (trade(A, B, 3),),
        (about(Kind.TRADE_BUSTED, A, 3, B)._replace(lots=2),),
    ),
    ("INV-01: no such trade", POSITIONS, (about(Kind.TRADE_BUSTED, A, 10, B),)),
    ("INV-01: finally settled of 10", POSITIONS, (about(Kind.FINAL_SETTLEMENT, A, 9),)),
    ("INV-01: not all was settled", POSITIONS, (about(Kind.FINAL_SETTLEMENT, A, 10),)),
    ("INV-01: not all was settled", POSITIONS, (about(Kind.FINAL_SETTLEMENT, A, 10), DONE)),
    ("INV-02: a posting moves", (), (paid_in(A, 0),)),
    ("INV-02: not a pair", (paid_in(A, 9),), (post(Posting.FEE, A, RESERVE, 1),)),
    ("INV-02: not a pair", (paid_in(A, 9),), (post(Posting.DEPOSIT, A, B, 1),)),
    (
        "INV-02: deposits less",
        LAYERS,
        (post(Posting.LAYER_PAYMENT, FIRST_LOSS, 0, 1, order_id=1),),
    ),
    ("INV-03: a payment without", POSITIONS, (PAYS,)),
    ("INV-03: paid beyond", POSITIONS, (RATE, PAYS._replace(amount=-3))),
    ("INV-03: paid beyond", POSITIONS, (RATE, GETS._replace(amount=2))),
    ("INV-03: lots not held", POSITIONS, (RATE, PAYS._replace(lots=9))),
    ("INV-03: a payment of another", POSITIONS, (RATE, PAYS, PAYS)),
    ("INV-03: not paid", POSITIONS, (RATE, PAYS)),
    ("INV-03: 1 of the rounding", (*POSITIONS, RATE, PAYS, GETS), (cycle(0), DONE)),
    (
        "INV-03: more rounding",
        (*POSITIONS, RATE, PAYS, GETS, paid_in(A, 9), post(7, A, SETTLEMENT, 9)),
        (post(Posting.VARIATION_RECEIVED, SETTLEMENT, ROUNDING, 2),),
    ),
    ("INV-04", (paid_in(A, 9),), (post(Posting.WITHDRAWAL, A, HouseWallet.EXTERNAL, 10),)),
    ("INV-04", (), (post(Posting.FEE_REFUND, FEES, A, 1),)),
    ("INV-07: layer 3 was used", LAYERS, (RESERVE_PAID,)),
    ("INV-07: layer 5 was used", LAYERS, (SHARED,)),
    ("INV-07: not what the layer", LAYERS, (FIRST_PAID[0], loss(Kind.ALLOCATION, 4, 2))),
    ("INV-07: a layer that did", LAYERS, (loss(Kind.ALLOCATION, 5, Layer.FIRST_LOSS),)),
    ("INV-07: a layer's payment", LAYERS, (FIRST_PAID[0], RESERVE_PAID)),
    ("INV-07: more borne", (loss(Kind.DEFAULT, 8),), (SHARED,)),
    ("INV-07: a default of nothing", (), (loss(Kind.DEFAULT, 0),)),
    ("INV-07: 4 was left", (*LAYERS, *FIRST_PAID), (cycle(3),)),
    ("INV-07: 4 was not borne", (*LAYERS, *FIRST_PAID), (cycle(4), DONE)),
    (
        "INV-07: 1 of layers 5 to 7",
        (loss(Kind.DEFAULT, 9), SHARED, loss(Kind.HAIRCUT, 8, 0, B)),
        (cycle(0), DONE),
    ),
    ("INV-09: wallet 19 is no", (), (accepted(NOBODY),)),
    ("INV-09: wallet 19 is no", (), (accepted(NOBODY, 0, Kind.ORDER_WAITS),)),
    ("INV-09: wallet 20: its evidence", (), (accepted(LAPSED),)),
    ("INV-09: wallet 20: its evidence", (), (opened(A, LAPSED),)),
    ("INV-09: wallet 23: its evidence", (accepted(ISOLATED), LAPSES), (accepted(ISOLATED),)),
    ("INV-09: not an account's", (), (LAPSES._replace(wallet=ISOLATED),)),
    ("INV-09: an order of the house", (), (accepted(PLATFORM),)),
    ("INV-10: a client has what", (), (paid_in(A, 9, BITCOIN),)),
    ("INV-10: what is no margin", (), (paid_in(RESERVE, 9, BITCOIN),)),
    ("INV-10: paid in with no licence", (), (paid_in(A, 9, ROGUE),)),
    ("INV-10: paid in with no licence", (paid_in(A, 9, COIN), PEG_GONE), (paid_in(A, 9, COIN),)),
    ("INV-12: TAKER_AFMM of 21", (), (trade(A, AFFILIATE, 1),)),
    ("INV-12: MAKER_AFMM of 21", (), (trade(AFFILIATE, B, 1, EventFlag.TAKER_AFMM),)),
    ("INV-12: MAKER_AFMM of 16", (), (trade(A, B, 1, EventFlag.MAKER_AFMM),)),
]


def numbered(fold: Fold, rows: tuple[Event, ...]) -> list[Event]:
    """The rows as they follow on what was folded."""
    return [event._replace(sequence=fold.sequence + 1 + i) for i, event in enumerate(rows)]


@pytest.mark.parametrize(
    ("words", "before", "wrong"), PLANTED, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_wrong_row_is_found(words: str, before: tuple, wrong: tuple) -> None:
    fold = Fold(SETTING)
    if before:
        fold.take(numbered(fold, before))
    with pytest.raises(AssertionError, match=words):
        fold.take(numbered(fold, wrong))


def test_right_rows_are_not() -> None:
    """What stands beside the wrong rows, as it ought to be."""
    fold = Fold(SETTING)
    rows = (
        *(paid_in(wallet, 100) for wallet in (A, B)),
        accepted(LAPSED, EventFlag.REDUCE_ONLY),
        accepted(NOBODY, EventFlag.REDUCE_ONLY),
        trade(A, AFFILIATE, 3, EventFlag.TAKER_AFMM),
        about(Kind.TRADE_BUSTED, A, 3, AFFILIATE)._replace(order_id=5),
        *POSITIONS,
        *(RATE, PAYS, GETS, cycle(0)),
        post(Posting.VARIATION_PAID, A, SETTLEMENT, 4),
        post(Posting.VARIATION_RECEIVED, SETTLEMENT, B, 3),
        post(Posting.VARIATION_RECEIVED, SETTLEMENT, ROUNDING, 1),
        *(DONE, *LAYERS, *FIRST_PAID, RESERVE_PAID, loss(Kind.ALLOCATION, 4, Layer.RESERVE)),
        about(Kind.TAKEOVER, A, 10, PLATFORM),
        about(Kind.DELEVERAGE, B, 4, PLATFORM),
        about(Kind.FINAL_SETTLEMENT, PLATFORM, 6),
        about(Kind.FINAL_SETTLEMENT, B, -6),
        *(cycle(0), DONE),
    )
    fold.take(numbered(fold, rows))
    assert fold.money.units[0][A] == 100 - 4 + 9
    assert not any(fold.positions.lots[0].values())


def test_a_missing_event_is_found() -> None:
    """Nothing may be left out, or told twice."""
    fold = Fold(SETTING)
    with pytest.raises(AssertionError, match="missing"):
        fold.take([paid_in(A, 1)._replace(sequence=2)])


def test_balances_and_positions_are_compared_with_the_machine() -> None:
    """INV-02: one unit or one lot that no event told of."""
    house = WatchedHouse(house_setting.setting(3))
    for _ in house_flow.played(house_setting.setting(3), 3, 200, house):
        pass
    house.look()
    house.state.wallets["cash"][[A, B]] += (1, -1)
    assert "asset 0" in house.fold.differs(house)
    house.state.wallets["cash"][[A, B]] -= (1, -1)
    house.state.positions["lots"][[-1, -2]] += (1, -1)
    assert "contract" in house.fold.differs(house)


def test_the_lock_is_full_to_the_unit() -> None:
    """INV-06, TV-4: 0.99 at 500,000 lock 99,247.50, and not one unit less."""
    terms = contract(10_000, (0, 200_000, 100_000), maker_fee_ppb=500_000, taker_fee_ppb=500_000)
    house = WatchedHouse(Setting(venue(terms), ACCOUNTS, (500_000,)))
    cash = 99_247_500_000
    rows = (vectors.deposit(A, cash), *vectors.prices(500_000), vectors.buy(A, 1, 99, 500_000))
    for number, each in enumerate(rows):
        events = house.apply(each.command._replace(time_ns=START_NS))
        assert events or number in (1, 2, 3), each
    assert house.locks == 1
    full = house.cover(A)
    assert full == Cover(cash, cash) == Cover(99_000 * HKD + 247_500_000, full.equity_new)
    house.state.wallets["cash"][A] -= 1
    short = house.cover(A)
    assert is_locked(events, Cover(0, cash), full) is True
    assert is_locked(events, Cover(0, cash), short) is False
    # Not above what it was before: somebody under water may still take less risk.
    assert is_locked(events, Cover(cash, cash), short) is True
    house.state.wallets["cash"][A] += 1
    too_much = vectors.buy(A, 2, 1, 1).command._replace(time_ns=START_NS)
    assert [event.kind for event in house.apply(too_much)] == [Kind.REFUSED]


# --- INV-11


def replay(seed: int) -> None:
    """The same commands in other batches, in a machine of other sizes: same events, same hash."""
    setting = house_setting.setting(seed)
    capacities = (TINY, LARGE) if seed % 2 else (LARGE, TINY)
    first, second = (CompiledHouse(setting.config, setting.accounts, each) for each in capacities)
    commands, events = [], []
    for command, told, _ in house_flow.played(setting, seed, COMMANDS, first):
        commands.append(command)
        events += told
    rows, chance, start = command_rows(commands), Random(f"batches {seed}"), 0
    again = []
    while start < len(rows):
        end = start + chance.choice([1, 2, 7, 50, 400])
        again += second.machine.apply_batch(rows[start:end]).tolist()
        start = end
    assert again == [tuple(event) for event in events], "other events"
    assert second.machine.state_hash() == first.machine.state_hash(), "other hash"


def replay_all(seeds: range) -> None:
    """Replay seeds; name the one that fails."""
    for seed in seeds:
        try:
            replay(seed)
        except Exception as error:
            raise AssertionError(f"seed={seed}: {error}") from error


def test_a_replay_ends_in_the_same_state() -> None:
    """INV-11, whatever the batches and the capacities."""
    replay_all(range(REPLAYS))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_replay_ends_in_the_same_state_for_long() -> None:
    replay_all(range(20_000, 20_000 + SOAK_REPLAYS))


@pytest.mark.parametrize("section", ["wallets", "positions"])
def test_the_hash_tells_one_unit_and_one_lot(section: str) -> None:
    """INV-11 would find it."""
    setting = house_setting.setting(1)
    house = CompiledHouse(setting.config, setting.accounts)
    before = house.machine.state_hash()
    name = {"wallets": "cash", "positions": "lots"}[section]
    getattr(house.state, section)[name][A] += 1
    assert house.machine.state_hash() != before
