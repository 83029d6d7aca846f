"""The market that a seed draws: contracts, wallets, who owns what, rules, and people's habits."""

from typing import NamedTuple

import numpy as np

from hkperp_engine.rules import BookRules, ContractRules

#: A page of the fast book's price ladder: its edges are where its mistakes would be.
PAGE_TICKS = 4_096

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
PPB = 1_000_000_000


class Market(NamedTuple):
    """What both books are built with."""

    contracts: int
    price_ticks_max: int
    lots_max: int
    wallets: int
    owner_of: list[int]
    class_of: list[int]
    contract_rules: ContractRules | list[ContractRules] = ContractRules()
    book_rules: BookRules = BookRules()


class Habits(NamedTuple):
    """How people behave in one seed.

    Prices stand `width_ticks` around `home`, orders are of `lots_mean` lots, about `live_target`
    of them live, `deep_share` of them far from the price; `cancel_share` of the plain commands
    cancel some; `step_ns` passes between two commands, and times are multiples of `grain_ns`, so
    that some are the same; what empties a book comes `wipe_ppm` times in a million commands, a
    jump of the price `jump_ppm` times.
    """

    width_ticks: int
    lots_mean: int
    live_target: int
    id_step: int
    jump_ppm: int
    step_ns: int
    grain_ns: int
    wipe_ppm: int
    deep_share: float
    cancel_share: float
    home: list[int]
    quoters: list[int]


def draw_market(rng: np.random.Generator) -> Market:
    """Draw a market without rules: contracts and wallets, owners with several, affiliates."""
    wallets = int(rng.choice([rng.integers(5, 24), 90], p=[0.8, 0.2]))
    owners = int(rng.integers(4, wallets + 1))
    return Market(
        contracts=int(rng.integers(1, 6)) if wallets < 90 else 5,
        price_ticks_max=int(rng.choice([60, PAGE_TICKS, 100_000, 2**31 - 1])),
        lots_max=int(rng.choice([50, 100_000, 2**31 - 1])),
        wallets=wallets,
        owner_of=[int(owner) for owner in rng.integers(0, owners, wallets)],
        class_of=[int(is_affiliate) for is_affiliate in rng.random(wallets) < 0.3],
    )


def draw_habits(rng: np.random.Generator, market: Market) -> Habits:
    """Draw how people behave in this market."""
    top = market.price_ticks_max
    target = int(rng.choice([30, 30, 400, 3_000]))
    step_ns = int(rng.choice([1_000, 5_000_000, 20_000_000, 700_000_000]))
    return Habits(
        width_ticks=int(rng.choice([1, 3, 12, min(300, top // 8)])),
        lots_mean=int(rng.choice([2, 8])),
        live_target=target,
        id_step=int(rng.choice([1, PAGE_TICKS, 2**32, 0x9E3779B97F4A7C15])),
        jump_ppm=int(rng.choice([200, 3_000])),
        step_ns=step_ns,
        grain_ns=int(rng.choice([1, step_ns])),
        wipe_ppm={30: 6_000, 400: 2_000, 3_000: 200}[target],
        deep_share=0.9 if target == 3_000 else 0.5,
        cancel_share=0.06 if target == 3_000 else 0.14,
        home=rng.integers(1 + top // 4, 1 + 3 * top // 4, market.contracts).tolist(),
        quoters=rng.choice(market.wallets, 3, replace=False).tolist(),
    )


def draw_rules(rng: np.random.Generator, market: Market, habits: Habits) -> Market:
    """Give a market its rules: most limits off, a cap on triggers that is often met."""

    def is_on(share: float) -> bool:
        return bool(rng.random() < share)

    def band_ppb(home: int, widths: int) -> int:
        return min(max(widths * habits.width_ticks * PPB // home, 1), PPB)

    step_ns, lots = habits.step_ns, habits.lots_mean
    contract_rules = [
        ContractRules(
            order_lots_max=is_on(0.2) * min(10 * lots, market.lots_max),
            order_notional_max=is_on(0.2) * 12 * lots * home,
            # Around a price of a few ticks a band would hold the market for ever.
            price_band_ppb=is_on(0.3 * (home > 500)) * band_ppb(home, 80),
            volatility_ppb=is_on(0.5 * (step_ns > 1_000))
            * band_ppb(home, int(rng.choice([15, 60]))),
            lookback_ns=SECOND_NS + int(rng.integers(0, 60)) * step_ns,
            pause_ns=SECOND_NS + int(rng.integers(0, 40)) * step_ns,
        )
        for home in habits.home
    ]
    book_rules = BookRules(
        triggers_max=int(rng.choice([1, 2, 5, 1_000])),
        open_orders_max=is_on(0.2) * (3 + 2 * habits.live_target // market.wallets),
        messages_max=is_on(0.3) * int(rng.integers(2, 6)),
        message_window_ns=max(1, 3 * market.wallets * step_ns),
        day_start_ns=int(rng.integers(0, DAY_NS)),
        rate_exempt=is_on(0.5),
    )
    return market._replace(contract_rules=contract_rules, book_rules=book_rules)
