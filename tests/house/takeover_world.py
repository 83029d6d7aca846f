"""What tests of warnings, limits and takeover share: a small venue, played on both machines.

A lot is worth its price in ledger units; initial margin is 10 %, maintenance margin 5 % of it.
"""

from compiled_house import CompiledHouse
from hkperp.config import Asset
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, HouseWallet, MarginState, Reject
from reference.machine import ReferenceMachine
from vectors import A, Vector, contract, deposit, play, send, venue

PERCENT = 10_000_000
PLATFORM = HouseWallet.PLATFORM
TAKEN_OVER = (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.TAKEN_OVER})


def run(*rows, name: str = "takeover", coin: Asset | None = None, **terms) -> None:
    """Play rows on both machines: a venue of one contract and five clients.

    `coin` takes the place of asset 1; `groups` and `isolated` are the vector's, the rest terms.
    """
    accounts = {key: terms.pop(key) for key in ("groups", "isolated") if key in terms}
    config = venue(contract(1, (0, 100_000, 50_000), **terms))
    if coin is not None:
        assets = (config.assets[0], coin, *config.assets[2:])
        config = type(config)(house=config.house, contracts=config.contracts, assets=assets)
    vector = Vector(name, config, 5, rows, **accounts)
    for factory in (ReferenceMachine, CompiledHouse):
        play(vector, factory)


def rich(*wallets: int):
    """Deposits that no test here uses up."""
    return tuple(deposit(wallet, 100_000) for wallet in wallets)


def declare(wallet: int, reject: int = Reject.NONE):
    return send(Kind.DECLARE_DEFAULT, reject, wallet=wallet)


def backstop(wallet: int, share_ppb: int, reject: int = Reject.NONE, **more):
    return send(Kind.SET_BACKSTOP, reject, wallet=wallet, amount=share_ppb, **more)


def taken(number: int):
    """The platform takes what is left of A's leg."""
    return (Event.TAKEOVER, {"wallet": A, "lots": number})
