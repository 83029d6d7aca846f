"""What every command is asked first: does what it names exist, are its numbers in range."""

from hkperp_engine.codes import Reject
from reference.rows import Command
from reference.state import Contract, Refused, Wallet


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


def check_price(contract: Contract, price: int) -> None:
    """1 tick to the contract's highest price."""
    require(1 <= price <= contract.terms.price_ticks_max, Reject.PRICE_INVALID)


def check_lots(contract: Contract, lots: int) -> None:
    """1 lot to the contract's largest position."""
    require(1 <= lots <= contract.terms.lots_max, Reject.LOTS_INVALID)
