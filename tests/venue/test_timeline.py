"""A scenario's timeline and the API say the same: each entry is the row of a command struct."""

from pathlib import Path

import numpy as np
import pytest

from hkperp import commands as c
from hkperp.edge.message_rows import ENCODERS, ROW_BYTES
from hkperp.replay.busts import Busts
from hkperp.replay.timeline import timeline_rows
from hkperp.scenario.reader import load, loads
from hkperp_engine.codes import (
    Command,
    ContractState,
    Event,
    KillScope,
    OrderType,
    SelfTrade,
    Session,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.units import NS_PER_MINUTE, NS_PER_S

GOOD = Path(__file__).parents[1] / "corpus" / "good" / "orders.yaml"
START = 1_772_409_600 * NS_PER_S  # 2026-03-02T00:00Z
AFMM, ALICE = 16, 17
LIMIT = {"wallet": ALICE, "contract": 0, "side": Side.SELL, "lots": 5, "price_ticks": 1100}
BUY = {"wallet": ALICE, "contract": 0, "side": Side.BUY}
QUOTE = {"wallet": AFMM, "contract": 0, "order_id": 51}


def at(minute: int) -> dict[str, int]:
    return {"time_ns": START + minute * NS_PER_MINUTE}


#: The timeline of the corpus, entry by entry.
EXPECTED = [
    c.NewOrder(**at(1), **LIMIT, order_id=1, terms=c.OrderTerms(shown_lots=2)),
    c.NewOrder(
        **at(1),
        **LIMIT,
        order_id=2,
        time_in_force=TimeInForce.DAY,
        terms=c.OrderTerms(is_hidden=True, partner_id=1),
    ),
    c.NewOrder(
        **at(1),
        **LIMIT,
        order_id=3,
        time_in_force=TimeInForce.GTD,
        is_post_only=True,
        terms=c.OrderTerms(expiry_ns=START + 9 * NS_PER_MINUTE, is_sliding=True),
    ),
    c.NewOrder(
        **at(1),
        **BUY,
        order_id=4,
        lots=0,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        terms=c.OrderTerms(notional=5_000),  # 500 HKD are 5,000 ticks x lots of 0.1 HKD
    ),
    c.NewOrder(
        **at(1),
        **BUY,
        order_id=5,
        lots=0,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.FOK,
        terms=c.OrderTerms(is_close_position=True),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=6,
        lots=1,
        order_type=OrderType.STOP_MARKET,
        terms=c.OrderTerms(trigger_ticks=1050),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=7,
        lots=1,
        price_ticks=1060,
        order_type=OrderType.STOP_LIMIT,
        terms=c.OrderTerms(trigger_ticks=1050),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=8,
        lots=1,
        order_type=OrderType.TAKE_PROFIT_MARKET,
        is_reduce_only=True,
        terms=c.OrderTerms(trigger_source=TriggerSource.MARK, trigger_ticks=950),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=9,
        lots=1,
        price_ticks=950,
        order_type=OrderType.TAKE_PROFIT_LIMIT,
        self_trade=SelfTrade.DECREMENT,
        terms=c.OrderTerms(trigger_source=TriggerSource.INDEX, trigger_ticks=950),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=10,
        lots=1,
        order_type=OrderType.TRAILING_TICKS,
        terms=c.OrderTerms(
            trigger_source=TriggerSource.MARK, distance_ticks=15, activation_ticks=980
        ),
    ),
    c.NewOrder(
        **at(2),
        **BUY,
        order_id=11,
        lots=1,
        order_type=OrderType.TRAILING_PPB,
        terms=c.OrderTerms(distance_ppb=25_000_000),
    ),
    c.Amend(
        **at(3), wallet=ALICE, contract=0, order_id=1, price_ticks=1090, lots=7, is_total=True
    ),
    c.Amend(
        **at(3),
        wallet=ALICE,
        contract=0,
        order_id=7,
        price_ticks=1070,
        lots=1,
        trigger_ticks=1060,
    ),
    c.MassQuote(
        **at(3),
        **QUOTE,
        bid_ticks=990,
        bid_lots=5,
        ask_ticks=1010,
        ask_lots=6,
        self_trade=SelfTrade.CANCEL_OLDEST,
    ),
    c.MassQuote(**at(3), **QUOTE, bid_ticks=0, bid_lots=0, ask_ticks=1015, ask_lots=6),
    c.Cancel(**at(3), wallet=AFMM, order_id=52),
    c.SetProtection(
        **at(4),
        wallet=AFMM,
        contract=0,
        window_ns=30 * NS_PER_S,
        lots_max=10,
        net_lots_max=8,
        trades_max=4,
    ),
    c.ResetProtection(**at(4), wallet=AFMM, contract=0),
    c.SetCountdown(**at(4), wallet=AFMM, delay_ns=NS_PER_MINUTE),
    c.SetSession(**at(4), wallet=ALICE, session=Session.CANCEL_ON_DISCONNECT),
    c.MassCancel(**at(5), wallet=ALICE),
    c.MassCancel(
        **at(5),
        wallet=ALICE,
        contract=0,
        side=Side.SELL,
        price_low_ticks=1000,
        price_high_ticks=1200,
    ),
    c.SuspendAfmm(**at(5)),
    c.SuspendAfmm(**at(5), is_suspended=False),
    None,  # busts: their trade is found in the run
    None,
    c.Compensate(**at(6), wallet=ALICE, amount=12_500_000),
    c.ContractState(**at(7), contract=0, state=ContractState.AUCTION),
    c.KillSwitch(**at(8), scope=KillScope.WALLET, wallet=ALICE),
    c.KillSwitch(**at(8), scope=KillScope.OWNER, wallet=ALICE, is_engaged=False),
    c.KillSwitch(**at(8), scope=KillScope.CONTRACT, contract=0),
    c.KillSwitch(**at(8), scope=KillScope.VENUE),
]


def test_entries_are_the_rows_of_commands() -> None:
    scenario = load(GOOD)
    rows = timeline_rows(scenario)
    assert len(rows) == len(EXPECTED)
    for entry, row, command in zip(scenario.timeline, rows, EXPECTED, strict=True):
        if command is None:
            assert row["kind"] == Command.BUST_TRADE
            continue
        made = bytearray(ROW_BYTES)
        ENCODERS[type(command)](made, command)
        columns = zip(COMMAND.names, np.frombuffer(made, COMMAND)[0].item(), row.item())
        assert [each for each in columns if each[1] != each[2]] == [], entry


def trades(*rows: tuple[int, int, int, int]) -> np.ndarray:
    """Trades: sequence, contract, ids of maker and taker; among other events."""
    events = np.zeros(2 * len(rows), EVENT)
    events["kind"] = Event.POSTING
    for place, row in enumerate(rows):
        event = events[2 * place]
        event["kind"] = Event.TRADE
        for name, value in zip(("sequence", "contract", "order_id", "counter_order_id"), row):
            event[name] = value
    return events


@pytest.mark.parametrize(
    ("seen", "named", "last"),
    [
        ([], 0, 0),
        ([(5, 0, 52, 4)], 5, 5),
        ([(5, 0, 52, 4), (7, 0, 52, 4), (9, 0, 52, 5)], 7, 9),
        ([(5, 1, 52, 4)], 0, 0),
        ([(5, 0, 4, 52), (6, 0, 52, 11)], 0, 6),
    ],
)
def test_a_bust_finds_the_last_trade_that_fits(seen, named: int, last: int) -> None:
    scenario = load(GOOD)
    busts = Busts(scenario)
    busts.note(trades(*seen))
    flushed = []
    parts = list(busts.parts(timeline_rows(scenario), lambda: flushed.append(1)))
    rows = np.concatenate(parts)
    found = rows[rows["kind"] == Command.BUST_TRADE]
    assert found["order_id"].tolist() == [named, last]
    assert not found["price_ticks"].any() and not found["lots"].any()
    assert len(flushed) == 2
    # Cut before each: what comes before it has been done, and its events seen, when it is asked.
    assert [int(part["kind"][0]) == Command.BUST_TRADE for part in parts] == [False, True, True]
    assert rows["kind"].tolist() == timeline_rows(scenario)["kind"].tolist()


def test_without_a_bust_nothing_is_cut() -> None:
    text = GOOD.read_text()
    lines = [line for line in text.splitlines(keepends=True) if "do: bust" not in line]
    scenario = loads("".join(lines).encode())
    busts = Busts(scenario)
    busts.note(trades((5, 0, 52, 4)))
    rows = timeline_rows(scenario)
    (part,) = busts.parts(rows, lambda: pytest.fail("flushed"))
    assert part is rows or (part == rows).all()
