"""The public tape: the same bytes as the benchmark's own, and its reports to the last byte."""

import hashlib

import numpy as np
import pytest

from hkperp.bench import digest, tape
from hkperp_engine.codes import Command, Event, EventFlag
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import EVENT
from hkperp_engine.reference import CommandRow, ReferenceBook
from hkperp_engine.standalone import Book

compiled_only = pytest.mark.skipif(
    BUILD == "python", reason="two million messages take minutes when nothing is compiled"
)


@pytest.fixture(scope="module")
def stream() -> tape.Stream:
    return tape.draw()


def test_random_source() -> None:
    """The generator's words and uniforms, as C++ gives them for this seed."""
    words = np.random.RandomState(tape.SEED).randint(0, 2**32, 8, dtype=np.uint32)
    assert words.tolist() == [
        *(2221777491, 2873750246, 4067173416, 794519497),
        *(3287624630, 3357287912, 1212880927, 2464917741),
    ]
    uniforms = np.random.RandomState(tape.SEED).random_sample(4)
    assert uniforms.tolist() == [
        *(0.5172978838465893, 0.9469626038148141),
        *(0.7654597593969069, 0.2823958439671127),
    ]


@compiled_only
def test_orders(stream: tape.Stream) -> None:
    assert stream.depths[:8].tolist() == [9, 7, 0, 8, 7, 6, 8, 9]
    assert stream.depths[-3:].tolist() == [9, 7, 8]
    assert stream.depths.max() == 776
    assert stream.sizes[:8].tolist() == [29, 40, 89, 98, 29, 1, 35, 72]
    assert stream.sizes[-3:].tolist() == [41, 33, 96]


@compiled_only
def test_arrivals(stream: tape.Stream) -> None:
    assert stream.arrivals[:5].tolist() == [814346, 587811, 216492, 704122, 735738]
    assert stream.arrivals[5:10].tolist() == [914494, 675175, 418861, 269246, 470656]
    assert stream.arrivals[-3:].tolist() == [314455, 373390, 440852]


@compiled_only
@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [
        ("static", [33504, 33504, 33504, 33504, 33504], 33504, 33504),
        ("normal", [33505, 33504, 33504, 33504, 33504], 34173, 33859),
        ("swing-25", [33513, 33507, 33500, 33499, 33504], 42284, 37142),
        ("swing-40", [33519, 33509, 33498, 33496, 33503], 47898, 38345),
        ("flash-crash", [33526, 33512, 33495, 33492, 33503], 55577, 38632),
    ],
)
def test_mid_path(
    stream: tape.Stream, name: str, first: list[int], middle: int, last: int
) -> None:
    mids = tape.mid_path(stream, name)
    assert (mids[:5].tolist(), mids[500_000], mids[-1]) == (first, middle, last)


@compiled_only
def test_make_up(stream: tape.Stream) -> None:
    counts = np.bincount(stream.messages["type"])
    assert counts.tolist() == [1_000_000, 823_422, 172_675]
    assert np.count_nonzero(stream.messages["ioc"]) == 150_234
    assert np.count_nonzero(stream.reprices) >= 135_638  # the stale repeats are repriced too
    assert tape.shared_digest(stream.messages) == tape.SHARED_SHA256


@compiled_only
@pytest.mark.parametrize("name", tape.SCENARIOS)
def test_file_digest(stream: tape.Stream, name: str) -> None:
    assert tape.file_digest(tape.priced(stream, name)) == tape.FILE_SHA256[name]


# Messages of `normal`: number, type, side, ioc, quantity, id, price.
MESSAGES = [
    (0, tape.Kind.NEW, 1, 0, 88, 814347, 33721),
    (1, tape.Kind.CANCEL, 1, 0, 88, 814347, 33721),
    (4, tape.Kind.NEW, 0, 0, 82, 216493, 33724),
    (5, tape.Kind.MODIFY, 0, 0, 83, 216493, 33725),
    (6, tape.Kind.CANCEL, 0, 0, 82, 216493, 33724),
    (11, tape.Kind.NEW, 1, 1, 53, 914495, 33642),
    (76, tape.Kind.NEW, 1, 0, 100, 932154, 33559),
]

# The report lines of some of its messages.
LINES = {
    0: ["0,0,1,814347,33721,88"],
    1: ["2,1,1,814347,33721"],
    5: ["3,5,0,216493,33725,83"],
    6: ["2,6,0,216493,33725"],
    11: ["0,11,1,914495,33642,53", "2,11,1,914495,33642"],
    59: ["4,59,274327"],
    76: ["0,76,1,932154,33559,100", "1,76,33857,87,232140,932154"],
    77: ["3,77,1,932154,33558,101"],
    191: ["5,191,503340"],
}


@compiled_only
def test_first_messages(stream: tape.Stream) -> None:
    rows = tape.priced(stream, "normal")
    for number, *expected in MESSAGES:
        row = rows[number]
        found = [row[field] for field in ("type", "side", "ioc", "quantity", "id", "price")]
        assert (row["sequence"], found) == (number, expected)


