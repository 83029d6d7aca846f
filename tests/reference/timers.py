"""Timers of the machine and of the book: docs/machine.md section 3, docs/book.md MAT-050."""

from hkperp_engine.codes import CancelReason
from reference.auction import enter_state
from reference.lifecycle import drop, purge
from reference.orders import send_fired
from reference.steps import mark_step, sample
from reference.switches import countdown

SAMPLE, FUNDING, CYCLE, EXPIRY, COUNTDOWN, PAUSE_END = range(6)


def next_timer(house) -> tuple[int, int, int]:
    """(time ns, kind, which one) of the timer that is next: an order's first acceptance, a
    wallet, a contract.
    """
    due = [
        (house.next_sample_ns, SAMPLE, 0),
        (house.funding_timer_ns, FUNDING, 0),
        (house.next_cycle_ns, CYCLE, 0),
    ]
    for wallet in house.clients():
        if wallet.countdown_ns:
            due.append((wallet.countdown_ns, COUNTDOWN, wallet.number))
        for order in wallet.orders.values():
            if order.expiry_ns:
                due.append((order.expiry_ns, EXPIRY, order.serial))
    for contract in house.contracts:
        if contract.pause_ns:
            due.append((contract.pause_ns, PAUSE_END, contract.number))
    return min(due)


def expire(house, serial: int) -> None:
    """The EXPIRY timer of an order."""
    for wallet in house.clients():
        for order in wallet.orders.values():
            if order.serial == serial:
                drop(house, order, CancelReason.EXPIRED)
                purge(house)
                return


def run_funding(house) -> None:
    """The FUNDING timer; a cycle due at the same time is dropped if it has run one."""
    cycles = house.cycle_count
    mark_step(house, is_funding=True)
    if house.cycle_count > cycles and house.next_cycle_ns == house.now_ns:
        house.next_cycle_ns += house.rules.cycle_interval_ns


def run_timer(house, kind: int, which: int) -> None:
    """One timer."""
    if kind == SAMPLE:
        sample(house)
    elif kind == FUNDING:
        run_funding(house)
    elif kind == CYCLE:
        house.next_cycle_ns += house.rules.cycle_interval_ns
        mark_step(house, is_cycle=True)
    elif kind == EXPIRY:
        expire(house, which)
    elif kind == COUNTDOWN:
        countdown(house, house.wallets[which])
    else:
        contract = house.contracts[which]
        enter_state(house, contract, contract.before_pause)


def run_timers(house, until_ns: int) -> None:
    """Everything due at or before a time, in order, each with all that follows from it."""
    while True:
        time_ns, kind, which = next_timer(house)
        if time_ns > until_ns:
            return
        house.now_ns = time_ns
        run_timer(house, kind, which)
        send_fired(house)
