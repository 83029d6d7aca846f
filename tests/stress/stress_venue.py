"""A venue small enough to work a stress out by hand.

BTC-HKD at 500,000; a lot is 0.001 BTC, so it is worth 500 and gains or loses 5 for each 1 %.

    client     position     notional    margin    group
    first      long 10         5,000     1,200    7
    second     long 20        10,000     2,500    7
    third      long 30        15,000     3,000    alone
    fourth     short 60       30,000    20,000    alone

The fund: first loss 1,000, reserve 6,000, second tranche 1,000.
"""

from typing import Any

import msgspec
import numpy as np

from hkperp import commands as c
from hkperp.accounts import Account
from hkperp.config import Asset, Config
from hkperp.edge.account_rows import account_rows
from hkperp.edge.machine_memory import Machine
from hkperp.presets import bitcoin_hkd
from hkperp.venue import Venue
from hkperp_engine.codes import AssetKind, HouseWallet, InvestorClass, Side
from hkperp_engine.units import NS_PER_S, PPB

FIRST, SECOND, THIRD, FOURTH = range(16, 20)
MAKER = 20
GROUPS = (7, 7, 0, 0)
FUND = (
    (HouseWallet.FIRST_LOSS, 1_000),
    (HouseWallet.RESERVE, 6_000),
    (HouseWallet.SECOND_TRANCHE, 1_000),
)
POSITIONS = ((FIRST, 10, 1_200), (SECOND, 20, 2_500), (THIRD, 30, 3_000))
MARK = 500_000
HKD = 10**6
START_NS = 1_700_000_000 * NS_PER_S


def groups(*numbers: int) -> np.ndarray:
    return np.array(numbers or GROUPS, np.int64)


def config(**rules: Any) -> Config:
    """The preset, with a bank token as its third asset; `rules` of its house."""
    made = bitcoin_hkd(start_ns=START_NS)
    token = Asset(name="TDHKD", kind=AssetKind.TOKENISED_DEPOSIT, haircut_ppb=PPB // 100)
    house = msgspec.structs.replace(made.house, **rules)
    return msgspec.structs.replace(made, assets=(*made.assets, token), house=house)


class Told:
    """A venue that is told things, none of which it may refuse."""

    def __init__(self, accounts: list[Account], **rules: Any) -> None:
        self.rows = account_rows(accounts, 1)
        self.rows["group"][: len(GROUPS)] = GROUPS
        self.venue = Venue(config(**rules), self.rows)
        self.now_ns = START_NS

    def tell(self, kind: type, **fields: object) -> None:
        self.now_ns += 1
        events = self.venue.apply(kind(time_ns=self.now_ns, **fields))
        refused = [each for each in events if type(each).__name__ == "Refused"]
        assert not refused, refused

    def begin(self, funds: tuple[tuple[HouseWallet, int], ...] = FUND) -> None:
        for source in range(3):
            self.tell(c.SourcePrice, contract=0, source=source, price_ticks=MARK)
        self.tell(c.Tick)
        for wallet, amount in funds:
            self.tell(c.HouseDeposit, house_wallet=wallet, amount=amount * HKD)
        for wallet, _, amount in (*POSITIONS, (FOURTH, 0, 20_000)):
            self.tell(c.Deposit, wallet=wallet, asset=0, amount=amount * HKD)
        for wallet, lots, _ in POSITIONS:
            self.tell(
                c.OpeningTrade,
                contract=0,
                long_wallet=wallet,
                short_wallet=FOURTH,
                price_ticks=MARK,
                lots=lots,
            )

    @property
    def machine(self) -> Machine:
        return self.venue.machine


def four_accounts(funds: tuple[tuple[HouseWallet, int], ...] = FUND, **rules: Any) -> Told:
    """The venue above; nobody has an order."""
    told = Told([Account() for _ in GROUPS], **rules)
    told.begin(funds)
    return told


def with_a_book() -> Told:
    """The venue above and an affiliated market maker, whose bids and asks stand 1 to 20 % away.

    The third client's margin is in coins (its cash has left), the second's partly a bank token.
    """
    flags = dict.fromkeys(("has_notification", "has_report", "has_declaration"), True)
    maker = Account(
        investor_class=InvestorClass.AFMM, has_undertaking=True, is_group_company=True, **flags
    )
    told = Told([*(Account() for _ in GROUPS), maker])
    told.begin()
    told.tell(c.Deposit, wallet=MAKER, asset=0, amount=100_000 * HKD)
    told.tell(c.Deposit, wallet=THIRD, asset=1, amount=3_100 * HKD)
    told.tell(c.Withdraw, wallet=THIRD, asset=0, amount=3_000 * HKD)
    told.tell(c.Deposit, wallet=SECOND, asset=2, amount=600 * HKD)
    told.tell(c.Withdraw, wallet=SECOND, asset=0, amount=500 * HKD)
    for percent in range(1, 21):
        for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
            told.tell(
                c.NewOrder,
                contract=0,
                wallet=MAKER,
                order_id=2 * percent + side,
                side=side,
                lots=12,
                price_ticks=MARK + sign * percent * MARK // 100,
            )
    return told
