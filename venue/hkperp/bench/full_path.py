"""The whole machine on a workload: book, margin, positions, fees, ledger; as a bench runner.

Every wallet holds ample cash, one mark is set before the first message and none moves, no timer
falls due inside: what is measured is admission, matching and settlement of orders.
"""

import numpy as np

from hkperp.bench.workloads import Outcome, Workload, outcome
from hkperp.config import (
    Asset,
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    MarkRules,
    Source,
    Tier,
)
from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_engine.codes import AccountFlag, AssetKind, Command, Event, HouseWallet, InvestorClass
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND, EVENT

__all__ = ["FIRST_WALLET", "full_path", "prepared_machine"]

#: Client wallets start here: a workload for the machine is made with this `first_wallet`.
FIRST_WALLET = int(HouseWallet.CLIENTS)

_SOURCES = 3
_CASH_QUOTE = 10**14
_SECOND_NS = 1_000_000_000
#: Pools as the stand-alone book of the same comparison has them, and room for claims.
_CAPACITIES = (1 << 18, 1 << 10, 1 << 10, 1024)


def _config(workload: Workload) -> Config:
    """Return a venue with one contract that takes the workload's prices and lots."""
    weights = (333_333_334, 333_333_333, 333_333_333)
    contract = Contract(
        name="BENCH",
        tick_value=1,
        price_ticks_max=workload.price_ticks_max,
        lots_max=2**31 - 1,
        oi_cap_lots=2**40,
        tiers=(Tier(0, 200_000_000, 100_000_000), Tier(10**12, 300_000_000, 150_000_000)),
        sources=tuple(Source(f"source {i}", weights[i], 3_600 * _SECOND_NS) for i in range(3)),
        index=IndexRules(),
        mark=MarkRules(),
        funding=FundingRules(impact_notional=10**9),
        maker_fee_ppb=200_000,
        taker_fee_ppb=500_000,
        liquidation_fee_ppb=1_000_000,
        collar_ppb=50_000_000,
        liquidation_collar_ppb=50_000_000,
        participation_ppb=1_000_000_000,
        buffer_ppb=50_000_000,
    )
    hkd = Asset(name="HKD", kind=AssetKind.FIAT, par_ppb=0)
    return Config(house=House(start_ns=-60 * _SECOND_NS), contracts=(contract,), assets=(hkd,))


def prepared_machine(workload: Workload) -> Machine:
    """Return a machine whose wallets can pay, with a mark at the workload's first fair price."""
    clients = workload.wallets_end - FIRST_WALLET
    accounts = np.zeros(clients, ACCOUNT)
    accounts["isolated_contract"] = -1
    accounts["investor_class"] = InvestorClass.INST_PI
    accounts["account_flags"] = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT
    accounts["valid_until_ns"] = 2**62
    accounts["owner"] = np.arange(clients)
    machine = Machine(_config(workload), accounts, capacities=_CAPACITIES)
    setup = np.zeros(_SOURCES + 1 + clients, COMMAND)
    setup["time_ns"] = -_SECOND_NS
    setup["kind"][:_SOURCES] = Command.SOURCE_PRICE
    setup["target"][:_SOURCES] = np.arange(_SOURCES)
    setup["price_ticks"][:_SOURCES] = workload.fair_ticks[0]
    setup["kind"][_SOURCES] = Command.TICK
    setup["kind"][_SOURCES + 1 :] = Command.DEPOSIT
    setup["wallet"][_SOURCES + 1 :] = FIRST_WALLET + np.arange(clients)
    setup["amount"][_SOURCES + 1 :] = _CASH_QUOTE
    events = machine.apply_batch(setup)
    if (events["kind"] == Event.REFUSED).any():
        raise InvariantBroken("the benchmark's own setup was refused")
    return machine


def full_path(workload: Workload):
    """Prepare the whole machine for one run; see runner.Run for what is returned.

    The outcome is read from a second, untimed run with the events kept, which must end in the
    same state.
    """
    from hkperp.bench.runner import Run

    machine = prepared_machine(workload)

    def came() -> Outcome:
        checked = prepared_machine(workload)
        parts: list[np.ndarray] = []
        checked.feed(workload.commands, lambda events: parts.append(events.copy()))
        if machine.state_hash() != checked.state_hash():
            raise InvariantBroken("two runs of the same commands left different machines")
        events = np.concatenate(
            [part.view(np.uint8).reshape(-1, EVENT.itemsize) for part in parts]
        )
        is_new = workload.commands["kind"] == Command.NEW_ORDER
        return outcome(events.reshape(-1).view(EVENT), int(np.count_nonzero(is_new)))

    return Run(lambda: machine.feed(workload.commands, lambda _events: None), came)
