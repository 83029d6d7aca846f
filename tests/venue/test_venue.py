"""The embedding object: three ways in give one result, and the edge refuses what does not fit."""

import runpy
import threading
from pathlib import Path

import numpy as np
import pytest

import hkperp
from hkperp import commands as c
from hkperp import events as e
from hkperp.accounts import Account, Level
from hkperp.edge.message_rows import COMMAND_ROW, DECODERS, ENCODERS, decoded
from hkperp.presets import bitcoin_hkd
from hkperp.venue import Venue
from hkperp_clearing.layout import Broken
from hkperp_engine.codes import Command, Event, InvestorClass, MarginState, Reject, Side
from hkperp_engine.errors import InputError, InvariantBroken, RequestError
from hkperp_engine.layout import COMMAND
from venue_flow import LARGE, TINY, account_structs, flow, struct_of, venue_of

HKD = 1_000_000
SELLER, BUYER = 16, 17


def opened(capacities=LARGE) -> Venue:
    """A venue with two clients who have money, and a mark of 900,000."""
    venue = Venue(bitcoin_hkd(start_ns=0), [Account(), Account()], capacities=capacities)
    for wallet in (SELLER, BUYER):
        venue.apply(c.Deposit(time_ns=1, wallet=wallet, asset=0, amount=500_000 * HKD))
    for source in range(3):
        venue.apply(c.SourcePrice(time_ns=1, contract=0, source=source, price_ticks=900_000))
    venue.apply(c.Tick(time_ns=1))
    return venue


def order(wallet, order_id, side, price_ticks, lots) -> c.NewOrder:
    return c.NewOrder(
        time_ns=2,
        contract=0,
        wallet=wallet,
        order_id=order_id,
        side=side,
        price_ticks=price_ticks,
        lots=lots,
    )


def traded() -> Venue:
    """The seller's 5 lots at 900,500; the buyer took 2."""
    venue = opened()
    venue.apply(order(SELLER, 1, Side.SELL, 900_500, 5))
    venue.apply(order(BUYER, 2, Side.BUY, 901_000, 2))
    return venue


@pytest.mark.parametrize("seed", range(4))
def test_one_by_one_is_the_batch(seed) -> None:
    """Structs, scalar rows and one array, in tiny and in large pools: events and hash equal."""
    config, accounts, rows = flow(seed, 1_500)
    batch = venue_of(config, accounts, LARGE)
    expected = list(decoded(batch.apply_batch(rows).tobytes()))
    assert len({type(event) for event in expected}) >= 20
    single = venue_of(config, account_structs(accounts), TINY)
    found, structs = [], 0
    for row in rows:
        command = struct_of(row)
        if command is None:  # malformed: only a row can say it
            single.send(*row.item())
            found += single.rows()
        else:
            structs += 1
            found += single.apply(command)
    assert structs > 1_200
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        if isinstance(ours, tuple):
            assert ours[0] == theirs.sequence
            assert ours[2] == Event[theirs.__struct_config__.tag]
        else:
            assert ours == theirs
    assert single.state_hash() == batch.state_hash()
    assert (single.sequence, single.now_ns) == (batch.sequence, batch.now_ns)


def test_a_trade() -> None:
    venue = opened()
    (accepted,) = venue.apply(order(SELLER, 1, Side.SELL, 900_500, 5))
    assert isinstance(accepted, e.OrderAccepted)
    assert (accepted.side, accepted.price_ticks, accepted.lots) == (Side.SELL, 900_500, 5)
    events = venue.apply(order(BUYER, 2, Side.BUY, 901_000, 2))
    assert [type(each) for each in events] == [e.OrderAccepted, e.Trade, e.Posting, e.Posting]
    trade = events[1]
    assert (trade.maker_wallet, trade.taker_wallet, trade.taker_side) == (SELLER, BUYER, Side.BUY)
    assert (trade.price_ticks, trade.lots) == (900_500, 2)
    assert [event.sequence for event in events] == list(range(9, 13))


def test_a_refusal_is_an_event_and_changes_nothing() -> None:
    venue = traded()
    before = venue.account(BUYER)
    (refused,) = venue.apply(c.Cancel(time_ns=2, wallet=BUYER, order_id=77, tag=5))
    assert isinstance(refused, e.Refused)
    assert refused.reject is Reject.ORDER_UNKNOWN
    assert (refused.command_kind, refused.wallet, refused.order_id) == (Command.CANCEL, BUYER, 77)
    assert refused.tag == 5
    assert refused.text == "no live order of this wallet has this id"
    assert venue.account(BUYER) == before
    (refused,) = venue.apply(order(BUYER, 3, 7, 900_000, 1))  # type: ignore[arg-type]
    assert refused.reject is Reject.SIDE_INVALID


