"""What a venue answers about standing, products, the vault and default; `hkperp.events` has all.

As there: whole ticks, lots, ledger units, ppb. docs/gate.md section 7 and docs/default.md
section 5 say when each is written.
"""

from hkperp.book_events import EventStruct
from hkperp_engine import codes

__all__ = [
    "Acknowledged",
    "Agreement",
    "Alert",
    "AssetHaircut",
    "Backstop",
    "BackstopSet",
    "DefaultDeclared",
    "ExposureLimit",
    "FinalPrice",
    "FinalSettlement",
    "MarginAddon",
    "MarginNotice",
    "OiCap",
    "ProductState",
    "Reconciled",
    "ReferenceStatus",
    "SegBreak",
    "TearUp",
]


class ProductState(EventStruct, frozen=True, tag="PRODUCT_STATE"):
    """A contract took a step on the way from DRAFT to DELISTED."""

    contract: int
    state: codes.ProductState


class ReferenceStatus(EventStruct, frozen=True, tag="REFERENCE_STATUS"):
    """What a contract's reference lacks, if anything, was said anew."""

    contract: int
    status: codes.ReferenceStatus


class MarginAddon(EventStruct, frozen=True, tag="MARGIN_ADDON"):
    """The margin rates of a contract are the configured ones plus these."""

    contract: int
    im_ppb: int
    mm_ppb: int


class AssetHaircut(EventStruct, frozen=True, tag="ASSET_HAIRCUT"):
    """A margin asset has another haircut."""

    asset: int
    haircut_ppb: int


class Agreement(EventStruct, frozen=True, tag="AGREEMENT"):
    """A new version of the client agreement is in force; nobody has accepted it yet."""

    version: int


class Acknowledged(EventStruct, frozen=True, tag="ACKNOWLEDGED"):
    """An account accepted the agreement."""

    wallet: int
    version: int


class ExposureLimit(EventStruct, frozen=True, tag="EXPOSURE_LIMIT"):
    """An account has another exposure limit; 0: none."""

    wallet: int
    limit_quote: int


class Reconciled(EventStruct, frozen=True, tag="RECONCILED"):
    """Ledger and custodian agree: both have `amount` units of the asset."""

    asset: int
    amount: int


class SegBreak(EventStruct, frozen=True, tag="SEG_BREAK"):
    """Ledger and custodian disagree; `break_amount` is what the ledger has more."""

    asset: int
    break_amount: int
    ledger_amount: int


class Alert(EventStruct, frozen=True, tag="ALERT"):
    """An alert of the pricing monitor begins or ends.

    `figure`: ppb (MARK_GAP, DISPERSION), sources not used, number of the IndexStatus, or ns since
    the last funding (CONVERGENCE).
    """

    contract: int
    alert: codes.Alert
    is_on: bool
    figure: int


class FinalPrice(EventStruct, frozen=True, tag="FINAL_PRICE"):
    """A delisted contract settles at this price: the mean of samples, or (0) the last mark."""

    contract: int
    price_ticks: int
    sample_count: int


class FinalSettlement(EventStruct, frozen=True, tag="FINAL_SETTLEMENT"):
    """A wallet's position, signed lots, was closed at the final price."""

    contract: int
    wallet: int
    price_ticks: int
    lots: int


class MarginNotice(EventStruct, frozen=True, tag="MARGIN_NOTICE"):
    """The maintenance margin uses 80, 90 or 95 % of a wallet's equity: `level` 1, 2 or 3."""

    wallet: int
    level: int
    equity_quote: int


class DefaultDeclared(EventStruct, frozen=True, tag="DEFAULT_DECLARED"):
    """A client was declared in default: the next margin test takes it over."""

    wallet: int


class OiCap(EventStruct, frozen=True, tag="OI_CAP"):
    """The open interest of a contract may be so many lots: its own cap, what the fund
    bears, or what the depth of the book does.
    """

    contract: int
    cap_lots: int


class BackstopSet(EventStruct, frozen=True, tag="BACKSTOP_SET"):
    """A wallet takes this share of what is taken over in a contract; 0: none any more."""

    contract: int
    wallet: int
    share_ppb: int


class Backstop(EventStruct, frozen=True, tag="BACKSTOP"):
    """A provider took a defaulter's position, signed lots of the latter, at a price."""

    contract: int
    wallet: int
    provider_wallet: int
    price_ticks: int
    lots: int


class TearUp(EventStruct, frozen=True, tag="TEAR_UP"):
    """Signed lots of a wallet were closed at the mark against the platform's position."""

    contract: int
    wallet: int
    counter_wallet: int
    mark_ticks: int
    lots: int
