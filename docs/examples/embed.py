"""A venue in a program: two clients pay in, prices come, they trade, and we look at them."""

from hkperp import Venue
from hkperp.accounts import Account
from hkperp.commands import Deposit, NewOrder, SourcePrice, Tick
from hkperp.presets import bitcoin_hkd
from hkperp_engine.codes import Event, Side

venue = Venue(bitcoin_hkd(start_ns=0), [Account(), Account()])  # wallets 16 and 17
venue.subscribe(
    lambda it: print(
        f"trade {it.lots} lots @ {it.price_ticks}: "
        f"wallet {it.taker_wallet} buys from wallet {it.maker_wallet}"
    ),
    [Event.TRADE],
)
for wallet in (16, 17):
    venue.apply(Deposit(time_ns=1, wallet=wallet, asset=0, amount=500_000_000_000))  # 1e-6 HKD
for source in range(3):
    venue.apply(SourcePrice(time_ns=1, contract=0, source=source, price_ticks=900_000))
venue.apply(Tick(time_ns=1))
order = {"time_ns": 2, "contract": 0, "price_ticks": 900_500}
venue.apply(NewOrder(wallet=16, order_id=1, side=Side.SELL, lots=5, **order))
venue.apply(NewOrder(wallet=17, order_id=2, side=Side.BUY, lots=2, **order))
for wallet in (16, 17):
    report = venue.account(wallet)
    lots, equity = report.positions[0].lots, report.equity_quote
    print(f"wallet {wallet}: position {lots:+} lots, equity HKD {equity / 1_000_000:,.2f}")
