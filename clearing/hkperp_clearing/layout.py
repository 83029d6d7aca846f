"""Rows of the house: contracts, assets, wallets, positions, and what the house remembers.

Money is in ledger units (1e-6 of the currency), prices in ticks, quantities in lots, rates in ppb,
times in ns. Names as in docs/machine.md section 1. Row (wallet, contract) of the positions is
`wallet * contracts + contract`; balance (wallet, asset) likewise.
"""

from enum import IntEnum

import numpy as np

__all__ = [
    "ALARM",
    "ASSET",
    "ASSETS_MAX",
    "BACKSTOP",
    "BACKSTOPS_MAX",
    "Broken",
    "CLAIM",
    "CLASSES",
    "CONTRACT",
    "CONTRACTS_MAX",
    "FINALS_MAX",
    "FINALS_MIN",
    "HOUSE",
    "LIMIT",
    "LIMITS_MAX",
    "MARGIN",
    "POSITION",
    "SHARE",
    "SHARING_LAYERS",
    "TIER",
    "TIERS_MAX",
    "TRADE",
    "TRADES_MAX",
    "WALLET",
]

CONTRACTS_MAX = 8
ASSETS_MAX = 8
TIERS_MAX = 8
LIMITS_MAX = 8
BACKSTOPS_MAX = 16

#: Layers that cut gains in a cycle: 5, 6 and 7; row wallet * SHARING_LAYERS + layer - 5.
SHARING_LAYERS = 3

#: Index samples kept for a final price, and the fewest it is made of (GAT-021).
FINALS_MAX = 60
FINALS_MIN = 12

#: Initial-margin floors of a contract: one an investor class; row contract * CLASSES + class.
CLASSES = 8

#: Trades that are remembered, so that one can be taken back before the next cycle.
TRADES_MAX = 65_536


class Broken(IntEnum):
    """What the house found wrong with itself, in `is_broken` (checks.py has the sentences)."""

    NOTHING = 0
    BALANCE = 1
    SETTLEMENT = 2
    POSITIONS = 3
    CONSERVATION = 4
    VARIATION = 5
    RESERVATIONS = 6
    ELIGIBILITY = 7
    COLLATERAL = 8
    AWAITED = 9
    LOSSES = 10
    GAINS = 11
    OVERSLEPT = 12


def _words(*names):
    """Return a dtype of int64 fields."""
    return np.dtype([(name, "<i8") for name in names])


#: A contract's rules and what all wallets together have in it (384 bytes). Its trading state is
#: the book's (hkperp_engine.layout.MARKET). `buy_lots`, `sell_lots`: open lots of orders that are
#: not reduce-only. `product`, `reference`: GAT-020. `threshold_quote`: notional above which the
#: concentration add-on is asked (GAT-051). `alerts`: bits of the alerts that are on (GAT-062).
#: `final_next`, `final_count`: place and number of the index samples kept for a final price.
#: `im_ceiling_ppb`: no initial margin is a larger share of its notional (screening.py).
#: Limits of an account and a group, of open interest and of the platform: DFT-010 to DFT-021;
#: `oi_fund_cap_lots`, `oi_depth_cap_lots`: as computed last, `depth_lots`: as the last good mark
#: found them (DFT-011). Words from `oi_depth_multiple` on are in the state hash only where that is
#: on.
CONTRACT = _words(
    "tick_value",
    "price_ticks_max",
    "lots_max",
    "oi_cap_lots",
    "maker_fee_ppb",
    "taker_fee_ppb",
    "liquidation_fee_ppb",
    "collar_ppb",
    "liquidation_collar_ppb",
    "participation_ppb",
    "buffer_ppb",
    "tier_count",
    "product",
    "open_interest",
    "buy_lots",
    "sell_lots",
    "threshold_quote",
    "concentration_ppb",
    "concentration_floor_quote",
    "oi_share_ppb",
    "depth_share_ppb",
    "reference",
    "im_addon_ppb",
    "mm_addon_ppb",
    "monitor_mask",
    "alert_gap_ppb",
    "alert_dispersion_ppb",
    "halt_dispersion_ppb",
    "alerts",
    "final_next",
    "final_count",
    "im_ceiling_ppb",
    "client_lots_max",
    "group_lots_max",
    "holder_share_ppb",
    "oi_share_floor_lots",
    "oi_fund_multiple",
    "oi_fund_cap_lots",
    "inventory_lots_max",
    "backstop_discount_ppb",
    "oi_depth_multiple",
    "oi_depth_floor_lots",
    "oi_depth_cap_lots",
    "depth_lots",
    *(f"spare_{i}" for i in range(4)),
)

#: A backstop provider of a contract (16 bytes), row contract * BACKSTOPS_MAX + n in the order of
#: first registration; wallet 0: none yet (DFT-021).
BACKSTOP = _words("wallet", "share_ppb")

#: A margin tier; row contract * TIERS_MAX + n. `_deduction_quote` makes the steps continuous.
TIER = _words("floor_quote", "im_ppb", "mm_ppb", "im_deduction_quote", "mm_deduction_quote")

