"""The invariants of warnings, limits and the waterfall (docs/default.md), from scratch."""

from collections import Counter, defaultdict

from hkperp_engine.codes import ContractState, Layer, Posting, ProductState
from hkperp_engine.codes import Event as EventKind
from reference.defaults import BACKSTOPS_MAX
from reference.state import CycleRecord
from reference.whole import PPB

SHARED = (Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN)


def check_default(house) -> None:
    """Notices, groups, backstops, the layers, what a cycle may take from whom."""
    check_standing(house)
    check_layer_payments(house)
    check_wind_down(house)
    cycles = split_cycles(house.events)
    assert len(cycles) == len(house.cycles), "cycles"
    for events, record in zip(cycles, house.cycles, strict=True):
        check_allocations(events)
        check_haircuts(events, record)
        check_principal(house, events, record)


def check_standing(house) -> None:
    """What wallets, contracts and the house remember is in range."""
    for wallet in house.clients():
        assert 0 <= wallet.notice_level <= 3, ("notice", wallet.number)
        assert wallet.group == house.wallets[wallet.account].group, ("group", wallet.number)
    for contract in house.contracts:
        providers = contract.backstops
        assert len(providers) <= BACKSTOPS_MAX, "backstops"
        assert all(house.is_client(number) for number in providers), "backstops"
        assert all(0 < share <= PPB for share in providers.values()), "backstops"
        assert contract.fund_cap >= 0, "fund cap"
    assert 0 <= house.vmgh_used <= house.rules.vmgh_rounds, "rounds"


def check_layer_payments(house) -> None:
    """A prefunded layer is debited for a loss alone, and the loss is named (RSV-01)."""
    for event in house.events:
        if event.kind == EventKind.POSTING and event.code == Posting.LAYER_PAYMENT:
            assert 0 < event.order_id <= house.loss_count, ("loss", event)


def check_wind_down(house) -> None:
    """After layer 7 every contract is over and nobody has a position (DFT-033)."""
    layers = [event.code for event in house.events if event.kind == EventKind.ALLOCATION]
    if Layer.WIND_DOWN not in layers:
        return
    for contract in house.contracts:
        assert contract.state == ContractState.SETTLED, "wind-down"
        assert contract.product == ProductState.DELISTED, "wind-down"
        assert contract.open_interest == 0, "wind-down"
    assert not any(wallet.has_lots for wallet in house.wallets.values()), "wind-down"
    assert not house.orders, "wind-down"


def split_cycles(events: list) -> list[list]:
    """The events of each cycle, CYCLE to CYCLE_DONE; one that is not done is left out."""
    cycles: list[list] = []
    for event in events:
        if event.kind == EventKind.CYCLE:
            cycles.append([])
        if cycles and (not cycles[-1] or cycles[-1][-1].kind != EventKind.CYCLE_DONE):
            cycles[-1].append(event)
    return cycles


def check_allocations(events: list) -> None:
    """What the layers bear is the loss: R as given and the platform's need (LOSS-05)."""
    loss = events[0].amount + sum(e.amount for e in events if e.kind == EventKind.DEFAULT)
    borne = [event for event in events if event.kind == EventKind.ALLOCATION]
    assert sum(event.amount for event in borne) == loss, ("allocations", loss, borne)
    assert all(event.order_id == events[0].counter_order_id for event in borne), "loss id"
    assert (loss > 0) == (events[0].counter_order_id > 0), "loss id"
    shared = [event.code for event in borne if event.code in SHARED]
    assert shared == sorted(set(shared)), ("layers", shared)


def check_haircuts(events: list, record: CycleRecord) -> None:
    """No share is above its gain; shares of a layer sum to what it bears (LOSS-03, DFT-034)."""
    taken: dict[int, int] = defaultdict(int)
    by_layer: Counter = Counter()
    for event in events:
        if event.kind == EventKind.HAIRCUT:
            assert event.counter_order_id == record.due[event.wallet], ("VM", event)
            assert event.amount > 0, ("haircut", event)
            taken[event.wallet] += event.amount
            by_layer[event.code] += event.amount
        elif event.kind == EventKind.ALLOCATION and event.code in SHARED:
            by_layer[event.code] -= event.amount
    for number, amount in taken.items():
        assert amount <= record.due[number], ("above the gain", number, amount)
    assert not any(by_layer.values()), ("layer", by_layer)


def check_principal(house, events: list, record: CycleRecord) -> None:
    """INV-08: a gainer keeps the cash it had, a loser pays its loss and no more."""
    paid: dict[int, int] = defaultdict(int)
    for event in events:
        if event.kind == EventKind.POSTING and event.code == Posting.VARIATION_PAID:
            paid[event.wallet] += event.amount
    for number, due in record.due.items():
        if not house.is_client(number):
            continue
        if due >= 0:
            assert record.after[number] >= record.before[number], ("principal", number, record)
            assert paid[number] == 0, ("principal", number)
        elif number not in record.short:
            assert paid[number] == -due, ("principal", number, due, paid[number])
