"""Who may trade what with which money, by number; codes.py says how numbers are kept."""

from enum import IntEnum

__all__ = [
    "AFMM_DOCUMENTS",
    "AccountFlag",
    "AssetFlag",
    "AssetKind",
    "InvestorClass",
    "ProductState",
]
__all__ += ["ReferenceStatus"]


class InvestorClass(IntEnum):
    """Who the client is (ELIG-01, ELIG-02). NONE may not trade. AFMM ranks behind clients."""

    NONE = 0
    INST_PI = 1
    CORP_PI = 2
    TRUST_PI = 3
    IND_PI = 4
    AFMM = 5


class AccountFlag(IntEnum):
    """Bits of an account's standing (GAT-010): knowledge, agreement, the four documents of an
    affiliated market maker, company of the operator's group, barred jurisdiction.
    """

    KNOWLEDGE = 1
    AGREEMENT = 2
    AFMM_NOTIFICATION = 4
    AFMM_REPORT = 8
    AFMM_DECLARATION = 16
    AFMM_UNDERTAKING = 32
    GROUP_COMPANY = 64
    BLOCKED = 128


#: All four documents without which an affiliate may not trade (AFMM-08).
AFMM_DOCUMENTS = (
    AccountFlag.AFMM_NOTIFICATION
    | AccountFlag.AFMM_REPORT
    | AccountFlag.AFMM_DECLARATION
    | AccountFlag.AFMM_UNDERTAKING
)


class AssetKind(IntEnum):
    """What a margin asset is (MRG-01). INELIGIBLE stands for anything that is not margin."""

    INELIGIBLE = 0
    FIAT = 1
    STABLECOIN = 2
    TOKENISED_DEPOSIT = 3


class AssetFlag(IntEnum):
    """Bits of a margin asset's state (GAT-030)."""

    CONVERTIBLE = 1
    LICENSED = 2
    DEPEGGED = 4
    BROKEN = 8


class ProductState(IntEnum):
    """Approval of a contract (PROD-05, GAT-020). Orders that add risk need LIVE."""

    DRAFT = 0
    SUBMITTED = 1
    APPROVED = 2
    LIVE = 3
    REDUCE_ONLY = 4
    DELISTED = 5


class ReferenceStatus(IntEnum):
    """What a contract's reference lacks, if anything (REF-01, GAT-020)."""

    ELIGIBLE = 0
    NOT_RETAIL = 1
    INDEX_NOT_IOSCO = 2
