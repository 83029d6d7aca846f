"""Rows of the house: contracts, assets, wallets, positions, and what the house remembers.

Money is in ledger units (1e-6 of the currency), prices in ticks, quantities in lots, rates in ppb,
times in ns. Names as in docs/machine.md section 1. Row (wallet, contract) of the positions is
`wallet * contracts + contract`; balance (wallet, asset) likewise.
"""

import numpy as np

__all__ = [
    "ASSET",
    "ASSETS_MAX",
    "CLAIM",
    "CONTRACT",
    "CONTRACTS_MAX",
    "HOUSE",
    "MARGIN",
    "POSITION",
    "SHARE",
    "TIER",
    "TIERS_MAX",
    "TRADE",
    "TRADES_MAX",
    "WALLET",
]

CONTRACTS_MAX = 8
ASSETS_MAX = 8
TIERS_MAX = 8

#: Trades that are remembered, so that one can be taken back before the next cycle.
TRADES_MAX = 65_536


def _words(*names):
    """Return a dtype of int64 fields."""
    return np.dtype([(name, "<i8") for name in names])


#: A contract's rules and what all wallets together have in it (128 bytes). Its state is the
#: book's (hkperp_engine.layout.MARKET). `buy_lots`, `sell_lots`: open lots of orders that are not
#: reduce-only.
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
    "spare",
    "open_interest",
    "buy_lots",
    "sell_lots",
)

#: A margin tier; row contract * TIERS_MAX + n. `_deduction_quote` makes the steps continuous.
TIER = _words("floor_quote", "im_ppb", "mm_ppb", "im_deduction_quote", "mm_deduction_quote")

#: A margin asset (96 bytes). `raise_asset` of row i: the asset sold i-th when cash is short.
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
    "spare",
    "spare_word",
)

#: A wallet (64 bytes). `asset_mask`: bit a is set if the balance of asset a >= 1 is not 0.
#: `is_in_deficit`: what it cannot pay is in the house's `deficit`, until the cycle.
#: `contract_mask`: bit c is set if there may be lots or orders in contract c.
WALLET = np.dtype(
    [
        ("cash", "<i8"),
        ("pending", "<i8"),
        ("valid_until_ns", "<i8"),
        ("asset_mask", "<i8"),
        ("contract_mask", "<i8"),
        ("reduced_step", "<i8"),
        ("investor_class", "<i2"),
        ("account_flags", "<i2"),
        ("state", "<i2"),
        ("is_in_deficit", "<i2"),
        ("spare", "<i8"),
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

#: The house: its rules, its counters, its timers, and how far a batch has come.
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
    "spare_house",
    "is_broken",
    "cycle_given_platform",
    "cycle_given_rounding",
    "has_deleveraged",
    "has_traded",
    "next_due_ns",
    "trade_count",
    "spare_last",
    "spare_line",
    "spare_end",
)

assert CONTRACT.itemsize == MARGIN.itemsize == 128
assert WALLET.itemsize == POSITION.itemsize == TRADE.itemsize == 64, (
    WALLET.itemsize,
    POSITION.itemsize,
)
assert HOUSE.itemsize == 192, HOUSE.itemsize
