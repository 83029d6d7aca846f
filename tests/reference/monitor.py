"""What is watched of prices, depth and funding: docs/gate.md GAT-051, 062, 063; DFT-011."""

from hkperp_engine.codes import Alert, ContractState, IndexStatus, Side
from hkperp_engine.codes import Event as EventKind
from reference.rates import Rates
from reference.state import Contract
from reference.states import set_state
from reference.whole import PPB, mdf

DAY_NS = 86_400_000_000_000


def update_depth(contract: Contract) -> None:
    """DFT-011, after a good mark: lots within the liquidation collar, of the thinner side."""
    mark = contract.mark
    room = mdf(mark, contract.terms.liquidation_collar_ppb)
    bid_lots = sum(o.lots for o in contract.book.sides[Side.BUY] if o.price >= mark - room)
    ask_lots = sum(o.lots for o in contract.book.sides[Side.SELL] if o.price <= mark + room)
    contract.depth = min(bid_lots, ask_lots)


def update_threshold(contract: Contract) -> None:
    """GAT-051, behind `update_depth`: the notional above which a position is concentrated."""
    rules, mark = contract.terms.concentration, contract.mark
    if rules.addon_ppb == 0:
        return
    lot_value = mark * contract.terms.tick_value
    shares = []
    if rules.oi_share_ppb:
        shares.append(mdf(contract.open_interest * lot_value, rules.oi_share_ppb))
    if rules.depth_share_ppb:
        shares.append(mdf(contract.depth * lot_value, rules.depth_share_ppb))
    contract.threshold = max(rules.floor_quote, min(shares, default=0))


def dispersion(known: Rates) -> int:
    """Highest less lowest live price over the index, ppb, down; 0 where there is none."""
    if not known.live_prices or not known.index:
        return 0
    return (max(known.live_prices) - min(known.live_prices)) * PPB // known.index


def gap(known: Rates) -> int:
    """Last good mark less index, over the index, ppb, down; 0 where there is none."""
    if not known.mark or not known.index:
        return 0
    return abs(known.mark - known.index) * PPB // known.index


def watched(contract: Contract) -> int:
    """Bits of the alerts that are watched; CONVERGENCE always is (GAT-063)."""
    return contract.terms.monitor.mask | 1 << Alert.CONVERGENCE


def set_alert(house, contract: Contract, alert: Alert, is_on: bool, figure: int) -> None:
    """Say so when an alert that is watched begins or ends."""
    bit = 1 << alert
    was_on = bool(contract.alerts & bit)
    if watched(contract) & bit and is_on != was_on:
        contract.alerts ^= bit
        house.emit(
            EventKind.ALERT,
            code=alert,
            contract=contract.number,
            flags=int(is_on),
            amount=figure,
        )


def watch_prices(house, contract: Contract) -> None:
    """GAT-062: alerts on what a mark step has found, and the halt."""
    rules, known = contract.terms.monitor, contract.rates
    apart, spread = gap(known), dispersion(known)
    unused = len(contract.terms.sources) - known.used_count
    figures = (
        (Alert.MARK_GAP, 0 < rules.alert_gap_ppb < apart, apart),
        (Alert.DISPERSION, 0 < rules.alert_dispersion_ppb < spread, spread),
        (Alert.SOURCES, unused > 0, unused),
        (Alert.LADDER, known.status != IndexStatus.GOOD, int(known.status)),
    )
    for alert, is_on, figure in figures:
        set_alert(house, contract, alert, is_on, figure)
    if contract.is_trading and 0 < rules.halt_dispersion_ppb < spread:
        set_state(house, contract, ContractState.HALTED)


def watch_funding(house) -> None:
    """GAT-063: the declared exception of a contract that has not been funded for a day."""
    for contract in house.contracts:
        since_ns = house.now_ns - contract.rates.funded_ns
        is_late = contract.is_trading and since_ns > DAY_NS
        set_alert(house, contract, Alert.CONVERGENCE, is_late, since_ns)
