"""Who takes part: the accounts of a scenario, and what they bring under one rule pack.

Accounts are numbered as wallets: participants first, in the order of the file, each with its
isolated wallets behind it, then population by population; the first is wallet 16. Who somebody is
and what position it opens depends on the seed only; what it pays in depends on the pack as well
(leverage, initial margin). So packs share one crowd, and a difference between them is a difference
of rules.
"""

from typing import Any, NamedTuple

import numpy as np

from hkperp.config import Config, Contract
from hkperp.replay.draws import Draws
from hkperp.scenario.actors import Population, SizeBand
from hkperp.scenario.evidence import judged, proved
from hkperp.scenario.market import ContractRecord, Pack
from hkperp.scenario.price_path import Steps
from hkperp.scenario.settings import lots_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import AFMM_DOCUMENTS, AccountFlag, HouseWallet, InvestorClass
from hkperp_engine.units import NONE, PPB

__all__ = ["ACCOUNT", "Members", "Opening", "account_name", "accounts", "band_lots"]
__all__ += ["first_wallet", "members", "names", "opening", "standing_of", "standings"]
__all__ += ["wallet_of"]

#: What a venue is told of an account; `hkperp.state.ACCOUNT` is the same row.
ACCOUNT = np.dtype(
    [
        ("investor_class", "<i8"),
        ("account_flags", "<i8"),
        ("valid_until_ns", "<i8"),
        ("owner", "<i8"),
        ("isolated_contract", "<i8"),
        ("group", "<i8"),
    ]
)

#: What the seeds of different draws of one population begin with.
_STREAM_ACCOUNTS, _STREAM_POSITIONS, _STREAM_MARGIN = 1, 2, 3


class Members(NamedTuple):
    """A population as wallets `first` to `first + lots.size - 1`, and their opening lots,
    signed.
    """

    first: int
    lots: np.ndarray


class Opening(NamedTuple):
    """Deposits (wallet, asset, amount), opening trades (contract, long, short, lots) and exposure
    limits (wallet, amount), rows of int64; the trades are at `price_ticks[contract]`.
    """

    deposits: np.ndarray
    trades: np.ndarray
    limits: np.ndarray
    price_ticks: list[int]


def accounts(scenario: Scenario) -> np.ndarray:
    """Return the table of accounts, one ACCOUNT row for each wallet. O(wallets)."""
    total = len(names(scenario)) + sum(each.count for each in scenario.populations)
    table = np.zeros(total, ACCOUNT)
    table["owner"] = np.arange(total) + HouseWallet.CLIENTS
    table["isolated_contract"] = NONE
    contracts = [each.name for each in scenario.contracts]
    owners: dict[str, int] = {}
    groups: dict[str, int] = {}
    row = 0
    for who in scenario.participants:
        owner = row + HouseWallet.CLIENTS
        if who.owner is not None:
            owner = owners.setdefault(who.owner, owner)
        group = 0 if who.group is None else groups.setdefault(who.group, len(groups) + 1)
        investor_class, until_ns = proved(who, int(scenario.start))
        for isolated in (NONE, *(contracts.index(each) for each in who.isolated)):
            standing = (investor_class, standing_of(who), until_ns)
            table[row] = (*standing, owner, isolated, group)
            row += 1
    for index, population in enumerate(scenario.populations):
        start = first_wallet(scenario, index) - HouseWallet.CLIENTS
        rows = table[start : start + population.count]
        rows["investor_class"] = _classes(population)
        rows["account_flags"] = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT
        rows["valid_until_ns"] = population.valid_until
    return table


def _classes(population: Population) -> np.ndarray:
    """Return the class of each member, drawn."""
    draws = Draws(population.seed, _STREAM_ACCOUNTS)
    classes = np.array([InvestorClass[each.class_] for each in population.classes])
    weights = [each.weight for each in population.classes]
    return classes[draws.chosen(weights, population.count)]


def standing_of(who: Any) -> int:
    """Return the bits of `AccountFlag` of a participant, or of an `account_status` entry."""
    flags = AccountFlag.KNOWLEDGE * who.knowledge | AccountFlag.AGREEMENT * who.agreement
    flags |= AFMM_DOCUMENTS * who.afmm_documents
    for document in who.documents:
        flags |= AccountFlag[f"AFMM_{document}"]
    flags |= AccountFlag.GROUP_COMPANY * who.group_company
    return flags | AccountFlag.BLOCKED * who.blocked


def names(scenario: Scenario) -> list[str]:
    """Return the names of the participants' wallets in their order: `fund`, `fund:BTC-HKD`."""
    found = []
    for who in scenario.participants:
        found += [who.name, *(f"{who.name}:{contract}" for contract in who.isolated)]
    return found


