"""The machine's memory: one int64 arena, its sections, and how a configuration gets into it.

The first sections are those of the stand-alone book, so that its kernels work on either. Views
must not outlive the arena; growing makes a new one. docs/machine.md section 1 names the fields.
"""

import itertools
from typing import NamedTuple

import numpy as np
from msgspec import UNSET

from hkperp_clearing.alarms import alarm_buckets
from hkperp_clearing.layout import (
    ALARM,
    ASSET,
    BACKSTOP,
    BACKSTOPS_MAX,
    CLAIM,
    CLASSES,
    CONTRACT,
    FINALS_MAX,
    HOUSE,
    LIMIT,
    LIMITS_MAX,
    MARGIN,
    POSITION,
    SHARE,
    SHARING_LAYERS,
    TIER,
    TIERS_MAX,
    TRADE,
    TRADES_MAX,
    WALLET,
)
from hkperp_engine import arena as book_arena
from hkperp_engine.arena_state import state_opener
from hkperp_engine.codes import Alert, HouseWallet, IndexStatus, InvestorClass
from hkperp_engine.layout import CHUNK_BITS
from hkperp_engine.units import PPB, WORD_BITS
from hkperp_funding.layout import BASIS, BASIS_SLOTS, RATES, SOURCE, SOURCES_MAX

__all__ = ["ACCOUNT", "MachineSizes", "REQUEST", "REQUEST_WORDS", "State", "configure", "grown"]
__all__ += ["open_machine"]

#: Threshold of the concentration add-on where there is none: above every notional.
NO_THRESHOLD_QUOTE = 2**62

_WORD = np.dtype("<i8")
_HALF_WORD = np.dtype("<i4")

#: An account as the venue is told of it: who it is, until when, and who owns it. `owner` is any
#: number of the beneficial owner (self-trade prevention); client i has wallet 16 + i.
#: `isolated_contract`: -1 begins an account, else a wallet of the account above for it (GAT-001).
#: `group`: number of the group of connected clients, 0 for none (DFT-010).
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

#: What the machine's door is told (addresses in bytes, sizes in words, the first command to do),
#: and what it says: the command at which it stopped, the first not begun, and why (`machine.run`).
REQUEST = np.dtype(
    [
        ("arena", "<i8"),
        ("arena_words", "<i8"),
        ("commands", "<i8"),
        ("command_words", "<i8"),
        ("first", "<i8"),
        ("stopped", "<i8"),
        ("reason", "<i8"),
        ("spare", "<i8"),
    ]
)
REQUEST_WORDS = 8
assert REQUEST.itemsize == 8 * REQUEST_WORDS, REQUEST.itemsize


class State(NamedTuple):
    """Views of all sections, in the order of the arena: what every kernel calls `state`."""

    engine: np.ndarray
    books: np.ndarray
    orders: np.ndarray
    levels: np.ndarray
    directory: np.ndarray
    page_words: np.ndarray
    page_summary: np.ndarray
    ladder_words: np.ndarray
    ladder_summary: np.ndarray
    identities: np.ndarray
    owners: np.ndarray
    taker: np.ndarray
    fills: np.ndarray
    events: np.ndarray
    markets: np.ndarray
    stops: np.ndarray
    extras: np.ndarray
    members: np.ndarray
    timers: np.ndarray
    history: np.ndarray
    protections: np.ndarray
    protected_fills: np.ndarray
    internal: np.ndarray
    frames: np.ndarray
    house: np.ndarray
    contracts: np.ndarray
    tiers: np.ndarray
    assets: np.ndarray
    wallets: np.ndarray
    positions: np.ndarray
    balances: np.ndarray
    rates: np.ndarray
    sources: np.ndarray
    basis: np.ndarray
    margin: np.ndarray
    claims: np.ndarray
    shares: np.ndarray
    parts: np.ndarray
    trades: np.ndarray
    class_floors: np.ndarray
    limits: np.ndarray
    uncleared: np.ndarray
    exposure_caps: np.ndarray
    finals: np.ndarray
    base_tiers: np.ndarray
    group_next: np.ndarray
    haircuts: np.ndarray
    backstops: np.ndarray
    asleep_words: np.ndarray
    asleep_summary: np.ndarray
    alarms: np.ndarray
    alarm_heads: np.ndarray
    rung_ticks: np.ndarray


