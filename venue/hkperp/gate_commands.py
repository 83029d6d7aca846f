"""What a venue can be told about standing, products, the vault and default.

`hkperp.commands` has all. As there: whole ticks, ledger units, ppb, ns. docs/gate.md and
docs/default.md say what each does. The base of all commands and the widths of their numbers are
here too, because nothing stands below.
"""

from typing import Annotated

import msgspec

from hkperp_engine import codes

__all__ = [
    "Acknowledge",
    "AssetHaircut",
    "ClearDeposit",
    "CommandStruct",
    "DeclareDefault",
    "ExposureLimit",
    "HouseWithdraw",
    "Int16",
    "Int32",
    "Int64",
    "IssuerDefault",
    "MarginAddon",
    "ProductState",
    "PublishAgreement",
    "Reconcile",
    "Redeem",
    "ReferenceStatus",
    "ReverseDeposit",
    "SetBackstop",
    "Transfer",
]

_INT64 = 2**63

#: A whole number as wide as its column of the COMMAND row.
Int16 = Annotated[int, msgspec.Meta(ge=-(2**15), le=2**15 - 1)]
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-_INT64, le=_INT64 - 1)]


class CommandStruct(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    gc=False,
):
    """What all commands have."""

    time_ns: Int64
    tag: Int64 = 0


class ClearDeposit(CommandStruct, frozen=True, kw_only=True, tag="CLEAR_DEPOSIT"):
    """An awaited deposit became final, or went back to its sender (NOCR-03, GAT-035)."""

    wallet: Int32
    asset: Int32
    amount: Int64
    is_returned: bool = False


class Transfer(CommandStruct, frozen=True, kw_only=True, tag="TRANSFER"):
    """Move `amount` units of an asset from a wallet of an account to another of it (GAT-004)."""

    wallet: Int32
    target_wallet: Int32
    asset: Int16
    amount: Int64


class Redeem(CommandStruct, frozen=True, kw_only=True, tag="REDEEM"):
    """Give `amount` units of an asset back to its issuer, who pays par later (GAT-038)."""

    wallet: Int32
    asset: Int32
    amount: Int64


class ReverseDeposit(CommandStruct, frozen=True, kw_only=True, tag="REVERSE_DEPOSIT"):
    """Take back a credit that no money came for; ERROR pays what is gone already (GAT-040)."""

    wallet: Int32
    asset: Int32
    amount: Int64


class Reconcile(CommandStruct, frozen=True, kw_only=True, tag="RECONCILE"):
    """Compare the ledger with the `amount` of an asset that the custodian confirms (GAT-039)."""

    asset: Int32
    amount: Int64


class ProductState(CommandStruct, frozen=True, kw_only=True, tag="PRODUCT_STATE"):
    """Take a contract a step on the way from DRAFT to DELISTED (PROD-05, GAT-020)."""

    contract: Int16
    state: codes.ProductState


class ReferenceStatus(CommandStruct, frozen=True, kw_only=True, tag="REFERENCE_STATUS"):
    """Say what a contract's reference lacks, if anything (REF-01, GAT-020)."""

    contract: Int16
    status: codes.ReferenceStatus


class MarginAddon(CommandStruct, frozen=True, kw_only=True, tag="MARGIN_ADDON"):
    """Set what is added to a contract's configured margin rates, ppb (MRG-08, GAT-052)."""

    contract: Int16
    im_ppb: Int64
    mm_ppb: Int64


class AssetHaircut(CommandStruct, frozen=True, kw_only=True, tag="ASSET_HAIRCUT"):
    """Give a margin asset another haircut, ppb (GAT-033)."""

    asset: Int32
    haircut_ppb: Int64


class PublishAgreement(CommandStruct, frozen=True, kw_only=True, tag="PUBLISH_AGREEMENT"):
    """Put a new version of the client agreement into force: all must acknowledge it (ELIG-06)."""

    version: Int64


class Acknowledge(CommandStruct, frozen=True, kw_only=True, tag="ACKNOWLEDGE"):
    """An account accepts the version of the agreement that is in force (GAT-012)."""

    wallet: Int32
    version: Int64


class ExposureLimit(CommandStruct, frozen=True, kw_only=True, tag="EXPOSURE_LIMIT"):
    """Set how large the exposure of an account may be, ledger units; 0: no limit (ELIG-05)."""

    wallet: Int32
    limit_quote: Int64


class DeclareDefault(CommandStruct, frozen=True, kw_only=True, tag="DECLARE_DEFAULT"):
    """Declare that a client has defaulted: the next margin test takes it over (DFT-002)."""

    wallet: Int32


class SetBackstop(CommandStruct, frozen=True, kw_only=True, tag="SET_BACKSTOP"):
    """Sign a wallet up for a share, ppb, of what is taken over in a contract; 0 ends (DFT-021)."""

    wallet: Int32
    contract: Int16
    share_ppb: Int64


class HouseWithdraw(CommandStruct, frozen=True, kw_only=True, tag="HOUSE_WITHDRAW"):
    """Pay the operator out of its fees or its error account, ledger units (RSV-01, DFT-035)."""

    house_wallet: codes.HouseWallet
    amount: Int64


class IssuerDefault(CommandStruct, frozen=True, kw_only=True, tag="ISSUER_DEFAULT"):
    """An issuer failed: each holder loses its units and gets `recovered_ppb` of par (DFT-036)."""

    asset: Int32
    recovered_ppb: Int64
