"""A venue in a program: two clients pay in, prices come, they trade, and we look at them."""

from hkperp import Venue
from hkperp.accounts import Account
from hkperp.commands import Deposit, NewOrder, SourcePrice, Tick
from hkperp.presets import bitcoin_hkd
from hkperp_engine.codes import Event, Side

venue = Venue(bitcoin_hkd(start_ns=0), [Account(), Account()])  # wallets 16 and 17
venue.subscribe(print, [Event.TRADE])
for wallet in (16, 17):  # HKD 500,000 each, in ledger units of 1e-6
    venue.apply(Deposit(time_ns=1, wallet=wallet, asset=0, amount=500_000_000_000))
for source in (0, 1, 2):
    venue.apply(SourcePrice(time_ns=1, contract=0, source=source, price_ticks=900_000))
venue.apply(Tick(time_ns=1))  # index and mark: orders are taken from now on
order = {"time_ns": 2, "contract": 0, "price_ticks": 900_500}
venue.apply(NewOrder(wallet=16, order_id=1, side=Side.SELL, lots=5, **order))
venue.apply(NewOrder(wallet=17, order_id=2, side=Side.BUY, lots=2, **order))
for wallet in (16, 17):
    account = venue.account(wallet)
    lots, equity = account.positions[0].lots, account.equity_quote / 1_000_000
    print(f"wallet {wallet}: {lots:+} lots, equity HKD {equity:,.2f}")