WRONG = [
    (c.Tick(time_ns=2**63), "time_ns: Expected `int` <= 9223372036854775807"),
    (c.Cancel(time_ns=1, wallet=2**31, order_id=1), "wallet: Expected `int` <= 2147483647"),
    (c.Cancel(time_ns=1, wallet=1.0, order_id=1), "wallet: Expected `int`, got `float`"),
    (c.Cancel(time_ns=1, wallet=None, order_id=1), "wallet: Expected `int`, got `null`"),
    (e.CycleDone(1, 1, 1, 1), "CycleDone is not a command (one of the structs of"),
    ("TICK", "str is not a command (one of the structs of hkperp.commands)"),
    (None, "NoneType is not a command (one of the structs of hkperp.commands)"),
]


@pytest.mark.parametrize(("command", "expected"), WRONG, ids=range(len(WRONG)))
def test_what_does_not_fit_is_an_error_and_changes_nothing(command, expected) -> None:
    venue = traded()
    before = venue.state_hash()
    with pytest.raises(RequestError) as caught:
        venue.apply(command)
    assert str(caught.value).startswith(expected)
    assert venue.state_hash() == before
    assert venue.apply(c.Tick(time_ns=3))


@pytest.mark.parametrize(
    "columns", [(), (1, 2, 3), (0,) * 16, ("x",) * 15, (2**63,) + (0,) * 14, (0.5,) * 15]
)
def test_rows_that_are_none(columns) -> None:
    venue = traded()
    with pytest.raises(RequestError, match="not a row of commands"):
        venue.send(*columns)


@pytest.mark.parametrize("commands", [[], None, np.zeros(3), np.zeros((2, 2), COMMAND)])
def test_batches_that_are_none(commands) -> None:
    with pytest.raises(RequestError, match="not an array of commands"):
        traded().apply_batch(commands)


def test_empty_and_awkward_arrays() -> None:
    venue = traded()
    assert venue.apply_batch(np.zeros(0, COMMAND)).size == 0
    rows = np.zeros(8, COMMAND)
    rows["kind"], rows["time_ns"] = Command.ADVANCE, np.arange(2, 10)
    rows.flags.writeable = False
    assert venue.apply_batch(rows[::2]).size == 0
    assert venue.now_ns == 8


def test_send_counts_and_rows_tell() -> None:
    venue = opened()
    assert venue.rows() == []
    count = venue.send(2, 0, Command.NEW_ORDER, 1, 0, 0, 0, 0, SELLER, 0, 1, 900_500, 5, 0, 0)
    assert (count, venue.rows()) == (1, [(8, 2, 2, 0, 0, 1, 16, 0, 1, 0, 900_500, 5, 0)])
    assert venue.send(3, 0, Command.ADVANCE, *[0] * 12) == 0
    assert venue.rows() == []


def test_events_that_do_not_fit_the_ring() -> None:
    """A client loses its class and 200 orders; 64 events fit. All come, by each way in."""
    lapse = c.AccountStatus(
        time_ns=3, wallet=SELLER, investor_class=InvestorClass.NONE, valid_until_ns=0
    )
    row = bytearray(64)
    ENCODERS[c.AccountStatus](row, lapse)
    found = []
    for capacities in (TINY, LARGE):
        venue = opened(capacities)
        for i in range(200):
            venue.apply(order(SELLER, 1 + i, Side.SELL, 900_500 + i, 5))
        snapshot = venue.snapshot()
        events = venue.apply(lapse)
        assert [type(each) for each in events] == [e.AccountStatus, *[e.OrderCancelled] * 200]
        assert [each.order_id for each in events[1:]] == list(range(200, 0, -1))
        venue.rewind(snapshot)
        assert venue.send(*COMMAND_ROW.unpack(row)) == 201
        found += [events, [DECODERS[each[2]](each) for each in venue.rows()]]
        venue.rewind(snapshot)
        found.append(list(decoded(venue.apply_batch(np.frombuffer(row, COMMAND)).tobytes())))
    assert all(events == found[0] for events in found)


