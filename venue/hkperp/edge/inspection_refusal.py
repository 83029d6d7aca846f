"""Why the machine refused: what went in, the threshold, and what would have been accepted.

Asked right after the command, while the state is the one that it was refused in (a refusal changes
nothing). The kernels are those that refused; what they book on trial they take out again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hkperp.edge.inspection import measure_wallet
from hkperp.edge.machine_memory import Machine
from hkperp.loop.vault import funding_ahead
from hkperp.state import open_machine
from hkperp_clearing.collateral import recognised_value
from hkperp_clearing.custody import held_units
from hkperp_clearing.limits import account_exposure
from hkperp_clearing.margin import cover, measure
from hkperp_clearing.position import reserve
from hkperp_engine.codes import Command, Reject, Side
from hkperp_engine.kernel import door
from hkperp_engine.orders import find_order
from hkperp_engine.units import PPB

__all__ = ["REFUSALS_TOLD", "RefusalFigures", "refusal_of"]

#: Refusals that have figures: the margin, what may leave, the limits.
REFUSALS_TOLD = (
    Reject.MRG_INSUFFICIENT,
    Reject.NOCR_WITHDRAWAL_REFUSED,
    Reject.LIM_POSITION,
    Reject.LIM_OI_CAP,
    Reject.LIM_CLIENT_EXPOSURE,
)
_ORDERS = (Command.NEW_ORDER, Command.AMEND)
_LEAVING = (Command.WITHDRAW, Command.TRANSFER, Command.REDEEM)


class RefusalFigures(NamedTuple):
    """What a refusal was decided on. `limit`: which limit of several, else empty.

    `figures` by name, ledger units or lots: inputs, then the threshold, then what would have been
    accepted. docs/scenarios.md lists them.
    """

    limit: str
    figures: dict[str, int]


@door
def order_cover(arena, order_id, lots):
    """Return what admission compares, were the order last refused of so many lots.

    (requirement with it, requirement without it, equity for new risk, exposure with it, exposure
    without it), quote. `order_id`: the order that it amends, 0 if none. O(contracts).
    """
    state = open_machine(arena)
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    slot = find_order(state, order_id) if order_id != 0 else 0
    before, equity_new = cover(state, wallet)
    exposure_before = account_exposure(state, wallet)
    order = state.orders[slot]
    if slot != 0:
        reserve(state, order, int(order["lots_left"]), 0)
    reserve(state, taker, 0, lots)
    after, _ = cover(state, wallet)
    exposure_after = account_exposure(state, wallet)
    reserve(state, taker, lots, 0)
    if slot != 0:
        reserve(state, order, 0, int(order["lots_left"]))
    return after, before, equity_new, exposure_after, exposure_before


@door
def leaving_cover(arena, wallet, asset, amount):
    """Return (units held, how much less they would count, funding ahead); but units, quote.

    The wallet's measure is then in `state.margin[0]`. O(contracts + assets).
    """
    state = open_machine(arena)
    held = held_units(state, wallet, asset)
    amount = min(amount, held)
    drop = amount
    if asset != 0:
        drop = recognised_value(state, asset, held) - recognised_value(state, asset, held - amount)
    measure(state, wallet)
    return held, drop, funding_ahead(state, wallet)


@door
def open_lots(arena, order_id):
    """Return the open lots of a live order. O(1)."""
    state = open_machine(arena)
    return int(state.orders[find_order(state, order_id)]["lots_left"])


@door
def kept_value(arena, asset, units):
    """Return what units of an asset count as margin, quote, rounded down. O(1)."""
    return recognised_value(open_machine(arena), asset, units)


def refusal_of(machine: Machine, command: Any, reject: Reject) -> RefusalFigures | None:
    """Return what the machine refused its last command on; None if there are no figures.

    `command`: its COMMAND row. None for what is not an order, an amendment or money that leaves.
    """
    kind = Command(int(command["kind"]))
    if reject == Reject.NOCR_WITHDRAWAL_REFUSED and kind in _LEAVING:
        return _leaving(machine, command, kind)
    if reject not in REFUSALS_TOLD or kind not in _ORDERS:
        return None
    taker = machine.state.taker[0]
    if int(taker["wallet"]) != int(command["wallet"]):
        return None
    amended = int(command["order_id"]) if kind == Command.AMEND else 0
    if reject == Reject.LIM_POSITION:
        return _position(machine, taker, amended)
    if reject == Reject.LIM_OI_CAP:
        return _open_interest(machine, taker, amended)
    return _cover(machine, taker, amended, reject)


def _most(low: int, high: int, is_fine: Callable[[int], bool]) -> int:
    """Return the largest number from `low`, which is fine, to `high` that is fine. O(log)."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_fine(middle) else (low, middle - 1)
    return low


