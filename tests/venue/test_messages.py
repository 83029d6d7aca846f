"""Messages: one struct per kind, the same row as the machine's, the same again off the wire."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

import message_samples
from hkperp import commands, messages
from hkperp.edge.message_rows import COMMAND_ROW, DECODERS, ENCODERS, EVENT_ROW, ROW_BYTES, decoded
from hkperp_engine import codes
from hkperp_engine.codes import Command, Event
from hkperp_engine.errors import RequestError
from hkperp_engine.layout import COMMAND, EVENT

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "messages.txt"

COMMANDS = [
    pytest.param(*each, id=message_samples.kind_of(each[0]).name)
    for each in message_samples.COMMANDS
]
EVENTS = [
    pytest.param(*each, id=message_samples.kind_of(each[0]).name)
    for each in message_samples.EVENTS
]


def test_every_kind_has_a_struct_and_a_sample() -> None:
    ours = [kind for kind in Command if kind is not Command.REFERENCE_PRICE]  # of a bare book
    assert list(messages.COMMAND_STRUCTS) == ours
    assert set(messages.EVENT_STRUCTS) == set(Event) - {Event.NONE}
    for kind, struct in (*messages.COMMAND_STRUCTS.items(), *messages.EVENT_STRUCTS.items()):
        assert struct.__struct_config__.tag == kind.name
        assert struct.__name__ == kind.name.title().replace("_", "")
        assert struct.__struct_config__.frozen and struct.__struct_config__.forbid_unknown_fields
    assert set(ENCODERS) == set(messages.COMMAND_STRUCTS.values())
    assert set(DECODERS) == set(messages.EVENT_STRUCTS)
    sampled = [*message_samples.COMMANDS, *message_samples.EVENTS]
    assert {type(message) for message, _ in sampled} == {
        *messages.COMMAND_STRUCTS.values(),
        *messages.EVENT_STRUCTS.values(),
    }


@pytest.mark.parametrize(("row", "dtype"), [(COMMAND_ROW, COMMAND), (EVENT_ROW, EVENT)])
def test_rows_are_the_machines(row, dtype) -> None:
    values = tuple(range(1, len(dtype) + 1))
    assert row.size == dtype.itemsize == ROW_BYTES
    assert np.frombuffer(row.pack(*values), dtype)[0].item() == values


@pytest.mark.parametrize(("command", "columns"), COMMANDS)
def test_command_rows(command, columns) -> None:
    row = np.full(1, -1, np.dtype((np.void, ROW_BYTES))).view(COMMAND)
    row.view(np.uint8)[:] = 0xFF  # what is not written must be seen
    ENCODERS[type(command)](row.view(np.uint8).data, command)
    expected = {"time_ns": 5, "tag": 6, "kind": message_samples.kind_of(command), **columns}
    assert {n: int(row[n][0]) for n in COMMAND.names} == dict.fromkeys(COMMAND.names, 0) | expected


@pytest.mark.parametrize(("event", "columns"), EVENTS)
def test_event_rows(event, columns) -> None:
    row = np.zeros(1, EVENT)
    expected = {"sequence": 3, "time_ns": 5, "kind": message_samples.kind_of(event), **columns}
    for name, value in expected.items():
        row[name] = value
    (made,) = decoded(row.tobytes())
    assert made == event
    # An enumeration is a member, not the number that equals it.
    fields = msgspec.structs.fields(type(event))
    assert all(type(getattr(made, field.name)) is field.type for field in fields)


@pytest.mark.parametrize(("message", "columns"), [*COMMANDS, *EVENTS])
def test_round_trip(message, columns) -> None:
    from_json, from_msgpack = (
        (messages.command_from_json, messages.command_from_msgpack)
        if isinstance(message, messages.AnyCommand)
        else (messages.event_from_json, messages.event_from_msgpack)
    )
    text, data = messages.to_json(message), messages.to_msgpack(message)
    assert from_json(text) == from_json(text.decode()) == from_msgpack(data) == message
    assert type(from_json(text)) is type(message)
    more = {**msgspec.json.decode(text), "colour": "red"}
    with pytest.raises(RequestError, match="unknown field `colour`"):
        from_json(msgspec.json.encode(more))
    with pytest.raises(RequestError, match="unknown field `colour`"):
        from_msgpack(msgspec.msgpack.encode(more))


ORDER = '{"kind":"NEW_ORDER","time_ns":1,"contract":0,"wallet":16,"order_id":1,"side":0,"lots":%s}'
MISTAKES = [
    ('{"kind":"TICKLE","time_ns":1}', "kind: Invalid value 'TICKLE'"),
    ('{"time_ns":1}', "Object missing required field `kind`"),
    ('{"kind":"TICK"}', "Object missing required field `time_ns`"),
    ('{"kind":"TICK","time_ns":"now"}', "time_ns: Expected `int`, got `str`"),
    ('{"kind":"TICK","time_ns":1.5}', "time_ns: Expected `int`, got `float`"),
    ('{"kind":"TICK","time_ns":NaN}', "JSON is malformed: invalid character (byte 25)"),
    ('{"kind":"TICK","time_ns":9223372036854775808}', "time_ns: Expected `int` <= 92233720368547"),
    ('{"kind":"TICK","time_ns":1' + "0" * 5_000 + "}", "time_ns: "),
    (ORDER % "true", "lots: Expected `int`, got `bool`"),
    (ORDER % "null", "lots: Expected `int`, got `null`"),
    (ORDER % '1,"side":2', "side: Invalid enum value 2"),
    (ORDER % '1,"wallet":2147483648', "wallet: Expected `int` <= 2147483647"),
    (ORDER % '1,"contract":-32769', "contract: Expected `int` >= -32768"),
    (ORDER % '1,"is_post_only":1', "is_post_only: Expected `bool`, got `int`"),
    ("", "Input data was truncated"),
    ("[" * 50_000, "Expected `object`, got `array`"),
    ('{"kind":' * 50_000, "maximum recursion depth exceeded"),
    (b"\xff\xfe", "JSON is malformed: invalid character (byte 0)"),
    ("\ud800", "'utf-8' codec can't encode"),
    ("3", "Expected `object`, got `int`"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_are_one_line(text, expected) -> None:
    with pytest.raises(RequestError) as caught:
        messages.command_from_json(text)
    told = str(caught.value)
    assert told.startswith(expected)
    assert len(told) < 500 and "\n" not in told


def test_a_wrong_command_is_explained() -> None:
    order = commands.NewOrder(
        time_ns=1, contract=70_000, wallet=16, order_id=1, side=codes.Side.BUY, lots=1
    )
    assert str(messages.mistake_in(order)) == "contract: Expected `int` <= 32767"
    assert "is not a command" in str(messages.mistake_in({"kind": "TICK"}))
    assert str(messages.mistake_in(commands.Tick(time_ns=2**70))).startswith("time_ns: ")


MISFITS = [
    ({"trigger_ticks": 5}, {}, "terms.trigger_ticks does not go with order_type LIMIT"),
    ({"activation_ticks": 5}, {"order_type": 2}, "terms.activation_ticks does not go with"),
    ({"shown_lots": 5}, {"order_type": 3}, "terms.shown_lots does not go with order_type 3"),
    ({"distance_ticks": 5}, {"order_type": 7}, "terms.distance_ticks does not go with"),
    ({"distance_ppb": 5}, {"order_type": 6}, "terms.distance_ppb does not go with"),
    ({}, {"order_type": 6, "price_ticks": 7}, "price_ticks does not go with a trailing order"),
    (None, {"order_type": 7, "price_ticks": 7}, "price_ticks does not go with a trailing order"),
    ({"expiry_ns": 5}, {}, "terms.expiry_ns goes with time_in_force GTD"),
    ({"expiry_ns": 5, "notional": 6}, {"time_in_force": 3}, "terms.expiry_ns does not go with"),
    ({"partner_id": 5, "notional": 6}, {}, "terms.partner_id does not go with expiry_ns, nor"),
]


@pytest.mark.parametrize(("terms", "fields", "expected"), MISFITS, ids=range(len(MISFITS)))
def test_what_shares_a_column_is_not_mixed_up(terms, fields, expected) -> None:
    """Given together, or to the wrong type, one would be taken for the other."""
    made = None if terms is None else commands.OrderTerms(**terms)
    order = commands.NewOrder(
        time_ns=1,
        contract=0,
        wallet=16,
        order_id=1,
        side=codes.Side.BUY,
        lots=1,
        terms=made,
        **fields,
    )
    with pytest.raises(TypeError):
        ENCODERS[commands.NewOrder](bytearray(ROW_BYTES), order)
    assert str(messages.mistake_in(order)).startswith(expected)


def test_the_schema_names_everything() -> None:
    schema = messages.json_schema()
    assert f"version {messages.SCHEMA_VERSION}" in schema["title"]
    for name, count in (("AnyCommand", len(Command) - 1), ("AnyEvent", len(Event) - 1)):
        assert len(schema["$defs"][name]["anyOf"]) == count
    order = schema["$defs"]["NewOrder"]
    assert order["additionalProperties"] is False
    assert order["properties"]["kind"] == {"enum": ["NEW_ORDER"]}
    assert order["properties"]["contract"] == {
        "type": "integer",
        "minimum": -(2**15),
        "maximum": 2**15 - 1,
    }
    assert {"kind", "time_ns", "wallet", "lots"} <= set(order["required"])


def test_the_schema_changes_with_its_version_only() -> None:
    """The fields of every message, in order, and the version: a change needs a new version."""
    lines = [f"version {messages.SCHEMA_VERSION}"]
    for of in (messages.COMMAND_STRUCTS, messages.EVENT_STRUCTS):
        for struct in of.values():
            fields = " ".join(struct.__struct_fields__)
            lines.append(f"{struct.__module__}.{struct.__name__} {fields}")
    assert SNAPSHOT.read_text().splitlines() == lines


def test_messages_need_no_numpy() -> None:
    code = "import sys, hkperp.messages, hkperp.edge.message_rows, hkperp.accounts, hkperp.presets"
    code += "; sys.exit(bool({'numpy', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