def test_subscribers_hear_in_order_what_they_asked_for() -> None:
    venue, heard = opened(), []
    stop = venue.subscribe(lambda event: heard.append(("all", event)))
    venue.subscribe(lambda event: heard.append(("trades", event)), [Event.TRADE])
    venue.apply(order(SELLER, 1, Side.SELL, 900_500, 5))
    events = venue.apply(order(BUYER, 2, Side.BUY, 901_000, 2))
    assert heard[2:4] == [("all", events[1]), ("trades", events[1])]
    assert [event.sequence for name, event in heard if name == "all"] == list(range(8, 13))
    stop()
    heard.clear()
    venue.send(2, 0, Command.NEW_ORDER, 0, 0, 0, 0, 0, BUYER, 0, 4, 900_500, 1, 0, 0)
    row = np.zeros(1, COMMAND)
    row["time_ns"], row["kind"], row["wallet"], row["order_id"] = 2, Command.NEW_ORDER, BUYER, 5
    row["price_ticks"], row["lots"] = 900_500, 1
    venue.apply_batch(row)
    assert [(name, type(event), event.taker_order_id) for name, event in heard] == [
        ("trades", e.Trade, 4),
        ("trades", e.Trade, 5),
    ]


def test_subscribers_see_the_command_done() -> None:
    venue, seen = opened(), []
    venue.apply(order(SELLER, 1, Side.SELL, 900_500, 5))
    venue.subscribe(
        lambda _: seen.append((venue.account(BUYER).positions[0].lots, venue.sequence))
    )
    venue.apply(order(BUYER, 2, Side.BUY, 901_000, 2))
    assert seen == [(2, 12)] * 4


def test_a_batch_tells_what_was_asked_only() -> None:
    config, accounts, rows = flow(2, 800)
    venue, heard = venue_of(config, accounts), []
    venue.subscribe(heard.append, [Event.FUNDING, Event.TRADE])
    expected = venue.apply_batch(rows)
    kinds = np.isin(expected["kind"], [Event.FUNDING, Event.TRADE])
    assert heard == list(decoded(expected[kinds].tobytes())) != []


def test_a_subscriber_may_not_send() -> None:
    venue = opened()
    venue.subscribe(lambda _: venue.advance(3))
    with pytest.raises(ExceptionGroup) as caught:
        venue.apply(c.Tick(time_ns=2))
    assert len(caught.value.exceptions) == 5
    assert all(isinstance(each, RequestError) for each in caught.value.exceptions)
    assert venue.now_ns == 2