def _cover(machine: Machine, taker: Any, amended: int, reject: Reject) -> RefusalFigures:
    """Figures of MRG_INSUFFICIENT and LIM_CLIENT_EXPOSURE."""
    wallet, lots = int(taker["wallet"]), int(taker["lots_left"])

    def compared(count: int) -> tuple[int, ...]:
        return tuple(int(each) for each in order_cover(machine.arena, amended, count))

    after, before, equity, exposure_after, exposure = compared(lots)
    limit = int(machine.state.exposure_caps[wallet])
    if reject == Reject.LIM_CLIENT_EXPOSURE:
        most = _most(0, lots, lambda count: compared(count)[3] <= max(limit, exposure))
        figures = {"exposure_before": exposure, "exposure": exposure_after, "limit": limit}
        return RefusalFigures("", figures | {"lots": lots, "lots_most": most})
    measure_wallet(machine.arena, wallet)
    margin = machine.state.margin[0]
    cash, collateral = int(margin["cash"]), int(margin["collateral"])
    most = _most(0, lots, lambda count: compared(count)[0] <= max(equity, before))
    return RefusalFigures(
        "",
        {
            "cash": cash,
            "collateral": collateral,
            "unsettled": equity - cash - collateral,
            "equity": equity,
            "requirement_before": before,
            "requirement": after,
            "missing": after - equity,
            "lots": lots,
            "lots_most": most,
        },
    )


def _leaving(machine: Machine, command: Any, kind: Command) -> RefusalFigures:
    """Figures of NOCR_WITHDRAWAL_REFUSED."""
    wallet, asked = int(command["wallet"]), int(command["amount"])
    asset = int(command["contract"] if kind == Command.TRANSFER else command["target"])
    held, drop, funding = (
        int(each) for each in leaving_cover(machine.arena, wallet, asset, asked)
    )
    margin = machine.state.margin[0]
    counted = int(margin["cash"] + margin["collateral"] + min(0, margin["variation"]))
    needed = int(max(margin["requirement"], margin["maintenance_margin"]))
    free = counted - needed - funding
    most = 0
    if free >= 0:
        whole = held if not asset else int(kept_value(machine.arena, asset, held))

        def is_fine(amount: int) -> bool:
            kept = held - amount
            value = kept if not asset else int(kept_value(machine.arena, asset, kept))
            return whole - value <= free

        most = _most(0, held, is_fine)
    return RefusalFigures(
        "HELD" if asked > held else "FREE",
        {
            "cash": int(margin["cash"]),
            "collateral": int(margin["collateral"]),
            "loss": int(min(0, margin["variation"])),
            "needed": needed,
            "funding": funding,
            "free": free,
            "drop": drop,
            "held": held,
            "asked": asked,
            "most": most,
        },
    )


def _side_lots(state: Any, wallet: int, contract: int, side: Side) -> int:
    """Return the lots that a wallet has on a side and may yet get by its orders."""
    row = state.positions[wallet * len(state.contracts) + contract]
    if side == Side.BUY:
        return max(0, int(row["lots"])) + int(row["buy_lots"])
    return max(0, -int(row["lots"])) + int(row["sell_lots"])


def _more_lots(machine: Machine, taker: Any, amended: int) -> int:
    """Return how many lots more an order asks for than stand in the sums."""
    lots = int(taker["lots_left"])
    return lots - int(open_lots(machine.arena, amended)) if amended else lots


def _position(machine: Machine, taker: Any, amended: int) -> RefusalFigures:
    """Figures of LIM_POSITION: the first of the limits that is passed (DFT-010)."""
    state, wallet, contract = machine.state, int(taker["wallet"]), int(taker["contract"])
    spec, side = state.contracts[contract], Side(int(taker["side"]))
    more = _more_lots(machine, taker, amended)
    account = int(state.wallets["account"][wallet])
    same = np.flatnonzero(state.wallets["account"] == account).tolist()
    group, each = [wallet], int(state.group_next[wallet])
    while each not in (0, wallet):
        group.append(each)
        each = int(state.group_next[each])
    share = None
    if spec["holder_share_ppb"]:
        share = int(spec["open_interest"]) * int(spec["holder_share_ppb"]) // PPB
        share = max(share, int(spec["oi_share_floor_lots"]))
    limits = [("WALLET", [wallet], int(spec["lots_max"]))]
    for name, wallets, field in (("ACCOUNT", same, "client"), ("GROUP", group, "group")):
        if own := int(spec[f"{field}_lots_max"]):
            limits.append((name, wallets, own))
        if share is not None:
            limits.append((f"{name}_SHARE", wallets, share))
    passed = []
    for name, wallets, limit in limits:
        held = sum(_side_lots(state, number, contract, side) for number in wallets)
        passed.append((limit - held, name, held, limit))
    # The one that leaves least room: what is within it is within all of them.
    room, name, held, limit = min(passed, key=lambda found: found[0])
    return RefusalFigures(
        name, {"held": held, "lots": more, "limit": limit, "lots_most": max(0, room)}
    )


def _open_interest(machine: Machine, taker: Any, amended: int) -> RefusalFigures:
    """Figures of LIM_OI_CAP (LIM-03)."""
    state, contract = machine.state, int(taker["contract"])
    spec, side = state.contracts[contract], Side(int(taker["side"]))
    more = _more_lots(machine, taker, amended)
    waiting = int(spec["buy_lots"] if side == Side.BUY else spec["sell_lots"])
    caps = [("CONTRACT", "oi_cap_lots"), ("FUND", "oi_fund_cap_lots")]
    caps += [("DEPTH", "oi_depth_cap_lots")]
    # The first of equals: what the contract's own terms say before what is computed.
    name, limit = min(((whose, int(spec[field])) for whose, field in caps), key=lambda cap: cap[1])
    held = int(spec["open_interest"]) + waiting
    return RefusalFigures(
        name, {"held": held, "lots": more, "limit": limit, "lots_most": max(0, limit - held)}
    )
