"""Random venues and accounts for the house's flow: small, rough and different for each seed.

Prices of some hundred to some ten thousand ticks, margins of a few per cent, short intervals: so
that liquidations, losses, fundings and cycles come by the hundred and not by the year.
"""

from random import Random
from typing import NamedTuple

from hkperp.config import (
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    MarkRules,
    Privilege,
    Source,
    Tier,
)
from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    HouseWallet,
    InvestorClass,
    LossSharing,
)
from hkperp_engine.rules import BookRules, ContractRules
from house_terms import (
    assets,
    concentration,
    contract_limits,
    floors,
    limits,
    monitor,
    product,
    reference,
    sharing_rules,
)

SECOND = 1_000_000_000
START_NS = 1_760_054_400 * SECOND
PPB = 1_000_000_000
FOREVER = 2**62
HARSH_CAP_PPB = 50_000_000
ALL_SET = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT


class Account(NamedTuple):
    """One row of the accounts, in the order both machines take it (GAT-001).

    `isolated_contract`: -1 begins an account with its cross wallet, else the only contract of an
    isolated wallet of the account begun above. `group`: connected clients, 0 for none (DFT-010).
    """

    investor_class: int
    account_flags: int
    valid_until_ns: int
    owner: int
    isolated_contract: int = -1
    group: int = 0


def is_sound(account: Account) -> bool:
    """True of a cross wallet in whose way of trading nothing stands, now or later."""
    is_affiliate = account.investor_class == InvestorClass.AFMM
    needed = int(ALL_SET | AFMM_DOCUMENTS if is_affiliate else ALL_SET)
    barred = int(AccountFlag.BLOCKED)
    barred |= 0 if is_affiliate else int(AccountFlag.GROUP_COMPANY)
    is_complete = account.account_flags & (needed | barred) == needed
    is_lasting = account.valid_until_ns == FOREVER
    is_cross = account.isolated_contract < 0
    is_professional = account.investor_class != InvestorClass.NONE
    return is_cross and is_professional and is_complete and is_lasting


class Setting(NamedTuple):
    """A venue, its accounts, and where each contract's price begins."""

    config: Config
    accounts: tuple[Account, ...]
    prices: tuple[int, ...]


def tiers(chance: Random, typical_quote: int) -> tuple[Tier, ...]:
    """One to four tiers with rising rates."""
    im, mm = chance.choice([(50, 30), (100, 60), (200, 100), (300, 200)])
    made, floor = [], 0
    for _ in range(chance.randint(1, 4)):
        made.append(Tier(floor, im * 1_000_000, mm * 1_000_000))
        floor += typical_quote * chance.randint(1, 12) + chance.randint(0, 999)
        im, mm = im + chance.randint(5, 60), mm + chance.randint(3, 30)
        mm = min(mm, im - 1)
    return tuple(made)