#: A margin asset (192 bytes). `raise_asset` of row i: the asset sold i-th when cash is short.
#: `is_below`, `below_ns`: a depeg has begun, and when (GAT-031); `unlicensed_ns`: when the licence
#: went (GAT-032); `open_ns`, `close_ns`: settlement hours within a day (GAT-034); `break_units`:
#: what the ledger has more than the custodian (GAT-039).
ASSET = _words(
    "kind",
    "price_ppb",
    "par_ppb",
    "haircut_ppb",
    "conversion_haircut_ppb",
    "valuation_ppb",
    "conversion_ppb",
    "is_convertible",
    "is_licensed",
    "raise_asset",
    "is_depegged",
    "is_broken",
    "depeg_ppb",
    "depeg_ns",
    "is_below",
    "below_ns",
    "grace_ns",
    "unlicensed_ns",
    "open_ns",
    "close_ns",
    "break_units",
    "is_defaulted",
    "spare_line",
    "spare_end",
)

#: A concentration limit (32 bytes): bit a of `asset_mask` is asset a (GAT-036); caps 0: none.
LIMIT = _words("asset_mask", "pool_cap_quote", "client_cap_quote", "spare")

#: A wallet (64 bytes). `asset_mask`: bit a is set if the balance of asset a >= 1 is not 0.
#: `is_in_deficit`: what it cannot pay is in the house's `deficit`, until the cycle.
#: `account`: the account's cross wallet; `isolated`: 0 for that one, else 1 + the only contract
#: (GAT-001). `is_capped`: the account has an exposure limit (GAT-013).
#: `notice_level`, `is_declared`: DFT-001, DFT-002.
#: `contract_mask`: bit c is set if there may be lots or orders in contract c.
WALLET = np.dtype(
    [
        ("cash", "<i8"),
        ("pending", "<i8"),
        ("valid_until_ns", "<i8"),
        ("asset_mask", "<i8"),
        ("contract_mask", "<i8"),
        ("reduced_step", "<i4"),
        ("notice_level", "<i2"),
        ("is_declared", "<i2"),
        ("investor_class", "<i2"),
        ("account_flags", "<i2"),
        ("state", "<i2"),
        ("is_in_deficit", "<i2"),
        ("account", "<i4"),
        ("isolated", "<i2"),
        ("is_capped", "<i2"),
    ]
)

#: A wallet's position in one contract (64 bytes), and the sums over its open orders there that
#: are not reduce-only. `reduce_only_count`: resting reduce-only orders.
POSITION = np.dtype(
    [
        ("lots", "<i4"),
        ("buy_lots", "<i4"),
        ("sell_lots", "<i4"),
        ("reduce_only_count", "<i4"),
        ("cost", "<i8"),
        ("entry_cost", "<i8"),
        ("buy_value", "<i8"),
        ("sell_value", "<i8"),
        ("order_loss", "<i8"),
        ("order_fee", "<i8"),
    ]
)

#: The price alarm of a position (16 bytes), same row: the rows before and behind it in its list,
#: and the list's place in `alarm_heads`; 0 is none (alarms.py). `wanted`: scratch.
ALARM = np.dtype([("next", "<i4"), ("previous", "<i4"), ("place", "<i4"), ("wanted", "<i4")])

#: What one wallet is worth and needs, as measured last (128 bytes); docs/machine.md section 2.
MARGIN = _words(
    "wallet",
    "cash",
    "collateral",
    "variation",
    "equity",
    "equity_new",
    "initial_margin",
    "maintenance_margin",
    "maintenance_margin_worse",
    "close_out_margin",
    "requirement",
    "has_lots",
    "has_unfrozen_lots",
    "has_order_lots",
    "spare",
    "spare_word",
)

#: A trade (64 bytes), row = its number mod TRADES_MAX: its event's sequence number, the cycles
#: before it, what each side paid in fees (maker, taker), who, and how much. `is_busted`: it was
#: taken back already.
TRADE = np.dtype(
    [
        ("sequence", "<i8"),
        ("cycle_count", "<i8"),
        ("maker_fee", "<i8"),
        ("taker_fee", "<i8"),
        ("maker", "<i4"),
        ("taker", "<i4"),
        ("price_ticks", "<i4"),
        ("lots", "<i4"),
        ("contract", "<i4"),
        ("taker_side", "<i4"),
        ("is_liquidation", "<i4"),
        ("is_busted", "<i4"),
    ]
)

#: A claim for compensation of a wallet whose gain was cut (LOSS-05); in the order made.
CLAIM = _words("loss_id", "wallet", "open_quote", "share_quote")

#: One participant of a division: a weight, its share, the remainder; or a candidate and its score.
SHARE = _words("wallet", "weight", "share", "remainder")

#: The house: its rules, its counters, its timers, and how far a batch has come. `looked_count`:
#: looks that margin tests have taken at wallets (attention.py).
HOUSE = _words(
    "close_out_ppb",
    "loss_sharing",
    "sample_interval_ns",
    "cycle_interval_ns",
    "next_sample_ns",
    "next_cycle_ns",
    "funding_timer_ns",
    "step",
    "loss_count",
    "cycle_count",
    "deficit",
    "claims_used",
    "claims_paid",
    "counts_gains",
    "is_broken",
    "cycle_given_platform",
    "cycle_given_rounding",
    "has_deleveraged",
    "has_traded",
    "next_due_ns",
    "trade_count",
    "agreement_version",
    "vmgh_cap_ppb",
    "vmgh_rounds",
    "vmgh_used",
    "looked_count",
    *(f"spare_{i}" for i in range(6)),
)

assert CONTRACT.itemsize == 384, CONTRACT.itemsize
assert MARGIN.itemsize == 128
assert ASSET.itemsize == 192, ASSET.itemsize
assert WALLET.itemsize == POSITION.itemsize == TRADE.itemsize == 64, (
    WALLET.itemsize,
    POSITION.itemsize,
)
assert HOUSE.itemsize == 256, HOUSE.itemsize
