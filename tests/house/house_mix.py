"""What a flow consists of: its events, refusals and reasons counted, and the least of each."""

from collections import Counter

from hkperp_engine.codes import (
    Alert,
    CancelReason,
    ContractState,
    CycleCause,
    Event,
    EventFlag,
    Layer,
    LossSharing,
    Posting,
    ProductState,
    ProtectionLimit,
    Reject,
)

#: What 100,000 commands must at least consist of; the rest in proportion.
FLOORS = {
    "accepted": 50_000,
    "trading": 11_000,
    "CYCLE_DONE": 100,
    "FUNDING_RATE": 100,
    "liquidations": 500,
    "TAKEOVER": 50,
    "extraordinary VMGH": 30,
    "DELEVERAGE": 50,
    "ORDER_WAITS": 4_000,
    "ORDER_REFRESHED": 1_000,
    "TRIGGERED": 2_500,
    "TRIGGER_CAP": 100,
    "UNCROSS": 400,
    "auction trades": 1_000,
    "pauses": 300,
    "PROTECTION": 300,
    "TRADE_BUSTED": 200,
    "MASS_CANCELLED": 300,
    "waiting amended": 100,
    **{f"alert {alert.name} {way}": 20 for alert in Alert for way in ("begins", "ends")},
    "alert CONVERGENCE begins": 2,
    "alert CONVERGENCE ends": 2,
    **{f"product {state.name}": 20 for state in ProductState},
    "product DRAFT": 1,
    "product SUBMITTED": 4,
    "product APPROVED": 5,
    **{f"posting {posting.name}": 20 for posting in Posting},
    "REFERENCE_STATUS": 100,
    "MARGIN_ADDON": 120,
    "ASSET_HAIRCUT": 100,
    "AGREEMENT": 8,
    "ACKNOWLEDGED": 300,
    "EXPOSURE_LIMIT": 50,
    "RECONCILED": 60,
    "SEG_BREAK": 60,
    "FINAL_PRICE": 15,
    "FINAL_SETTLEMENT": 200,
    "final of samples": 5,
    "final of the last mark": 2,
    "final cycles": 15,
    "isolated reduced": 10,
    "isolated taken over": 20,
    "MARGIN_NOTICE": 60,
    "DEFAULT_DECLARED": 25,
    "OI_CAP": 100,
    "BACKSTOP_SET": 300,
    "BACKSTOP": 150,
    "TEAR_UP": 80,
    "inventory closings": 20,
    "issuer awaited": 50,
    "layer 6 VMGH": 8,
    "layer 6 ADL": 2,
    "layer 7": 2,
    **{f"haircut of layer {layer}": least for layer, least in ((5, 500), (6, 50), (7, 8))},
    **{f"protection {limit.name}": 20 for limit in ProtectionLimit},
    **{f"cancelled {reason.name}": 20 for reason in CancelReason},
    **{f"reject {reject.name}": 10 for reject in Reject if reject},
}


def count_event(mix: Counter, event, sharing: int) -> None:
    """Add one event to the mix."""
    mix[Event(event.kind).name] += 1
    if event.kind == Event.REFUSED:
        mix[f"reject {Reject(event.code).name}"] += 1
    elif event.kind == Event.ORDER_CANCELLED:
        mix[f"cancelled {CancelReason(event.code).name}"] += 1
    elif event.kind == Event.ORDER_AMENDED:
        mix["waiting amended"] += bool(event.flags & EventFlag.WAITING)
    elif event.kind == Event.TRADE:
        mix["auction trades"] += bool(event.flags & EventFlag.AUCTION)
    elif event.kind == Event.CONTRACT_STATE:
        mix["pauses"] += event.code == ContractState.VOLATILITY_AUCTION
    elif event.kind == Event.PROTECTION:
        mix[f"protection {ProtectionLimit(event.code).name}"] += 1
    elif event.kind == Event.ALLOCATION:
        mix[f"layer {event.code} {LossSharing(sharing).name}"] += 1
        mix["layer 7"] += event.code == Layer.WIND_DOWN
    elif event.kind == Event.HAIRCUT:
        mix[f"haircut of layer {event.code}"] += 1
    elif event.kind == Event.DELEVERAGE:
        mix["inventory closings"] += not event.amount and not event.order_id
    elif event.kind == Event.CYCLE and event.code == CycleCause.EXTRAORDINARY:
        mix[f"extraordinary {LossSharing(sharing).name}"] += 1
    else:
        count_gate_event(mix, event)


def count_gate_event(mix: Counter, event) -> None:
    """As count_event, for what docs/gate.md brings."""
    if event.kind == Event.ALERT:
        mix[f"alert {Alert(event.code).name} {'begins' if event.flags else 'ends'}"] += 1
    elif event.kind == Event.PRODUCT_STATE:
        mix[f"product {ProductState(event.code).name}"] += 1
    elif event.kind == Event.POSTING:
        posting = Posting(event.code)
        mix[f"posting {posting.name}"] += 1
        is_awaited = event.order_id and posting in (Posting.ISSUER_LOSS, Posting.ISSUER_RECOVERY)
        mix["issuer awaited"] += bool(is_awaited)
    elif event.kind == Event.FINAL_PRICE:
        mix["final of samples" if event.lots else "final of the last mark"] += 1
    elif event.kind == Event.CYCLE and event.code == CycleCause.FINAL:
        mix["final cycles"] += 1


def count_mix(mix: Counter, events, sharing: int, isolated: frozenset[int] = frozenset()) -> None:
    """Add one command's events to the mix; `isolated`: the venue's isolated wallets."""
    mix["commands"] += 1
    kinds = {event.kind for event in events}
    mix["accepted"] += Event.REFUSED not in kinds
    mix["trading"] += Event.TRADE in kinds
    mix["liquidations"] += sum(
        event.kind in (Event.LIQUIDATION_ORDER, Event.TAKEOVER) for event in events
    )
    for event in events:
        count_event(mix, event, sharing)
        if event.wallet in isolated:
            mix["isolated reduced"] += event.kind == Event.LIQUIDATION_ORDER
            mix["isolated taken over"] += event.kind == Event.TAKEOVER


def too_few(mix: Counter) -> list[str]:
    """What the mix has too little of."""
    share = mix["commands"] / 100_000
    return [f"{name}: {mix[name]}" for name, low in FLOORS.items() if mix[name] < low * share]