@compiled_only
def test_first_lines(stream: tape.Stream) -> None:
    commands = tape.commands(tape.priced(stream, "normal")[:200])
    book = Book(price_ticks_max=40_000, lots_max=101, wallets=2)
    lines: dict[int, list[str]] = {}
    for line in digest.report_text(book.apply(commands)).decode().split("\n"):
        lines.setdefault(int(line.split(",")[1]), []).append(line)
    assert {number: lines[number] for number in LINES} == LINES


@pytest.mark.parametrize("name", tape.SCENARIOS)
def test_both_books_give_the_same_report(name: str) -> None:
    """A short tape of another seed; with few orders the mid moves far, so many trade."""
    messages = tape.priced(tape.draw(order_count=10_000, seed=7), name)
    commands = tape.commands(messages, first_wallet=3)
    limits = {"price_ticks_max": 100_000, "lots_max": 101, "wallets": 5}
    fast = Book(**limits).apply(commands)
    slow = ReferenceBook(**limits)
    rows = [row for command in commands.tolist() for row in slow.apply(CommandRow(*command))]
    assert digest.report_text(fast) == digest.report_text(np.array(rows, EVENT))
    has_trades = bool(np.count_nonzero(fast["kind"] == Event.TRADE))
    assert has_trades or name == "static"


def events(*rows: tuple[int, int, dict[str, int]]) -> np.ndarray:
    """Rows (message, kind, other fields) as EVENT rows."""
    out = np.zeros(len(rows), EVENT)
    for row, (message, kind, fields) in zip(out, rows):
        row["time_ns"], row["kind"] = message, kind
        for field, value in fields.items():
            row[field] = value
    return out


ORDER = {"order_id": 9, "price_ticks": 101, "lots": 5}
TRADE = {"order_id": 3, "counter_order_id": 9, "price_ticks": 100, "lots": 2}


def test_trades_stand_before_their_amendment() -> None:
    found = events(
        (7, Event.ORDER_AMENDED, ORDER),
        (7, Event.TRADE, TRADE),
        (7, Event.TRADE, {**TRADE, "order_id": 4}),
        (8, Event.TRADE, TRADE),
    )
    assert digest.report_text(found).split(b"\n") == [
        b"1,7,100,2,3,9",
        b"1,7,100,2,4,9",
        b"3,7,0,9,101,5",
        b"1,8,100,2,3,9",
    ]


def test_lines() -> None:
    sell = {**ORDER, "flags": EventFlag.SELL}
    found = events(
        (0, Event.ORDER_ACCEPTED, sell),
        (1, Event.ORDER_CANCELLED, sell),
        (2, Event.REFUSED, {"order_id": 2**62, "amount": Command.CANCEL}),
        (10**18, Event.REFUSED, {"order_id": 10, "amount": Command.AMEND}),
    )
    text = b"0,0,1,9,101,5\n2,1,1,9,101\n4,2,4611686018427387904\n5,1000000000000000000,10"
    assert digest.report_text(found) == text
    report = digest.report(found)
    assert report == (hashlib.sha256(text).hexdigest(), 4, len(text))


def test_report_is_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(i, Event.TRADE if i % 3 else Event.ORDER_AMENDED, ORDER) for i in range(50)]
    whole = digest.report_text(events(*rows))
    monkeypatch.setattr(digest, "_BUFFER_BYTES", 3 * 112)
    assert digest.report_text(events(*rows)) == whole
    assert len(whole.split(b"\n")) == 50


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(Event.ORDER_REDUCED, {}), (Event.REFUSED, {"amount": Command.NEW_ORDER}), (Event.NONE, {})],
)
def test_event_without_a_line(kind: int, fields: dict[str, int]) -> None:
    with pytest.raises(InputError, match="message 4 has no line"):
        digest.report(events((3, Event.TRADE, TRADE), (4, kind, fields)))


@pytest.mark.parametrize(("order_count", "seed"), [(0, 23), (10**9, 23), (5, -1), (5, 2**32)])
def test_draw_refuses(order_count: int, seed: int) -> None:
    with pytest.raises(InputError):
        tape.draw(order_count, seed)


def test_unknown_tape() -> None:
    with pytest.raises(InputError, match="no tape 'calm'"):
        tape.priced(tape.draw(3), "calm")


@pytest.mark.parametrize("order_count", [1, 2, 3])
def test_smallest_tapes(order_count: int) -> None:
    """Half of the orders buy, rounded down; each is new once, before its other messages."""
    messages = tape.priced(tape.draw(order_count), "normal")
    new = messages[messages["type"] == tape.Kind.NEW]
    assert sorted(new["id"]) == list(range(1, order_count + 1))
    assert np.count_nonzero(new["side"] == 0) == order_count // 2
