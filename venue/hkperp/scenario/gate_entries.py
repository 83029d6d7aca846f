"""The words of a scenario's timeline for standing, products, the vault and default: one a verb.

`scenario.timeline` has the others, and the union of all.
"""

from typing import Annotated, Literal

from msgspec import Meta

from hkperp.quantities import Amount, Percent, Time
from hkperp.scenario.actors import AccountName
from hkperp.scenario.gate import ProductName
from hkperp.scenario.record import Name, Record

__all__ = ["Acknowledge", "AssetHaircut", "Backstop", "ClearDeposit", "DeclareDefault"]
__all__ += ["ExposureLimit", "HouseDeposit", "HouseWithdraw", "IssuerDefault", "MarginAddon"]
__all__ += ["ProductStateChange", "PublishAgreement", "Reconcile", "Redeem"]
__all__ += ["ReferenceStatusChange", "ReturnDeposit", "ReverseDeposit", "Transfer"]

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
HouseName = Literal["FEES", "FIRST_LOSS", "RESERVE", "SECOND_TRANCHE", "PLATFORM", "ERROR"]


class ClearDeposit(Record, frozen=True, kw_only=True, tag_field="do", tag="clear_deposit"):
    """An awaited deposit is final: it counts from now on (NOCR-03)."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount


class ReturnDeposit(Record, frozen=True, kw_only=True, tag_field="do", tag="return_deposit"):
    """An awaited deposit goes back to its sender."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount


class Transfer(Record, frozen=True, kw_only=True, tag_field="do", tag="transfer"):
    """An account moves units between its wallets, `holder` and `holder:BTC-HKD-PERP`."""

    at: Time
    account: AccountName
    to: AccountName
    asset: Name
    amount: Amount


class Redeem(Record, frozen=True, kw_only=True, tag_field="do", tag="redeem"):
    """An account gives units back to their issuer, who pays par later (MRG-04)."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount


class ReverseDeposit(Record, frozen=True, kw_only=True, tag_field="do", tag="reverse_deposit"):
    """The operator takes a credit back that no money came for (GAT-040)."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount


class Reconcile(Record, frozen=True, kw_only=True, tag_field="do", tag="reconcile"):
    """The custodian says how much of an asset it holds (SEG-02)."""

    at: Time
    asset: Name
    custody: Amount


class AssetHaircut(Record, frozen=True, kw_only=True, tag_field="do", tag="asset_haircut"):
    """A margin asset has another haircut."""

    at: Time
    asset: Name
    haircut: Percent


class ProductStateChange(Record, frozen=True, kw_only=True, tag_field="do", tag="product_state"):
    """A contract takes a step of its approval, or goes towards its end (PROD-05)."""

    at: Time
    contract: Name
    state: ProductName


class ReferenceStatusChange(
    Record, frozen=True, kw_only=True, tag_field="do", tag="reference_status"
):
    """What a contract's reference lacks is found anew (REF-04)."""

    at: Time
    contract: Name
    status: Literal["ELIGIBLE", "NOT_RETAIL", "INDEX_NOT_IOSCO"]


class MarginAddon(Record, frozen=True, kw_only=True, tag_field="do", tag="margin_addon"):
    """The margin rates of a contract are the pack's plus these; two persons sign (GOV-01)."""

    at: Time
    contract: Name
    initial: Percent
    maintenance: Percent
    proposed_by: Name
    approved_by: Name


class PublishAgreement(Record, frozen=True, kw_only=True, tag_field="do", tag="publish_agreement"):
    """A new version of the client agreement is in force; all must accept it (ELIG-06)."""

    at: Time
    version: Version


class Acknowledge(Record, frozen=True, kw_only=True, tag_field="do", tag="acknowledge"):
    """An account accepts a version of the agreement."""

    at: Time
    account: AccountName
    version: Version


class ExposureLimit(Record, frozen=True, kw_only=True, tag_field="do", tag="exposure_limit"):
    """An account's exposure may be so much, HKD; 0: any (ELIG-05)."""

    at: Time
    account: AccountName
    exposure_max: Amount


class DeclareDefault(Record, frozen=True, kw_only=True, tag_field="do", tag="declare_default"):
    """The operator declares that an account's wallet has defaulted (DEF-01)."""

    at: Time
    account: AccountName


class Backstop(Record, frozen=True, kw_only=True, tag_field="do", tag="backstop"):
    """An account takes this share of what is taken over in a contract; 0%: no more (LIQ-04)."""

    at: Time
    account: AccountName
    contract: Name
    share: Percent


class HouseDeposit(Record, frozen=True, kw_only=True, tag_field="do", tag="house_deposit"):
    """The operator pays HKD into a wallet of the house: a layer is filled up again (RSV-01)."""

    at: Time
    wallet: HouseName
    amount: Amount


class HouseWithdraw(Record, frozen=True, kw_only=True, tag_field="do", tag="house_withdraw"):
    """The operator takes HKD out of a wallet of the house; a layer refuses (RSV-01)."""

    at: Time
    wallet: HouseName
    amount: Amount


class IssuerDefault(Record, frozen=True, kw_only=True, tag_field="do", tag="issuer_default"):
    """The issuer of an asset fails; `recovered` of its par is paid to each holder (DEF-02)."""

    at: Time
    asset: Name
    recovered: Percent