def sources(chance: Random) -> tuple[Source, ...]:
    """Three to six sources whose weights sum to one."""
    count = chance.choice([3, 3, 4, 4, 5])
    cuts = [chance.randint(1, 9) for _ in range(count)]
    weights = [PPB * cut // sum(cuts) for cut in cuts]
    weights[0] += PPB - sum(weights)
    return tuple(
        Source(f"source{i}", weight, chance.choice([60, 120, 300]) * SECOND)
        for i, weight in enumerate(weights)
    )


def index_rules(chance: Random) -> IndexRules:
    return IndexRules(
        source_min=3,
        deviation_max_ppb=chance.choice([20, 50, 200]) * 1_000_000,
        weight_max_ppb=chance.choice([340, 400, 490]) * 1_000_000,
        hold_ns=chance.choice([0, 20, 60, 60, 60]) * SECOND,
        median_ns=chance.choice([0, 60, 300]) * SECOND,
        median_band_ppb=chance.choice([0, 30, 100]) * 1_000_000,
        is_weighted_mean=chance.random() < 0.3,
    )


def trading_rules(chance: Random, price: int) -> ContractRules:
    """Limits that few orders pass, bands that some leave; each is off in many contracts."""
    return ContractRules(
        order_lots_max=chance.choice([0, 0, 30, 100]),
        order_notional_max=chance.choice([0, 0, 60, 160]) * price,
        price_band_ppb=chance.choice([0, 0, 60, 120]) * 1_000_000,
        volatility_ppb=chance.choice([0, 0, 30, 60]) * 1_000_000,
        lookback_ns=chance.choice([10, 61, 300]) * SECOND + chance.choice([0, 7]),
        pause_ns=chance.choice([1, 2, 5]) * SECOND,
    )


def book_rules(chance: Random) -> BookRules:
    """Limits of the venue: small caps, so that they are met."""
    return BookRules(
        triggers_max=chance.choice([1, 2, 3, 1_000]),
        open_orders_max=chance.choice([0, 0, 5, 12]),
        messages_max=chance.choice([0, 0, 3, 6]),
        message_window_ns=chance.choice([1, 5, 10]) * SECOND,
        day_start_ns=chance.randint(100, 2_500) * SECOND,
        rate_exempt=chance.random() < 0.5,
    )


def contract(
    chance: Random, number: int, price: int, lot_quote: int, law: Random, *, is_last: bool
) -> Contract:
    """One contract: `price` is where it begins; a lot is worth about `lot_quote`.

    `law` draws what docs/default.md brings; `is_last`: losses are to reach layer 7.
    """
    tick_value = max(1, lot_quote * chance.randint(5, 15) // 10 // price)
    price_ticks_max = price * chance.choice([10, 20, 80, 80, 80, 400]) // 10
    lots_max = chance.choice([60, 300, 20_000])
    interval = chance.choice([300, 600, 1_200]) * SECOND
    taker = chance.choice([0, 500_000, 1_000_000])
    return Contract(
        name=f"C{number}",
        tick_value=tick_value,
        price_ticks_max=price_ticks_max,
        lots_max=lots_max,
        oi_cap_lots=lots_max * chance.choice([3, 30, 100]),
        tiers=tiers(chance, price * tick_value * 20),
        sources=sources(chance),
        index=index_rules(chance),
        mark=MarkRules(
            band_ppb=chance.choice([1, 10, 30, 100]) * 1_000_000,
            basis_window_ns=150 * SECOND,
            basis_samples_min=chance.choice([1, 3, 10]),
        ),
        funding=FundingRules(
            interval_ns=interval,
            interest_ppb=chance.choice([0, 100_000, 5_000_000]),
            rate_cap_ppb=chance.choice([50_000, 3_500_000]),
            rate_step_ppb=chance.choice([0, 0, 1, 20_000, 500_000]),
            impact_notional=price * chance.choice([1, 5, 40]),
        ),
        maker_fee_ppb=chance.choice([0, 200_000, taker]),
        taker_fee_ppb=taker,
        liquidation_fee_ppb=chance.choice([0, 2_000_000, 10_000_000]),
        collar_ppb=chance.choice([10, 50]) * 1_000_000,
        liquidation_collar_ppb=chance.choice([10, 50, 100]) * 1_000_000,
        participation_ppb=chance.choice([250, 500, 1_000]) * 1_000_000,
        buffer_ppb=chance.choice([0, 50, 250]) * 1_000_000,
        trading=trading_rules(chance, price),
        class_floors_ppb=floors(chance),
        concentration=concentration(chance, price * tick_value),
        monitor=monitor(chance, is_watched=number == 0),
        product=(begun := product(chance, number)),
        reference=reference(chance, begun),
        **contract_limits(law, lots_max, is_last),
    )


def isolated_wallets(venue: Setting) -> frozenset[int]:
    """Numbers of the isolated wallets of a setting; clients begin at 16."""
    numbered = enumerate(venue.accounts, HouseWallet.CLIENTS)
    return frozenset(wallet for wallet, row in numbered if row.isolated_contract >= 0)


def standings(chance: Random) -> list[tuple[int, int, int]]:
    """(class, flags, valid until) of accounts of which most lack something."""
    affiliate = int(AFMM_DOCUMENTS | ALL_SET)
    ends = START_NS + chance.randint(100, 3_000) * SECOND
    document = chance.choice([4, 8, 16, 32])
    return [
        (InvestorClass.AFMM, affiliate, FOREVER),
        (InvestorClass.AFMM, affiliate | int(AccountFlag.GROUP_COMPANY), FOREVER),
        (InvestorClass.AFMM, affiliate & ~document, FOREVER),
        (InvestorClass.AFMM, int(ALL_SET), FOREVER),
        (InvestorClass.NONE, int(ALL_SET), FOREVER),
        (InvestorClass.IND_PI, int(ALL_SET), START_NS - 1),
        (InvestorClass.IND_PI, int(ALL_SET), ends),
        (InvestorClass.CORP_PI, int(ALL_SET), ends),
        (InvestorClass.CORP_PI, int(ALL_SET | AccountFlag.GROUP_COMPANY), FOREVER),
        (InvestorClass.INST_PI, int(ALL_SET | AccountFlag.BLOCKED), FOREVER),
        (InvestorClass.TRUST_PI, int(AccountFlag.AGREEMENT), FOREVER),
        (InvestorClass.INST_PI, int(AccountFlag.KNOWLEDGE), FOREVER),
    ]


def accounts(chance: Random, count: int, contract_count: int, law: Random) -> tuple[Account, ...]:
    """So many accounts: mostly in order, some with each kind of defect, shared owners.

    Behind the cross wallet of every fifth stand one or more isolated wallets. Half of the
    accounts are in one of few groups, whose numbers mean nothing.
    """
    odd = standings(chance)
    plain = (InvestorClass.INST_PI, InvestorClass.CORP_PI, InvestorClass.IND_PI)
    kinds = odd + [(chance.choice(plain), int(ALL_SET), FOREVER) for _ in range(count - len(odd))]
    chance.shuffle(kinds)
    owners = [i if chance.random() < 0.8 else chance.randrange(i + 1) for i in range(count)]
    made = []
    for i, (kind, flags, until) in enumerate(kinds):
        group = law.choice((0, 0, 0, 1, 7, 2**40))
        cross = Account(int(kind), flags, until, owners[i], group=group)
        made.append(cross)
        if chance.random() < (0.02 if count > 80 else 0.2):
            own = chance.sample(range(contract_count), chance.randint(1, contract_count))
            made += [cross._replace(isolated_contract=number) for number in own]
    return tuple(made)


def setting(seed: int, sharing: LossSharing | None = None) -> Setting:
    """The venue of a seed; even seeds share losses by VMGH, odd ones by ADL, unless said.

    Of 24 to 40 accounts; every tenth has so many that not all of them can be protected. In two
    of ten a loss that the fund cannot bear is likely to end it, late.
    """
    chance, law = Random(f"setting {seed}"), Random(f"default {seed}")
    if sharing is None:
        sharing = LossSharing.ADL if seed % 2 else LossSharing.VMGH
    is_crowd = seed % 10 == 7
    contract_count = 3 if is_crowd else chance.choice([1, 2, 2, 3, 3])
    prices = tuple(chance.choice([120, 2_000, 28_000]) for _ in range(contract_count))
    lot_quote = chance.choice([120, 28_000, 28_000_000, 9_999_999_999])
    rules, held, is_last = book_rules(chance), assets(chance), seed % 10 in (4, 8)
    exempt = Privilege("rate_exempt", "DISCLOSURE-1")
    config = Config(
        house=House(
            start_ns=START_NS + chance.choice([0, 1, 3 * SECOND]),
            close_out_ppb=chance.choice([666_666_667, 300_000_000, 500_000_000]),
            loss_sharing=sharing,
            sample_interval_ns=5 * SECOND,
            cycle_interval_ns=chance.choice([120, 300, 600]) * SECOND,
            counts_gains=chance.random() < 0.3,
            agreement_version=chance.choice([1, 1, 7]),
            **sharing_rules(law, is_last),
        ),
        contracts=tuple(
            contract(chance, i, price, lot_quote, law, is_last=is_last)
            for i, price in enumerate(prices)
        ),
        assets=held,
        orders=rules,
        privileges=(exempt,) if rules.rate_exempt else (),
        limits=limits(chance, [asset.name for asset in held], lot_quote),
    )
    count = chance.randint(88, 92) if is_crowd else chance.randint(24, 40)
    return Setting(config, accounts(chance, count, contract_count, law), prices)