def standings(scenario: Scenario) -> list[dict[str, Any]]:
    """Return how each participant's wallet stands at the start, in the order of `names`.

    Class, flags, end of the evidence (ns), and if it was judged, why so and by which rule.
    """
    found = []
    for who in scenario.participants:
        investor_class, until_ns = proved(who, int(scenario.start))
        judgement = judged(who, int(scenario.start))
        standing = {
            "investor_class": investor_class.name,
            "flags": int(standing_of(who)),
            "valid_until_ns": until_ns,
            "reason": "" if judgement is None else str(judgement.reason),
            "rule": "" if judgement is None else judgement.rule,
        }
        found += [standing] * (1 + len(who.isolated))
    return found


def first_wallet(scenario: Scenario, population_index: int) -> int:
    """Return the wallet of a population's first member."""
    before = sum(each.count for each in scenario.populations[:population_index])
    return HouseWallet.CLIENTS + len(names(scenario)) + before


def wallet_of(scenario: Scenario, account: str) -> int:
    """Return the wallet of a participant's name, of its isolated wallet (`fund:BTC-HKD`), or of a
    population's member (`holders/17`).
    """
    group, slash, member = account.partition("/")
    if not slash:
        return HouseWallet.CLIENTS + names(scenario).index(account)
    groups = [each.name for each in scenario.populations]
    return first_wallet(scenario, groups.index(group)) + int(member)


def account_name(scenario: Scenario, wallet: int) -> str:
    """Return the name of a client's wallet: the inverse of `wallet_of`."""
    row, own = wallet - HouseWallet.CLIENTS, names(scenario)
    if 0 <= row < len(own):
        return own[row]
    row -= len(own)
    for population in scenario.populations:
        if 0 <= row < population.count:
            return f"{population.name}/{row}"
        row -= population.count
    raise ValueError(f"no client has wallet {wallet}")


