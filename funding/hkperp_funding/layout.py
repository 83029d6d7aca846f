"""Rows of the rates: one per contract, one per index source, one per basis sample.

All fields are int64. `RATES` holds the contract's published parameters and what the formulas
remember between two ticks; nothing else is remembered, so the rows are the whole state.
"""

import numpy as np

__all__ = [
    "BASIS",
    "BASIS_SLOTS",
    "FROM_BASIS",
    "FROM_FUNDING",
    "FROM_MID",
    "INTEREST_PERIOD_MS",
    "RATES",
    "SOURCE",
    "SOURCES_MAX",
]

#: Most index sources of one contract; source i of contract k is row k * SOURCES_MAX + i.
SOURCES_MAX = 8

#: Basis samples kept per contract: 150 s of one every 5 s. Slot i of contract k is row
#: k * BASIS_SLOTS + i.
BASIS_SLOTS = 30

#: Interest and the rate before scaling are per 8 hours.
INTEREST_PERIOD_MS = 8 * 3_600_000

#: Bits of `mark_basis`: which of the values (a), (b), (c) made the mark.
FROM_FUNDING = 1
FROM_BASIS = 2
FROM_MID = 4

#: One index source of one contract (64 bytes). `price_ticks` 0: no price. `status`
#: (codes.SourceStatus), `age_ns` and `weight_used` are the verdict of the last tick (REF-06);
#: `weight_used`: weight after the cap, in the unit of `weight_ppb`, to be divided by the sum of
#: the used ones; 0 if the source was not used. `is_crossed`: its bid was above its ask.
SOURCE = np.dtype(
    [
        ("price_ticks", "<i8"),
        ("time_ns", "<i8"),
        ("weight_ppb", "<i8"),
        ("age_max_ns", "<i8"),
        ("status", "<i8"),
        ("age_ns", "<i8"),
        ("weight_used", "<i8"),
        ("is_crossed", "<i8"),
    ]
)

#: One contract (320 bytes): first its parameters, then its state. `index_status`:
#: codes.IndexStatus. `mark_basis`: bits FROM_...; `rate_ppb`: last payment rate, `rate8h_ppb` the
#: rate it was scaled from, `rate_samples` the samples behind it (0: no valid one, disclosed).
#: `funded_ns`: time of the last funding, or of the start.
RATES = np.dtype(
    [
        ("source_count", "<i8"),
        ("source_min", "<i8"),
        ("deviation_max_ppb", "<i8"),
        ("weight_max_ppb", "<i8"),
        ("is_weighted_mean", "<i8"),
        ("hold_ns", "<i8"),
        ("median_ns", "<i8"),
        ("median_band_ppb", "<i8"),
        ("mark_band_ppb", "<i8"),
        ("sample_interval_ns", "<i8"),
        ("basis_window_ns", "<i8"),
        ("basis_samples_min", "<i8"),
        ("impact_notional", "<i8"),
        ("interest_ppb", "<i8"),
        ("interest_band_ppb", "<i8"),
        ("rate_cap_ppb", "<i8"),
        ("funding_interval_ns", "<i8"),
        ("index_ticks", "<i8"),
        ("index_status", "<i8"),
        ("index_ns", "<i8"),
        ("index_good_ticks", "<i8"),
        ("index_good_ns", "<i8"),
        ("mark_ticks", "<i8"),
        ("mark_ns", "<i8"),
        ("mark_is_stale", "<i8"),
        ("mark_basis", "<i8"),
        ("mark_good_ticks", "<i8"),
        ("mark_good_ns", "<i8"),
        ("rate_ppb", "<i8"),
        ("rate8h_ppb", "<i8"),
        ("rate_samples", "<i8"),
        ("next_funding_ns", "<i8"),
        ("premium_sum_ppb", "<i8"),
        ("premium_count", "<i8"),
        ("basis_next", "<i8"),
        ("basis_count", "<i8"),
        ("rate_step_ppb", "<i8"),
        ("funded_ns", "<i8"),
        ("spare", "<i8", (2,)),
    ]
)

#: One basis sample: mid minus index, ticks; may be negative.
BASIS = np.dtype([("time_ns", "<i8"), ("basis_ticks", "<i8")])

assert SOURCE.itemsize == 64, SOURCE.itemsize
assert RATES.itemsize == 320, RATES.itemsize
assert BASIS.itemsize == 16, BASIS.itemsize
