"""What a venue answers about standing, products and the vault; `hkperp.events` has all events.

As there: whole ticks, lots, ledger units, ppb. docs/gate.md section 7 says when each is written.
"""

from hkperp.book_events import EventStruct
from hkperp_engine import codes

__all__ = [
    "Acknowledged",
    "Agreement",
    "Alert",
    "AssetHaircut",
    "ExposureLimit",
    "FinalPrice",
    "FinalSettlement",
    "MarginAddon",
    "ProductState",
    "Reconciled",
    "ReferenceStatus",
    "SegBreak",
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
