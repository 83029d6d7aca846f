"""The figures of an explanation that a scenario may ask for, by what the explanation is about.

Names and units only: `explained` finds the figures in a run, docs/scenarios.md says what each is.
"""

__all__ = ["PARTS", "part_unit"]

#: What an EXPLAIN block holds (docs/machine.md section 9).
_MARGINS = dict.fromkeys(
    (
        "cash",
        "collateral",
        "variation",
        "equity",
        "initial_margin",
        "maintenance_margin",
        "close_out_margin",
        "missing_margin",
    ),
    "amount",
)
_LAYERS = {f"layer_{number}": "amount" for number in range(2, 6)}
_ROOM = dict.fromkeys(("held", "limit", "lots", "lots_most"), "count")

#: Part and unit of each explanation: of what was done, then of what was refused, by its code.
PARTS: dict[str, dict[str, str]] = {
    "MARGIN_CALL": {"equity": "amount"},
    "NOTICE": {"equity": "amount"},
    "REDUCTION": _MARGINS | {"lots": "count", "sent_lots": "count"},
    "TAKEOVER": _MARGINS | {"deficit": "amount"} | _LAYERS,
    "DELEVERAGING": _MARGINS | {"score": "count", "lots": "count", "given": "amount"},
    "HAIRCUT": {"gain": "amount", "share": "amount"},
    "MRG_INSUFFICIENT": {
        **dict.fromkeys(("cash", "collateral", "unsettled", "equity"), "amount"),
        **dict.fromkeys(("requirement_before", "requirement", "missing"), "amount"),
        **dict.fromkeys(("lots", "lots_most"), "count"),
    },
    "NOCR_WITHDRAWAL_REFUSED": {
        **dict.fromkeys(("cash", "collateral", "loss", "needed", "funding", "free"), "amount"),
        **dict.fromkeys(("drop", "held", "asked", "most"), "amount"),
    },
    "LIM_POSITION": _ROOM,
    "LIM_OI_CAP": _ROOM,
    "LIM_CLIENT_EXPOSURE": {
        **dict.fromkeys(("exposure_before", "exposure", "limit"), "amount"),
        **dict.fromkeys(("lots", "lots_most"), "count"),
    },
}


def part_unit(about: str, part: str) -> str:
    """Return the unit of a part that there is: amount or count.

    >>> part_unit("REDUCTION", "equity"), part_unit("LIM_POSITION", "held")
    ('amount', 'count')
    """
    return PARTS[about][part]
