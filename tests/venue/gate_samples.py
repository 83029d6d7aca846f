"""One sample of each message about standing, products, the vault and default, with its row."""

from hkperp import commands, events
from hkperp_engine import codes

#: A command, and the columns of its row that are not 0 (time 5, tag 6 and the kind besides).
GATE_COMMANDS = [
    (
        commands.ClearDeposit(time_ns=5, tag=6, wallet=17, asset=2, amount=11),
        {"wallet": 17, "target": 2, "amount": 11},
    ),
    (
        commands.ClearDeposit(time_ns=5, tag=6, wallet=17, asset=2, amount=11, is_returned=True),
        {"wallet": 17, "target": 2, "amount": 11, "flags": 1},
    ),
    (
        commands.Transfer(time_ns=5, tag=6, wallet=17, target_wallet=18, asset=2, amount=11),
        {"wallet": 17, "target": 18, "contract": 2, "amount": 11},
    ),
    (
        commands.Redeem(time_ns=5, tag=6, wallet=17, asset=2, amount=11),
        {"wallet": 17, "target": 2, "amount": 11},
    ),
    (
        commands.ReverseDeposit(time_ns=5, tag=6, wallet=17, asset=2, amount=11),
        {"wallet": 17, "target": 2, "amount": 11},
    ),
    (commands.Reconcile(time_ns=5, tag=6, asset=2, amount=11), {"target": 2, "amount": 11}),
    (
        commands.ProductState(time_ns=5, tag=6, contract=1, state=codes.ProductState.DELISTED),
        {"contract": 1, "side": 5},
    ),
    (
        commands.ReferenceStatus(
            time_ns=5, tag=6, contract=1, status=codes.ReferenceStatus.INDEX_NOT_IOSCO
        ),
        {"contract": 1, "side": 2},
    ),
    (
        commands.MarginAddon(time_ns=5, tag=6, contract=1, im_ppb=11, mm_ppb=10),
        {"contract": 1, "amount": 11, "price_ticks": 10},
    ),
    (
        commands.AssetHaircut(time_ns=5, tag=6, asset=2, haircut_ppb=11),
        {"target": 2, "amount": 11},
    ),
    (commands.PublishAgreement(time_ns=5, tag=6, version=11), {"amount": 11}),
    (
        commands.Acknowledge(time_ns=5, tag=6, wallet=17, version=11),
        {"wallet": 17, "amount": 11},
    ),
    (
        commands.ExposureLimit(time_ns=5, tag=6, wallet=17, limit_quote=11),
        {"wallet": 17, "amount": 11},
    ),
    (commands.DeclareDefault(time_ns=5, tag=6, wallet=17), {"wallet": 17}),
    (
        commands.SetBackstop(time_ns=5, tag=6, wallet=17, contract=1, share_ppb=11),
        {"wallet": 17, "contract": 1, "amount": 11},
    ),
    (
        commands.HouseWithdraw(time_ns=5, tag=6, house_wallet=codes.HouseWallet.ERROR, amount=11),
        {"target": 9, "amount": 11},
    ),
    (
        commands.IssuerDefault(time_ns=5, tag=6, asset=2, recovered_ppb=11),
        {"target": 2, "amount": 11},
    ),
]

#: An event, and the columns of its row that are not 0 (sequence 3, time 5 and the kind besides).
GATE_EVENTS = [
    (
        events.ProductState(3, 5, 1, codes.ProductState.REDUCE_ONLY),
        {"contract": 1, "code": 4},
    ),
    (
        events.ReferenceStatus(3, 5, 1, codes.ReferenceStatus.NOT_RETAIL),
        {"contract": 1, "code": 1},
    ),
    (events.MarginAddon(3, 5, 1, 11, 10), {"contract": 1, "amount": 11, "price_ticks": 10}),
    (events.AssetHaircut(3, 5, 2, 11), {"contract": 2, "amount": 11}),
    (events.Agreement(3, 5, 11), {"amount": 11}),
    (events.Acknowledged(3, 5, 17, 11), {"wallet": 17, "amount": 11}),
    (events.ExposureLimit(3, 5, 17, 11), {"wallet": 17, "amount": 11}),
    (events.Reconciled(3, 5, 2, 11), {"contract": 2, "amount": 11}),
    (events.SegBreak(3, 5, 2, -11, 12), {"contract": 2, "amount": -11, "order_id": 12}),
    (
        events.Alert(3, 5, 1, codes.Alert.CONVERGENCE, True, 11),
        {"contract": 1, "code": 4, "flags": 1, "amount": 11},
    ),
    (
        events.Alert(3, 5, 1, codes.Alert.SOURCES, False, 11),
        {"contract": 1, "code": 2, "amount": 11},
    ),
    (events.FinalPrice(3, 5, 1, 10, 9), {"contract": 1, "price_ticks": 10, "lots": 9}),
    (
        events.FinalSettlement(3, 5, 1, 17, 10, -9),
        {"contract": 1, "wallet": 17, "price_ticks": 10, "lots": -9},
    ),
    (events.MarginNotice(3, 5, 17, 3, 11), {"wallet": 17, "code": 3, "amount": 11}),
    (events.DefaultDeclared(3, 5, 17), {"wallet": 17}),
    (events.OiCap(3, 5, 1, 11), {"contract": 1, "amount": 11}),
    (events.BackstopSet(3, 5, 1, 17, 11), {"contract": 1, "wallet": 17, "amount": 11}),
    (
        events.Backstop(3, 5, 1, 17, 18, 10, -9),
        {"contract": 1, "wallet": 17, "counter_wallet": 18, "price_ticks": 10, "lots": -9},
    ),
    (
        events.TearUp(3, 5, 1, 17, 8, 10, 9),
        {"contract": 1, "wallet": 17, "counter_wallet": 8, "price_ticks": 10, "lots": 9},
    ),
]