class MachineSizes(NamedTuple):
    """What an arena has room for."""

    contracts: int
    assets: int
    wallets: int
    chunks: int
    orders: int
    pages: int
    ring: int
    claims: int

    def sections(self):
        """Return (dtype, rows) of each section, in the order of State."""
        book = book_arena.Sizes(
            self.contracts, self.wallets, self.chunks, self.orders, self.pages, self.ring
        )
        words = -(-self.wallets // WORD_BITS)
        buckets = alarm_buckets(self.chunks << CHUNK_BITS)
        return (
            *book.sections(),
            (HOUSE, 1),
            (CONTRACT, self.contracts),
            (TIER, self.contracts * TIERS_MAX),
            (ASSET, self.assets),
            (WALLET, self.wallets),
            (POSITION, self.wallets * self.contracts),
            (_WORD, self.wallets * self.assets),
            (RATES, self.contracts),
            (SOURCE, self.contracts * SOURCES_MAX),
            (BASIS, self.contracts * BASIS_SLOTS),
            (MARGIN, 1),
            (CLAIM, self.claims),
            (SHARE, self.wallets),
            (SHARE, self.contracts),
            (TRADE, TRADES_MAX),
            (_WORD, self.contracts * CLASSES),
            (LIMIT, LIMITS_MAX),
            (_WORD, self.wallets * self.assets),
            (_WORD, self.wallets),
            (_WORD, self.contracts * FINALS_MAX),
            (TIER, self.contracts * TIERS_MAX),
            (_WORD, self.wallets),
            (_WORD, self.wallets * SHARING_LAYERS),
            (BACKSTOP, self.contracts * BACKSTOPS_MAX),
            (_WORD, words),
            (_WORD, -(-words // WORD_BITS)),
            (ALARM, self.wallets * self.contracts),
            (_HALF_WORD, self.contracts * 2 * buckets),
            (_WORD, self.contracts),
        )


_DTYPES = tuple(dtype for dtype, _ in MachineSizes(1, 1, 1, 1, 1, 1, 1, 1).sections())


#: The State of an arena, for Python and for doors; it must not outlive the arena.
open_machine = state_opener(State, _DTYPES)


def grown(arena, sizes):
    """Return a larger arena with the contents of `arena`; the id table is left to be filled."""
    larger = book_arena.grown_sections(arena, sizes, open_machine)
    old, new = open_machine(arena), open_machine(larger)
    used = int(old.house["claims_used"][0])
    new.claims[:used] = old.claims[:used]
    for name in State._fields[State._fields.index("house") :]:
        if name not in ("claims", "trades"):
            getattr(new, name)[:] = getattr(old, name)
    used = min(int(old.house["trade_count"][0]), TRADES_MAX)
    new.trades[:used] = old.trades[:used]
    return larger


def _first_multiple(interval_ns, start_ns):
    """Return the first multiple of an interval after `start_ns`."""
    return (start_ns // interval_ns + 1) * interval_ns


def _deductions(tiers, name):
    """Return A_n of each tier, quote, rounded down: what makes the margin continuous (MRG-09)."""
    amounts = [0]
    for below, tier in itertools.pairwise(tiers):
        step = getattr(tier, name) - getattr(below, name)
        amounts.append(amounts[-1] + tier.floor_quote * step // PPB)
    return amounts


def _configure_contract(state, index, contract, start_ns):
    """Write one contract: its row, its tiers, its floors, its rates and sources."""
    row = state.contracts[index]
    for name in CONTRACT.names[:11]:
        row[name] = getattr(contract, name)
    row["tier_count"] = len(contract.tiers)
    row["product"] = contract.product
    row["reference"] = contract.reference
    row["threshold_quote"] = NO_THRESHOLD_QUOTE
    row["concentration_ppb"] = contract.concentration.addon_ppb
    row["concentration_floor_quote"] = contract.concentration.floor_quote
    for name in ("oi_share_ppb", "depth_share_ppb"):
        row[name] = getattr(contract.concentration, name)
    # The exception to PROD-02 is declared whatever else is watched.
    row["monitor_mask"] = contract.monitor.mask | 1 << Alert.CONVERGENCE
    for name in ("alert_gap_ppb", "alert_dispersion_ppb", "halt_dispersion_ppb"):
        row[name] = getattr(contract.monitor, name)
    for investor_class, floor_ppb in enumerate(contract.class_floors_ppb):
        state.class_floors[index * CLASSES + investor_class] = floor_ppb
    for name in (
        *("client_lots_max", "group_lots_max", "oi_share_floor_lots"),
        *("oi_fund_multiple", "inventory_lots_max", "backstop_discount_ppb"),
    ):
        row[name] = getattr(contract, name)
    row["holder_share_ppb"] = contract.oi_share_ppb
    row["oi_fund_cap_lots"] = row["oi_depth_cap_lots"] = contract.oi_cap_lots
    if contract.oi_depth is not UNSET:
        row["oi_depth_multiple"] = contract.oi_depth.multiple
        row["oi_depth_floor_lots"] = contract.oi_depth.floor_lots
    top = contract.tiers[-1]
    highest_ppb = max((top.im_ppb, *contract.class_floors_ppb)) + contract.concentration.addon_ppb
    row["im_ceiling_ppb"] = max(highest_ppb, top.mm_ppb + -(-top.mm_ppb // 4))
    state.markets[index]["terms_hash"] = contract.terms_hash
    first = index * TIERS_MAX
    im = _deductions(contract.tiers, "im_ppb")
    mm = _deductions(contract.tiers, "mm_ppb")
    for i, tier in enumerate(contract.tiers):
        terms = (tier.floor_quote, tier.im_ppb, tier.mm_ppb, im[i], mm[i])
        state.tiers[first + i] = state.base_tiers[first + i] = terms
    book = state.books[index]
    book["price_ticks_max"] = contract.price_ticks_max
    book["lots_max"] = contract.lots_max
    _configure_rates(state, index, contract, start_ns)


def _configure_rates(state, index, contract, start_ns):
    """Write the rates of one contract, and its sources."""
    rates = state.rates[index]
    rates["source_count"] = len(contract.sources)
    for name in ("source_min", "deviation_max_ppb", "weight_max_ppb", "hold_ns", "median_ns"):
        rates[name] = getattr(contract.index, name)
    rates["median_band_ppb"] = contract.index.median_band_ppb
    rates["is_weighted_mean"] = contract.index.is_weighted_mean
    rates["mark_band_ppb"] = contract.mark.band_ppb
    rates["basis_window_ns"] = contract.mark.basis_window_ns
    rates["basis_samples_min"] = contract.mark.basis_samples_min
    for name in ("impact_notional", "interest_ppb", "interest_band_ppb", "rate_cap_ppb"):
        rates[name] = getattr(contract.funding, name)
    rates["rate_step_ppb"] = contract.funding.rate_step_ppb
    rates["funded_ns"] = start_ns
    rates["funding_interval_ns"] = contract.funding.interval_ns
    # Before the first good index there is no price to stand on.
    rates["mark_is_stale"] = 1
    rates["index_status"] = IndexStatus.EXHAUSTED
    rates["next_funding_ns"] = _first_multiple(contract.funding.interval_ns, start_ns)
    for i, source in enumerate(contract.sources):
        place = state.sources[index * SOURCES_MAX + i]
        place["weight_ppb"] = source.weight_ppb
        place["age_max_ns"] = source.age_max_ns


def _configure_assets(state, assets, start_ns):
    """Write the assets, and the order in which they are sold: lowest haircut first, then id."""
    for i, asset in enumerate(assets):
        row = state.assets[i]
        for name in ("kind", "price_ppb", "par_ppb", "haircut_ppb", "conversion_haircut_ppb"):
            row[name] = getattr(asset, name)
        row["is_convertible"] = asset.is_convertible
        row["is_licensed"] = asset.is_licensed
        for name in ("depeg_ppb", "depeg_ns", "grace_ns", "open_ns", "close_ns"):
            row[name] = getattr(asset, name)
        row["is_below"] = asset.price_ppb < asset.depeg_ppb
        row["below_ns"] = row["unlicensed_ns"] = start_ns
        base = min(asset.par_ppb, asset.price_ppb) if asset.par_ppb else asset.price_ppb
        row["valuation_ppb"] = base * (PPB - asset.haircut_ppb) // PPB
        row["conversion_ppb"] = base * (PPB - asset.conversion_haircut_ppb) // PPB
    sold = sorted(range(1, len(assets)), key=lambda i: (assets[i].haircut_ppb, i))
    state.assets["raise_asset"][1:] = sold


def _configure_limits(state, config):
    """Write the concentration limits: their assets as bits (GAT-036)."""
    numbers = {asset.name: number for number, asset in enumerate(config.assets)}
    for i, limit in enumerate(config.limits):
        row = state.limits[i]
        row["asset_mask"] = sum(1 << numbers[name] for name in limit.assets)
        row["pool_cap_quote"] = limit.pool_cap_quote
        row["client_cap_quote"] = limit.client_cap_quote


def _link_groups(state, groups, first):
    """Link the wallets of each group of connected clients in a ring, ascending (DFT-010)."""
    members: dict[int, list[int]] = {}
    for wallet, group in enumerate(groups.tolist(), first):
        if group:
            members.setdefault(group, []).append(wallet)
    for ring in members.values():
        state.group_next[ring] = [*ring[1:], ring[0]]


def configure(config, accounts, sizes):
    """Return a new arena that holds a venue's configuration and accounts, and no history.

    `accounts`: ACCOUNT rows. `config` has been checked (`proof.check_config`).
    """
    arena = book_arena.new_arena(sizes)
    state = open_machine(arena)
    house = state.house[0]
    rules = config.house
    house["close_out_ppb"] = rules.close_out_ppb
    house["loss_sharing"] = rules.loss_sharing
    house["vmgh_cap_ppb"] = rules.vmgh_cap_ppb
    house["vmgh_rounds"] = rules.vmgh_rounds
    house["counts_gains"] = rules.counts_gains
    house["agreement_version"] = rules.agreement_version
    house["sample_interval_ns"] = rules.sample_interval_ns
    house["cycle_interval_ns"] = rules.cycle_interval_ns
    house["next_sample_ns"] = _first_multiple(rules.sample_interval_ns, rules.start_ns)
    house["next_cycle_ns"] = _first_multiple(rules.cycle_interval_ns, rules.start_ns)
    state.engine["now_ns"] = rules.start_ns
    book_arena.set_rules(state, [each.trading for each in config.contracts], config.orders)
    for index, contract in enumerate(config.contracts):
        _configure_contract(state, index, contract, rules.start_ns)
        state.rates[index]["sample_interval_ns"] = rules.sample_interval_ns
    house["funding_timer_ns"] = state.rates["next_funding_ns"].min()
    _configure_assets(state, config.assets, rules.start_ns)
    _configure_limits(state, config)
    first = int(HouseWallet.CLIENTS)
    clients = state.wallets[first:]
    for name in ("investor_class", "account_flags", "valid_until_ns"):
        clients[name] = accounts[name]
    clients["isolated"] = accounts["isolated_contract"] + 1
    numbers = np.arange(first, first + len(accounts))
    begins = np.where(accounts["isolated_contract"] < 0, numbers, 0)
    clients["account"] = np.maximum.accumulate(begins)
    state.wallets["account"][:first] = np.arange(first)
    _link_groups(state, accounts["group"], first)
    # Every house wallet is its own owner; owners of clients start behind them.
    state.owners["owner"][:first] = -1 - np.arange(first)
    state.owners["owner"][first:] = accounts["owner"]
    state.owners["priority_class"][first:] = accounts["investor_class"] == InvestorClass.AFMM
    return arena
