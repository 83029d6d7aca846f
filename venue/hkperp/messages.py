"""The wire schema: commands and events as tagged unions, in JSON and MessagePack.

    {"kind":"DEPOSIT","time_ns":0,"tag":0,"wallet":16,"asset":0,"amount":1000000}

`kind` is the name of the `Command` or `Event`. Enumerations travel as their numbers, which are
never reused (`hkperp_engine.codes`). Unknown kinds and fields are refused, and numbers that do not
fit their column. Whole numbers need 64 bits: a reader that keeps JSON's numbers as floating point
would change them. This module imports neither numpy nor numba.
"""

import re
from typing import Any, TypeVar, get_args

import msgspec

from hkperp import commands, events
from hkperp.edge.command_encoders import misfit
from hkperp_engine.codes import Command, Event
from hkperp_engine.errors import RequestError

__all__ = [
    "AnyCommand",
    "AnyEvent",
    "COMMAND_STRUCTS",
    "EVENT_STRUCTS",
    "SCHEMA_VERSION",
    "command_from_json",
    "command_from_msgpack",
    "event_from_json",
    "event_from_msgpack",
    "json_schema",
    "mistake_in",
    "to_json",
    "to_msgpack",
]

#: Goes up when a struct gains, loses or renames a field, or a field changes its meaning.
SCHEMA_VERSION = 4

AnyCommand = (
    commands.NewOrder
    | commands.Cancel
    | commands.Amend
    | commands.MassCancel
    | commands.MassQuote
    | commands.SetCountdown
    | commands.SetSession
    | commands.SetProtection
    | commands.ResetProtection
    | commands.Deposit
    | commands.Withdraw
    | commands.OpeningTrade
    | commands.HouseDeposit
    | commands.BustTrade
    | commands.Compensate
    | commands.ClearDeposit
    | commands.Transfer
    | commands.Redeem
    | commands.ReverseDeposit
    | commands.SourcePrice
    | commands.Tick
    | commands.AssetPrice
    | commands.AssetState
    | commands.AccountStatus
    | commands.ContractState
    | commands.KillSwitch
    | commands.SuspendAfmm
    | commands.Reconcile
    | commands.Advance
    | commands.ProductState
    | commands.ReferenceStatus
    | commands.MarginAddon
    | commands.AssetHaircut
    | commands.PublishAgreement
    | commands.Acknowledge
    | commands.ExposureLimit
    | commands.DeclareDefault
    | commands.SetBackstop
    | commands.HouseWithdraw
    | commands.IssuerDefault
)

AnyEvent = (
    events.Refused
    | events.OrderAccepted
    | events.OrderCancelled
    | events.OrderAmended
    | events.OrderReduced
    | events.Trade
    | events.OpeningTrade
    | events.OrderRefreshed
    | events.OrderWaits
    | events.Posting
    | events.FeeWaived
    | events.TradeBusted
    | events.Triggered
    | events.TriggerCap
    | events.Uncross
    | events.MassCancelled
    | events.Protection
    | events.IndexSource
    | events.Index
    | events.Mark
    | events.FundingRate
    | events.Funding
    | events.Cycle
    | events.CycleDone
    | events.MarginState
    | events.Explain
    | events.LiquidationOrder
    | events.Takeover
    | events.Default
    | events.Allocation
    | events.Haircut
    | events.Deleverage
    | events.ContractState
    | events.AccountStatus
    | events.AssetPrice
    | events.AssetState
    | events.KillSwitch
    | events.AfmmSuspended
    | events.ProductState
    | events.ReferenceStatus
    | events.MarginAddon
    | events.AssetHaircut
    | events.Agreement
    | events.Acknowledged
    | events.ExposureLimit
    | events.Reconciled
    | events.SegBreak
    | events.Alert
    | events.FinalPrice
    | events.FinalSettlement
    | events.MarginNotice
    | events.DefaultDeclared
    | events.OiCap
    | events.BackstopSet
    | events.Backstop
    | events.TearUp
)

#: The struct of each kind of command and of event. (REFERENCE_PRICE is of the book without a
#: machine, which works out its own.)
COMMAND_STRUCTS: dict[Command, type[msgspec.Struct]] = {
    Command[struct.__struct_config__.tag]: struct for struct in get_args(AnyCommand)
}
EVENT_STRUCTS: dict[Event, type[msgspec.Struct]] = {
    Event[struct.__struct_config__.tag]: struct for struct in get_args(AnyEvent)
}

_Message = TypeVar("_Message")

_json_command: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_json_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_msgpack_command: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)
_msgpack_event: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)

#: Where msgspec says a mistake is: "Expected `int`, got `str` - at `$.lots`".
_PLACE = re.compile(r"(?s)(.*) - at `\$\.?(.*)`")


def to_json(message: AnyCommand | AnyEvent) -> bytes:
    """Return a command or an event as one line of JSON.

    >>> to_json(commands.Cancel(time_ns=0, wallet=16, order_id=7)).decode()
    '{"kind":"CANCEL","time_ns":0,"tag":0,"wallet":16,"order_id":7}'
    """
    return msgspec.json.encode(message)


def to_msgpack(message: AnyCommand | AnyEvent) -> bytes:
    """Return a command or an event as MessagePack."""
    return msgspec.msgpack.encode(message)


def command_from_json(text: bytes | str) -> AnyCommand:
    """Return the command that a JSON object is; `RequestError` says what is wrong with it.

    >>> command_from_json('{"kind":"CANCEL","time_ns":0,"wallet":"me","order_id":7}')
    Traceback (most recent call last):
    hkperp_engine.errors.RequestError: wallet: Expected `int`, got `str`
    """
    return _decode(_json_command.decode, text)


def command_from_msgpack(data: bytes) -> AnyCommand:
    """Return the command that MessagePack bytes are, or raise `RequestError`."""
    return _decode(_msgpack_command.decode, data)


def event_from_json(text: bytes | str) -> AnyEvent:
    """Return the event that a JSON object is, or raise `RequestError`."""
    return _decode(_json_event.decode, text)


def event_from_msgpack(data: bytes) -> AnyEvent:
    """Return the event that MessagePack bytes are, or raise `RequestError`."""
    return _decode(_msgpack_event.decode, data)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of all messages: `$defs`, and the two unions by name."""
    unions, components = msgspec.json.schema_components(
        [AnyCommand, AnyEvent], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hkperp messages, version {SCHEMA_VERSION}",
        "anyOf": [{"$ref": "#/$defs/AnyCommand"}, {"$ref": "#/$defs/AnyEvent"}],
        "$defs": {"AnyCommand": unions[0], "AnyEvent": unions[1], **components},
    }


def mistake_in(command: object) -> RequestError:
    """Return what is wrong with a command that does not fit its row, to be raised."""
    if type(command) not in COMMAND_STRUCTS.values():
        known = "one of the structs of hkperp.commands"
        return RequestError(f"{type(command).__name__} is not a command", hint=known)
    try:
        _json_command.decode(msgspec.json.encode(command))
    except (msgspec.ValidationError, OverflowError, TypeError) as error:
        return _told(error)
    if isinstance(command, commands.NewOrder) and (found := misfit(command)):
        return RequestError(found)
    return RequestError(f"{command!r} does not fit a command row"[:300])


def _decode(decode: Any, data: bytes | str) -> Any:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _told(error) from None


def _told(error: Exception) -> RequestError:
    found = _PLACE.fullmatch(str(error))
    if found is None:
        return RequestError(str(error)[:300])
    return RequestError(found[1][:300], path=found[2][:100])
