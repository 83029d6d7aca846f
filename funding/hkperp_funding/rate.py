"""The funding rate of an interval, and what each holder pays or receives.

rate = clamp(premium + clamp(interest - premium, -d, +d), -cap, +cap): clamp inside, scale from
8 h to the interval, cap, and at most a step from the last rate (docs/rates.md sections 5 and 6).

`state` is any NamedTuple with `rates` (rows RATES).
"""

from hkperp_engine.arithmetic import div_trunc, mul_div_floor
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.units import NOTIONAL_QUOTE_MAX, NS_PER_MS, PPB
from hkperp_funding.layout import INTEREST_PERIOD_MS

__all__ = ["close_interval", "funding_payment", "funding_rate"]


@kernel
def _rate_per_8h(rates):
    """Return the rate per 8 h, ppb, of the samples so far; 0 without a sample. O(1)."""
    if rates["premium_count"] == 0:
        return 0
    premium = div_trunc(rates["premium_sum_ppb"], rates["premium_count"])
    band = rates["interest_band_ppb"]
    return premium + min(max(rates["interest_ppb"] - premium, -band), band)


@kernel
def funding_rate(state, contract):
    """Return the payment rate, ppb per interval, that the samples so far would give. Pure, O(1).

    Longs pay when it is positive. 0 without a valid sample (FND-06). At most `rate_step_ppb` away
    from the last payment rate, if that is not 0 (FND-04). This is the projected rate during the
    interval and the rate at its end.

    Premium 1,430,615, interest 100,000, d 500,000, 8 h, cap 3,500,000: 1,430,615 +
    clamp(-1,330,615, -500,000, 500,000) = 930,615. The same over 1 h: 116,326.
    """
    rates = state.rates[contract]
    if rates["premium_count"] == 0:
        return 0
    interval_ms = rates["funding_interval_ns"] // NS_PER_MS
    scaled = div_trunc(_rate_per_8h(rates) * interval_ms, INTEREST_PERIOD_MS)
    rate = min(max(scaled, -rates["rate_cap_ppb"]), rates["rate_cap_ppb"])
    step = rates["rate_step_ppb"]
    if step > 0:
        rate = min(max(rate, rates["rate_ppb"] - step), rates["rate_ppb"] + step)
    return rate


@kernel
def close_interval(state, contract, now_ns):
    """End the interval: fix the payment rate, start the next one; return the rate, ppb. O(1).

    Writes `rate_ppb`, `rate8h_ppb`, `rate_samples`; sum and count of the premium are 0 again;
    `next_funding_ns` is the first time after `now_ns` on its grid, so that funding missed in a
    halt is paid once. `now_ns` is not before `next_funding_ns`.
    """
    rates = state.rates[contract]
    if CHECKED:
        assert now_ns >= rates["next_funding_ns"]
    rates["rate_ppb"] = funding_rate(state, contract)
    rates["rate8h_ppb"] = _rate_per_8h(rates)
    rates["rate_samples"] = rates["premium_count"]
    rates["funded_ns"] = now_ns
    rates["premium_sum_ppb"] = 0
    rates["premium_count"] = 0
    intervals = (now_ns - rates["next_funding_ns"]) // rates["funding_interval_ns"] + 1
    rates["next_funding_ns"] += intervals * rates["funding_interval_ns"]
    return rates["rate_ppb"]


@kernel
def funding_payment(lots, mark_ticks, tick_value, rate_ppb):
    """Return what funding adds to the holder's `pending`, ledger units; negative: it pays. O(1).

    Rounded down: a payer pays the exact amount rounded up, a receiver gets it rounded down, and
    minus the sum over all holders is >= 0, for the rounding account. |lots * mark_ticks *
    tick_value| <= 2**56, |rate_ppb| <= PPB.

    Long 2 BTC at 500,000, tick 1 HKD, lot 1 BTC, units of a cent, rate 0.01 %: pays 100.00.
    Long 3 at 1,111 and 1 ppm: the exact amount is 0.003333 units.

    >>> funding_payment(2, 500_000, 100, 100_000), funding_payment(-2, 500_000, 100, 100_000)
    (-10000, 10000)
    >>> funding_payment(3, 1_111, 1, 1_000), funding_payment(-3, 1_111, 1, 1_000)
    (-1, 0)
    """
    value = lots * mark_ticks * tick_value
    if CHECKED:
        assert -NOTIONAL_QUOTE_MAX <= value <= NOTIONAL_QUOTE_MAX
        assert -PPB <= rate_ppb <= PPB
    return mul_div_floor(-value, rate_ppb)
