"""What docs/default.md asks of a configuration: limits, takeover, and the last layers.

`proof.check_config` calls this beside `proof_gate.check_gate`. Each `InputError` names the field,
the numbers and the rule.
"""

from msgspec import UNSET

from hkperp.config import Config, Contract, House, OpenInterestDepth
from hkperp.rules.proof_gate import between, refuse
from hkperp_engine.units import INT64_MAX, LOTS_MAX, PPB

__all__ = ["check_default"]

#: Cycles of a mark step that may use layer 5: as good as no limit.
ROUNDS_MAX = 2**31 - 1
#: Hundredths: open interest of at most 10,000,000 times the fund.
MULTIPLE_MAX = 1_000_000_000


def check_default(config: Config) -> None:
    """Return if what docs/default.md asks holds; raise `InputError` if not. O(contracts)."""
    _check_sharing(config.house)
    for index, contract in enumerate(config.contracts):
        _check_limits(f"contracts[{index}]", contract)


def _check_sharing(house: House) -> None:
    """DFT-031: a cap of 0 would share nothing, and so would no round at all."""
    between("house.vmgh_cap_ppb", house.vmgh_cap_ppb, 1, PPB, "share of a gain (LOSS-05)")
    between("house.vmgh_rounds", house.vmgh_rounds, 1, ROUNDS_MAX, "rounds of layer 5")


def _check_limits(where: str, contract: Contract) -> None:
    """DFT-010 holders, DFT-011 the fund, DFT-020 inventory, DFT-021 discount; 0 is off."""
    for name in ("client_lots_max", "group_lots_max", "oi_share_floor_lots"):
        between(f"{where}.{name}", getattr(contract, name), 0, INT64_MAX // 2)
    between(f"{where}.oi_share_ppb", contract.oi_share_ppb, 0, PPB)
    if contract.oi_share_ppb and not contract.oi_share_floor_lots:
        message = "without a floor nobody could open the first position"
        raise refuse(f"{where}.oi_share_floor_lots", message, "LIM-01: at least 1 lot")
    between(f"{where}.oi_fund_multiple", contract.oi_fund_multiple, 0, MULTIPLE_MAX, "hundredths")
    if contract.oi_depth is not UNSET:
        _check_depth(f"{where}.oi_depth", contract.oi_depth)
    between(f"{where}.inventory_lots_max", contract.inventory_lots_max, 0, LOTS_MAX)
    # A discount of the whole mark would be a price of 0, which is none.
    between(f"{where}.backstop_discount_ppb", contract.backstop_discount_ppb, 0, PPB - 1)


def _check_depth(where: str, depth: OpenInterestDepth) -> None:
    """DFT-011: without a floor an empty book would let nobody in to fill it."""
    between(f"{where}.multiple", depth.multiple, 1, MULTIPLE_MAX, "hundredths")
    between(f"{where}.floor_lots", depth.floor_lots, 1, INT64_MAX // 2, "floor in lots (LIM-03)")