def members(scenario: Scenario, population_index: int) -> Members:
    """Return a population with its opening positions: the lots of both sides are equal."""
    population = scenario.populations[population_index]
    first = first_wallet(scenario, population_index)
    lots = np.zeros(population.count, np.int64)
    positions = population.positions
    if positions is None:
        return Members(first, lots)
    contract = next(each for each in scenario.contracts if each.name == positions.contract)
    draws = Draws(population.seed, _STREAM_POSITIONS)
    drawn = band_lots(draws, positions.sizes, contract, population.count)
    # Sides are dealt over the whole population, so that a side has no range of wallets.
    order = np.argsort(draws.below(1 << 32, population.count), kind="stable")
    longs = order[: population.count * positions.long_share // PPB]
    shorts = order[longs.size :]
    total = int(min(drawn[longs].sum(), drawn[shorts].sum()))
    lots[longs] = _first_lots(drawn[longs], total)
    lots[shorts] = -_first_lots(drawn[shorts], total)
    return Members(first, lots)


def _first_lots(lots: np.ndarray, total: int) -> np.ndarray:
    """Return the lots scaled down to add up to `total`: each in proportion, the rest in order."""
    whole = int(lots.sum())
    # In Python's numbers: a product of two sums of lots may pass 64 bits.
    scaled = np.array([int(each) * total // whole for each in lots.tolist()], np.int64)
    rest = total - int(scaled.sum())
    room = np.flatnonzero(scaled < lots)[:rest]
    scaled[room] += 1
    assert int(scaled.sum()) == total, (int(scaled.sum()), total)
    return scaled


def band_lots(
    draws: Draws, bands: tuple[SizeBand, ...], contract: ContractRecord, count: int
) -> np.ndarray:
    """Return `count` sizes in lots, drawn from bands. O(count)."""
    lows = np.array([lots_of(contract, band.low) for band in bands], np.int64)
    highs = np.array([lots_of(contract, band.high) for band in bands], np.int64)
    band = draws.chosen([each.weight for each in bands], count)
    return draws.between(lows[band], highs[band])


def opening(scenario: Scenario, pack: Pack, config: Config, steps: Steps) -> Opening:
    """Return what is paid in and opened at the start under a pack. O(accounts)."""
    assets = [asset.name for asset in config.assets]
    prices = [path[0] for path in steps.path_ticks]
    deposits: list[np.ndarray] = []
    trades: list[np.ndarray] = []
    limits = [np.zeros((0, 2), np.int64)]
    for who in scenario.participants:
        wallet = wallet_of(scenario, who.name)
        for each in who.deposits:
            deposits.append(np.array([[wallet, assets.index(each.asset), each.amount]], np.int64))
        if who.exposure_max:
            limits.append(np.array([[wallet, who.exposure_max]], np.int64))
    for index, population in enumerate(scenario.populations):
        crowd = members(scenario, index)
        deposits += _deposits(scenario, pack, config, index, crowd, prices)
        if population.positions is not None:
            contracts = [each.name for each in scenario.contracts]
            trades.append(_pairs(contracts.index(population.positions.contract), crowd))
    none = np.zeros((0, 3), np.int64)
    return Opening(
        np.concatenate([none, *deposits]),
        np.concatenate([np.zeros((0, 4), np.int64), *trades]),
        np.concatenate(limits),
        prices,
    )


def _deposits(
    scenario: Scenario,
    pack: Pack,
    config: Config,
    index: int,
    crowd: Members,
    prices: list[int],
) -> list[np.ndarray]:
    """Rows (wallet, asset, amount): margin in each member's own asset, free money in HKD."""
    population = scenario.populations[index]
    draws = Draws(population.seed, _STREAM_MARGIN)
    wallets = crowd.first + np.arange(population.count)
    weights = [each.weight for each in population.collateral]
    choice = draws.chosen(weights, population.count)
    low, high = int(population.free_low), int(population.free_high)
    units = 10**6  # whole HKD
    free = low + units * draws.wide_below((high - low) // units + 1, population.count)
    rows = [_rows(wallets, 0, free)]
    if population.positions is None:
        return rows
    contracts = [each.name for each in scenario.contracts]
    contract = config.contracts[contracts.index(population.positions.contract)]
    price = prices[contracts.index(population.positions.contract)]
    need = _margin(population, pack, contract, np.abs(crowd.lots) * price * contract.tick_value)
    assets = [asset.name for asset in config.assets]
    for number, each in enumerate(population.collateral):
        chosen = choice == number
        asset = config.assets[assets.index(each.asset)]
        par = min(asset.par_ppb, asset.price_ppb) if asset.par_ppb else asset.price_ppb
        value = par * (PPB - asset.haircut_ppb) // PPB
        rows.append(_rows(wallets[chosen], assets.index(each.asset), _worth(need[chosen], value)))
    return rows


def _margin(
    population: Population, pack: Pack, contract: Contract, notional: np.ndarray
) -> np.ndarray:
    """Margin to pay in: notional over leverage, at least the initial margin, and the slack."""
    assert population.positions is not None
    mix = next(each.mix for each in pack.leverage if each.population == population.name)
    draws = Draws(population.seed, _STREAM_MARGIN, 1)
    times = np.array([int(each.times) for each in mix], np.int64)
    leverage = times[draws.chosen([each.weight for each in mix], population.count)]
    # Leverage is in hundredths; quotient and remainder apart, so that nothing passes 64 bits.
    quotient, rest = notional // leverage, notional % leverage
    wanted = quotient * 100 + -(-(rest * 100) // leverage)
    least = initial_margin(contract, notional)
    if contract.class_floors_ppb:
        floors = np.array(contract.class_floors_ppb, np.int64)[_classes(population)]
        least = np.maximum(least, _rate_up(notional, floors))
    if contract.concentration.addon_ppb:
        # Nobody's threshold is below the floor, so this is never too little.
        beyond = np.maximum(0, notional - contract.concentration.floor_quote)
        least = least + _rate_up(beyond, contract.concentration.addon_ppb)
    needed = np.maximum(wanted, least)
    return needed + _rate_up(needed, int(population.positions.slack))


def initial_margin(contract: Contract, notional: np.ndarray) -> np.ndarray:
    """Return IM of each notional by the tiers, ledger units (docs/machine.md section 2)."""
    found = np.zeros(notional.size, np.int64)
    deduction, below = 0, 0
    for tier in contract.tiers:
        deduction += tier.floor_quote * (tier.im_ppb - below) // PPB
        below = tier.im_ppb
        inside = notional >= tier.floor_quote
        found[inside] = _rate_up(notional[inside], tier.im_ppb) - deduction
    return np.where(notional > 0, found, 0)


def _rate_up(amounts: np.ndarray, rate_ppb: int | np.ndarray) -> np.ndarray:
    """ceil(amount * rate / 1e9), exact for amounts below 2^62."""
    return amounts // PPB * rate_ppb + -(-(amounts % PPB * rate_ppb) // PPB)


def _worth(need: np.ndarray, value_ppb: int) -> np.ndarray:
    """Fewest units that count for `need` at `value_ppb` of HKD each, which is below 9e9."""
    return need // value_ppb * PPB + -(-(need % value_ppb * PPB) // value_ppb)


def _rows(wallets: np.ndarray, asset: int, amounts: np.ndarray) -> np.ndarray:
    rows = np.empty((wallets.size, 3), np.int64)
    rows[:, 0], rows[:, 1], rows[:, 2] = wallets, asset, amounts
    return rows[amounts > 0]


def _pairs(contract: int, crowd: Members) -> np.ndarray:
    """Trades (contract, long, short, lots) that give each member its lots: both sides laid end to
    end, and cut wherever one of them changes. O(n log n).
    """
    longs, shorts = np.flatnonzero(crowd.lots > 0), np.flatnonzero(crowd.lots < 0)
    long_ends, short_ends = np.cumsum(crowd.lots[longs]), np.cumsum(-crowd.lots[shorts])
    ends = np.union1d(long_ends, short_ends)
    lots = np.diff(ends, prepend=0)
    trades = np.empty((ends.size, 4), np.int64)
    trades[:, 0], trades[:, 3] = contract, lots
    trades[:, 1] = crowd.first + longs[np.searchsorted(long_ends, ends)]
    trades[:, 2] = crowd.first + shorts[np.searchsorted(short_ends, ends)]
    return trades
