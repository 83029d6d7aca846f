"""The pricing monitor: alerts that begin and end, and the halt they may lead to (VAL-06).

docs/gate.md GAT-062 and GAT-063. An alert is an event when it begins and when it ends, never in
between. It looks at what the mark step has just published, and changes nothing but the halt.
"""

from hkperp_engine.codes import Alert, ContractState, Event, IndexStatus, SourceStatus
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.sweeps import enter_state, matches
from hkperp_engine.units import NS_PER_DAY, PPB
from hkperp_funding.index import dispersion
from hkperp_funding.layout import SOURCES_MAX

__all__ = ["halt", "watch", "watch_convergence"]


#: Alerts about index and mark: all but CONVERGENCE, which is always watched.
_OF_PRICES = (1 << Alert.CONVERGENCE) - 1


@kernel
def halt(state, contract):
    """Halt a contract that trades: no price to stand on (VAL-02, HALT-01). One event."""
    enter_state(state, contract, ContractState.HALTED, 0, 0)


@kernel
def _set_alert(state, contract, alert, is_on, amount):
    """Write ALERT if an alert of the contract's mask begins or ends. O(1)."""
    spec = state.contracts[contract]
    bit = 1 << alert
    was_on = spec["alerts"] & bit != 0
    if spec["monitor_mask"] & bit == 0 or was_on == is_on:
        return
    spec["alerts"] ^= bit
    event = state.events[new_event(state, Event.ALERT, 0)]
    event["contract"] = contract
    event["code"] = alert
    event["flags"] = 1 if is_on else 0
    event["amount"] = amount


@kernel
def watch(state, contract):
    """Look at the index and mark of a contract as just published (GAT-062). At most 5 events.

    |mark - index| * PPB is below 2**31 * PPB < 2**61. O(sources).
    """
    spec = state.contracts[contract]
    if spec["monitor_mask"] & _OF_PRICES == 0 and spec["halt_dispersion_ppb"] == 0:
        return
    rates = state.rates[contract]
    index_ticks = rates["index_ticks"]
    mark_ticks = rates["mark_good_ticks"]
    gap_ppb = 0
    if index_ticks > 0 and mark_ticks > 0:
        gap_ppb = abs(mark_ticks - index_ticks) * PPB // index_ticks
    is_on = spec["alert_gap_ppb"] > 0 and gap_ppb > spec["alert_gap_ppb"]
    _set_alert(state, contract, Alert.MARK_GAP, is_on, gap_ppb)
    spread_ppb = dispersion(state, contract)
    limit_ppb = spec["alert_dispersion_ppb"]
    is_on = limit_ppb > 0 and spread_ppb > limit_ppb
    _set_alert(state, contract, Alert.DISPERSION, is_on, spread_ppb)
    unused = 0
    first = contract * SOURCES_MAX
    for slot in range(first, first + rates["source_count"]):
        if state.sources[slot]["status"] != SourceStatus.USED:
            unused += 1
    _set_alert(state, contract, Alert.SOURCES, unused > 0, unused)
    status = rates["index_status"]
    _set_alert(state, contract, Alert.LADDER, status != IndexStatus.GOOD, status)
    limit_ppb = spec["halt_dispersion_ppb"]
    if limit_ppb > 0 and spread_ppb > limit_ppb and matches(state, contract):
        halt(state, contract)


@kernel
def watch_convergence(state, contract):
    """Declare that an open contract has not converged for more than a day (PROD-02). One event."""
    since_ns = state.engine[0]["now_ns"] - state.rates[contract]["funded_ns"]
    is_on = since_ns > NS_PER_DAY and matches(state, contract)
    _set_alert(state, contract, Alert.CONVERGENCE, is_on, since_ns)
