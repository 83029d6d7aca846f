"""One sample of each command, and the row it is: every column a number of its own."""

from hkperp import commands
from hkperp_engine import codes

#: A command, and the columns of its row that are not 0 (time 5, tag 6 and the kind besides).
COMMANDS = [
    (
        commands.NewOrder(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            side=codes.Side.SELL,
            lots=9,
            price_ticks=10,
            order_type=codes.OrderType.MARKET,
            time_in_force=codes.TimeInForce.FOK,
            self_trade=codes.SelfTrade.DECREMENT,
            is_post_only=True,
            is_reduce_only=True,
        ),
        {
            "contract": 1,
            "side": 1,
            "order_type": 1,
            "tif": 2,
            "flags": 3,
            "stp": 3,
            "wallet": 17,
            "order_id": 8,
            "price_ticks": 10,
            "lots": 9,
        },
    ),
    (
        commands.NewOrder(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            side=codes.Side.SELL,
            lots=9,
            price_ticks=10,
            order_type=codes.OrderType.STOP_LIMIT,
            is_post_only=True,
            terms=commands.OrderTerms(
                trigger_source=codes.TriggerSource.INDEX,
                trigger_ticks=12,
                partner_id=13,
                is_sliding=True,
            ),
        ),
        {
            "contract": 1,
            "side": 1,
            "order_type": 19,
            "flags": 41,
            "wallet": 17,
            "target": 12,
            "order_id": 8,
            "price_ticks": 10,
            "lots": 9,
            "amount": 13,
        },
    ),
    (
        commands.NewOrder(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            side=codes.Side.BUY,
            lots=0,
            order_type=codes.OrderType.TRAILING_PPB,
            time_in_force=codes.TimeInForce.GTD,
            is_reduce_only=True,
            terms=commands.OrderTerms(
                trigger_source=codes.TriggerSource.MARK,
                activation_ticks=12,
                distance_ppb=14,
                expiry_ns=15,
                is_close_position=True,
            ),
        ),
        {
            "contract": 1,
            "order_type": 15,
            "tif": 3,
            "flags": 18,
            "wallet": 17,
            "target": 12,
            "order_id": 8,
            "price_ticks": 14,
            "amount": 15,
        },
    ),
    (
        commands.NewOrder(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            side=codes.Side.BUY,
            lots=0,
            order_type=codes.OrderType.MARKET,
            time_in_force=codes.TimeInForce.IOC,
            terms=commands.OrderTerms(notional=16, shown_lots=3, is_hidden=True),
        ),
        {
            "contract": 1,
            "order_type": 1,
            "tif": 1,
            "flags": 68,
            "wallet": 17,
            "target": 3,
            "order_id": 8,
            "amount": 16,
        },
    ),
    (
        commands.Cancel(time_ns=5, tag=6, wallet=17, order_id=8),
        {"wallet": 17, "order_id": 8},
    ),
    (
        commands.Amend(
            time_ns=5, tag=6, contract=1, wallet=17, order_id=8, price_ticks=10, lots=9
        ),
        {"contract": 1, "wallet": 17, "order_id": 8, "price_ticks": 10, "lots": 9},
    ),
    (
        commands.Amend(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            price_ticks=10,
            lots=9,
            is_total=True,
            trigger_ticks=12,
        ),
        {
            "contract": 1,
            "flags": 1,
            "wallet": 17,
            "target": 12,
            "order_id": 8,
            "price_ticks": 10,
            "lots": 9,
        },
    ),
    (
        commands.MassCancel(time_ns=5, tag=6, wallet=17),
        {"contract": -1, "side": 2, "wallet": 17},
    ),
    (
        commands.MassCancel(
            time_ns=5,
            tag=6,
            wallet=17,
            contract=1,
            side=codes.Side.SELL,
            price_low_ticks=10,
            price_high_ticks=12,
        ),
        {"contract": 1, "side": 1, "wallet": 17, "price_ticks": 10, "lots": 12},
    ),
    (
        commands.MassQuote(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            order_id=8,
            bid_ticks=10,
            bid_lots=9,
            ask_ticks=12,
            ask_lots=7,
            self_trade=codes.SelfTrade.CANCEL_OLDEST,
        ),
        {
            "contract": 1,
            "stp": 1,
            "wallet": 17,
            "target": 7,
            "order_id": 8,
            "price_ticks": 10,
            "lots": 9,
            "amount": 12,
        },
    ),
    (
        commands.SetCountdown(time_ns=5, tag=6, wallet=17, delay_ns=11),
        {"wallet": 17, "amount": 11},
    ),
    (
        commands.SetSession(time_ns=5, tag=6, wallet=17, session=codes.Session.DISCONNECTED),
        {"wallet": 17, "side": 2},
    ),
    (
        commands.SetProtection(
            time_ns=5,
            tag=6,
            contract=1,
            wallet=17,
            window_ns=11,
            lots_max=9,
            net_lots_max=10,
            trades_max=7,
        ),
        {
            "contract": 1,
            "wallet": 17,
            "target": 7,
            "price_ticks": 10,
            "lots": 9,
            "amount": 11,
        },
    ),
    (
        commands.ResetProtection(time_ns=5, tag=6, contract=1, wallet=17),
        {"contract": 1, "wallet": 17},
    ),
    (commands.BustTrade(time_ns=5, tag=6, trade_sequence=8), {"order_id": 8}),
    (
        commands.Compensate(time_ns=5, tag=6, wallet=17, amount=11, reference_id=8),
        {"wallet": 17, "amount": 11, "order_id": 8},
    ),
    (
        commands.Deposit(time_ns=5, tag=6, wallet=17, asset=2, amount=11),
        {"wallet": 17, "target": 2, "amount": 11},
    ),
    (
        commands.Withdraw(time_ns=5, tag=6, wallet=17, asset=2, amount=11),
        {"wallet": 17, "target": 2, "amount": 11},
    ),
    (
        commands.OpeningTrade(
            time_ns=5, tag=6, contract=1, long_wallet=17, short_wallet=18, price_ticks=10, lots=9
        ),
        {"contract": 1, "wallet": 17, "target": 18, "price_ticks": 10, "lots": 9},
    ),
    (
        commands.HouseDeposit(time_ns=5, tag=6, house_wallet=codes.HouseWallet.RESERVE, amount=11),
        {"target": 6, "amount": 11},
    ),
    (
        commands.SourcePrice(time_ns=5, tag=6, contract=1, source=2, price_ticks=10),
        {"contract": 1, "target": 2, "price_ticks": 10},
    ),
    (commands.Tick(time_ns=5, tag=6), {}),
    (
        commands.AssetPrice(time_ns=5, tag=6, asset=2, price_ppb=11),
        {"target": 2, "amount": 11},
    ),
    (
        commands.AssetState(time_ns=5, tag=6, asset=2, is_convertible=False, is_licensed=True),
        {"target": 2, "flags": 2},
    ),
    (
        commands.AccountStatus(
            time_ns=5,
            tag=6,
            wallet=17,
            investor_class=codes.InvestorClass.IND_PI,
            valid_until_ns=11,
            has_knowledge=False,
            has_afmm_documents=True,
        ),
        {"wallet": 17, "side": 4, "flags": 6, "amount": 11},
    ),
    (
        commands.ContractState(time_ns=5, tag=6, contract=1, state=codes.ContractState.HALTED),
        {"contract": 1, "side": 2},
    ),
    (
        commands.KillSwitch(time_ns=5, tag=6, scope=codes.KillScope.CONTRACT, contract=1),
        {"contract": 1, "target": 2, "side": 1},
    ),
    (
        commands.KillSwitch(
            time_ns=5, tag=6, scope=codes.KillScope.OWNER, is_engaged=False, wallet=17
        ),
        {"wallet": 17, "target": 1},
    ),
    (commands.SuspendAfmm(time_ns=5, tag=6), {"side": 1}),
    (commands.Advance(time_ns=5, tag=6), {}),
]
