"""What every command is asked first: does what it names exist, are its numbers in range."""

from hkperp_engine.codes import HouseWallet, Reject
from reference.assets import Asset
from reference.rows import Command
from reference.state import Contract, Refused, Wallet

AMOUNT_MAX = 2**60
HOLDING_MAX = 2**50
EXTERNAL_MAX = 2**61


def require(holds: bool, reject: Reject) -> None:
    """Refuse unless the condition holds."""
    if not holds:
        raise Refused(reject)


def contract_of(house, command: Command) -> Contract:
    """The contract a command names."""
    require(0 <= command.contract < len(house.contracts), Reject.CONTRACT_UNKNOWN)
    return house.contracts[command.contract]


def client_of(house, number: int) -> Wallet:
    """The client wallet of a number."""
    require(house.is_client(number), Reject.WALLET_UNKNOWN)
    return house.wallets[number]


def account_of(house, number: int) -> Wallet:
    """The cross wallet of a number: what names an account (GAT-002)."""
    wallet = client_of(house, number)
    require(wallet.isolated == -1, Reject.WALLET_UNKNOWN)
    return wallet


def check_price(contract: Contract, price: int) -> None:
    """1 tick to the contract's highest price."""
    require(1 <= price <= contract.terms.price_ticks_max, Reject.PRICE_INVALID)


def check_lots(contract: Contract, lots: int) -> None:
    """1 lot to the contract's largest position."""
    require(1 <= lots <= contract.terms.lots_max, Reject.LOTS_INVALID)


def asset_of(house, number: int, lowest: int = 0) -> Asset:
    """The asset of a number."""
    require(lowest <= number < len(house.assets), Reject.ASSET_UNKNOWN)
    return house.assets[number]


def check_amount(amount: int, highest: int = AMOUNT_MAX) -> None:
    """1 to 2^60 units, unless said."""
    require(1 <= amount <= highest, Reject.AMOUNT_INVALID)


def check_holding(wallet: Wallet, asset: int, amount: int) -> None:
    """LIM_ACCOUNT of a wallet that gets `amount` units: what it has and awaits."""
    highest = HOLDING_MAX if asset else AMOUNT_MAX
    held = wallet.units(asset) + wallet.uncleared[asset] + amount
    require(held <= highest, Reject.LIM_ACCOUNT)


def check_account(house, wallet: Wallet, asset: int, amount: int) -> None:
    """LIM_ACCOUNT: what the wallet and the whole house may hold."""
    check_holding(wallet, asset, amount)
    outside = -house.wallets[HouseWallet.EXTERNAL].units(asset) + amount
    require(outside <= EXTERNAL_MAX, Reject.LIM_ACCOUNT)
    sold = -house.wallets[HouseWallet.CONVERSION].cash
    require(not asset or sold <= EXTERNAL_MAX, Reject.LIM_ACCOUNT)