def test_a_subscriber_that_fails_stops_nobody() -> None:
    venue, heard = opened(), []
    venue.subscribe(lambda _: 1 // 0, [Event.MARK])
    venue.subscribe(heard.append)
    with pytest.raises(ExceptionGroup, match="the command is done") as caught:
        venue.apply(c.Tick(time_ns=2))
    assert [type(each) for each in caught.value.exceptions] == [ZeroDivisionError]
    assert [type(each) for each in heard[-2:]] == [e.Index, e.Mark]
    with pytest.raises(KeyError):
        venue.subscribe(heard.append, [Event.NONE])


def test_depth() -> None:
    venue = traded()
    venue.apply(order(SELLER, 3, Side.SELL, 900_700, 1))
    assert venue.depth(0, Side.SELL) == [Level(900_500, 3, 1), Level(900_700, 1, 1)]
    assert len(venue.depth(0, Side.SELL, 1)) == 1
    assert venue.depth(0, Side.BUY) == []
    for contract in (-1, 1, True, "BTC"):
        with pytest.raises(RequestError, match="contract: "):
            venue.depth(contract, Side.BUY)


def test_account() -> None:
    """2 lots bought at 900,500, mark 900,000, a lot is 1,000 units a tick; fee 0.05%."""
    venue = traded()
    notional, fee = 2 * 900_000 * 1_000, 2 * 900_500 * 1_000 * 5 // 10_000
    buyer = venue.account(BUYER)
    assert buyer.balances == (500_000 * HKD - fee, 0)
    assert buyer.variation_quote == -1_000_000
    assert buyer.equity_quote == 500_000 * HKD - fee - 1_000_000
    assert buyer.initial_margin_quote == buyer.requirement_quote == notional // 5
    assert buyer.maintenance_margin_quote == notional // 10
    assert buyer.free_quote == buyer.equity_quote - buyer.requirement_quote
    assert (buyer.state, buyer.investor_class) == (MarginState.HEALTHY, InvestorClass.INST_PI)
    (position,) = buyer.positions
    assert (position.lots, position.mark_ticks, position.notional_quote) == (2, 900_000, notional)
    assert position.entry_cost_quote == 2 * 900_500 * 1_000
    assert position.unrealised_quote == -1_000_000
    seller = venue.account(SELLER)
    assert (seller.positions[0].lots, seller.positions[0].open_sell_lots) == (-2, 3)
    assert seller.order_count == 1
    fees = venue.account(3)
    assert fees.balances[0] == fee + 2 * 900_500 * 1_000 * 2 // 10_000
    assert fees.positions == ()
    for wallet in (-1, 18, None, 16.0):
        with pytest.raises(RequestError, match="wallet: "):
            venue.account(wallet)


def test_looking_changes_nothing() -> None:
    config, accounts, rows = flow(3, 600)
    looked, left = venue_of(config, accounts, TINY), venue_of(config, accounts)
    for row in rows:
        looked.send(*row.item())
        for wallet in range(0, 16 + len(accounts), 7):
            looked.account(wallet)
        looked.depth(0, Side.BUY, 3)
        looked.state_hash()
    left.apply_batch(rows)
    assert looked.state_hash() == left.state_hash()
    looked.machine.check_books()


def test_every_balance_is_somebodys() -> None:
    config, accounts, rows = flow(0, 1_000)
    venue = venue_of(config, accounts)
    venue.apply_batch(rows)
    reports = [venue.account(wallet) for wallet in range(16 + len(accounts))]
    assert all(sum(column) == 0 for column in zip(*(each.balances for each in reports)))
    assert any(each.positions for each in reports)
    for each in reports:
        parts = each.balances[0] + each.collateral_quote + each.variation_quote
        assert each.equity_quote == parts


BAD_ACCOUNTS = [
    ([Account(), Account(owner=-1)], "accounts[1].owner: -1 is not from 0 to 2147483647"),
    ([Account(owner=2**31)], "accounts[0].owner: 2147483648 is not from 0 to 2147483647"),
    ([Account(owner=2**64)], "accounts[0]: "),
    ([Account(investor_class=6)], "accounts[0].investor_class: 6 is not from 0 to 5"),
    ([Account(valid_until_ns=-1)], "accounts[0].valid_until_ns: -1 is not from 0"),
    ([Account(valid_until_ns="never")], "accounts[0]: "),
    ([{"owner": 1}], "accounts[0]: "),
    (np.zeros(2), "not an array of accounts"),
]


@pytest.mark.parametrize(("accounts", "expected"), BAD_ACCOUNTS, ids=range(len(BAD_ACCOUNTS)))
def test_accounts_that_are_none(accounts, expected) -> None:
    with pytest.raises(InputError) as caught:
        Venue(bitcoin_hkd(start_ns=0), accounts)
    assert str(caught.value).startswith(expected)


def test_a_config_that_is_not_allowed() -> None:
    with pytest.raises(InputError, match=r"house\.start_ns"):
        Venue(bitcoin_hkd(start_ns=-1), [])


def test_a_broken_machine_stays_halted() -> None:
    venue = traded()
    snapshot = venue.snapshot()
    venue.machine.state.house["is_broken"] = Broken.SETTLEMENT
    for _ in range(2):
        with pytest.raises(InvariantBroken, match="SETL_BREAK"):
            venue.apply(c.Tick(time_ns=3))
    with pytest.raises(InvariantBroken):
        venue.apply_batch(np.zeros(1, COMMAND))
    venue.rewind(snapshot)
    assert venue.apply(c.Tick(time_ns=3))


def test_two_venues_in_two_threads() -> None:
    config, accounts, rows = flow(5, 1_000)
    hashes = []

    def run() -> None:
        venue = venue_of(config, accounts, TINY)
        for row in rows:
            venue.send(*row.item())
        hashes.append(venue.state_hash())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hashes) == 2 and len(set(hashes)) == 1


def test_the_example(capsys) -> None:
    assert hkperp.Venue is Venue
    example = Path(__file__).parents[2] / "docs" / "examples" / "embed.py"
    runpy.run_path(str(example), run_name="__main__")
    trade, *wallets = capsys.readouterr().out.splitlines()
    assert trade.startswith("Trade(") and "price_ticks=900500, lots=2" in trade
    assert wallets == [
        "wallet 16: -2 lots, equity HKD 500,000.64",
        "wallet 17: +2 lots, equity HKD 499,998.10",
    ]
