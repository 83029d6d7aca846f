"""What a venue may set for its order books (docs/book.md section 13). 0 switches a rule off.

Every number is a design default of ours, none is the regulator's.
"""

from typing import NamedTuple

__all__ = ["NO_BOOK_RULES", "NO_CONTRACT_RULES", "BookRules", "ContractRules"]


class ContractRules(NamedTuple):
    """Trading rules of one contract.

    order_lots_max : lots, largest order (MAT-080)
    order_notional_max : ticks * lots, largest limit * lots of an order (MAT-080)
    price_band_ppb : how far a limit may be from the reference price, 0 .. 1e9 (MAT-080)
    volatility_ppb : how far a trade may be from the price `lookback_ns` ago, 0 .. 1e9 (MAT-064)
    lookback_ns, pause_ns : ns, 1 s .. 31 days; age of the reference, length of the auction
    """

    order_lots_max: int = 0
    order_notional_max: int = 0
    price_band_ppb: int = 0
    volatility_ppb: int = 0
    lookback_ns: int = 300_000_000_000
    pause_ns: int = 300_000_000_000


class BookRules(NamedTuple):
    """Rules of a whole venue.

    triggers_max : fired orders sent after one command, 1 .. 2**31 (MAT-034)
    open_orders_max : live orders of a wallet (MAT-080)
    messages_max, message_window_ns : accepted messages of a wallet in a window of ns (MAT-080)
    day_start_ns : time of day, ns after midnight UTC, at which DAY orders expire (MAT-012)
    rate_exempt : the affiliate's privilege to send more; needs a disclosure (MAT-081, AFMM-04)
    """

    triggers_max: int = 1_000
    open_orders_max: int = 0
    messages_max: int = 0
    message_window_ns: int = 1_000_000_000
    day_start_ns: int = 0
    rate_exempt: bool = False


#: The rules of a venue that has set none.
NO_CONTRACT_RULES = ContractRules()
NO_BOOK_RULES = BookRules()
