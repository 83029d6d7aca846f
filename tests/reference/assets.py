"""A margin asset as it stands now: docs/machine.md section 1, docs/gate.md section 4."""

from hkperp_engine.codes import AssetFlag
from reference.whole import PPB, mdf

DAY_NS = 86_400_000_000_000
VALUE_MAX = 2**61


class Asset:
    """One margin asset: its configuration is `terms`, the rest is what became of it.

    below_ns : when the depeg began that is going on; the last one's beginning (0: there was none)
        while none is, so it says something only while `is_below`
    unlicensed_ns : when the licence was taken away, the start until then
    break_units : what the ledger has more than the custodian, units
    has_defaulted : its issuer has failed (DFT-036)
    """

    def __init__(self, number: int, terms, start_ns: int) -> None:
        self.number, self.terms = number, terms
        self.haircut_ppb = terms.haircut_ppb
        self.price_ppb = self.valuation_ppb = self.conversion_ppb = 0
        self.is_convertible, self.is_licensed = terms.is_convertible, terms.is_licensed
        self.is_depegged = self.is_broken = self.is_below = self.has_defaulted = False
        self.below_ns, self.unlicensed_ns, self.break_units = 0, start_ns, 0
        self.set_price(terms.price_ppb, start_ns)

    @property
    def flags(self) -> int:
        """The four flags as one number (GAT-030)."""
        flags = AssetFlag.CONVERTIBLE if self.is_convertible else 0
        flags |= AssetFlag.LICENSED if self.is_licensed else 0
        flags |= AssetFlag.DEPEGGED if self.is_depegged else 0
        return int(flags | (AssetFlag.BROKEN if self.is_broken else 0))

    def set_flags(self, flags: int, now_ns: int) -> None:
        """Set all four; a licence that goes begins the grace (GAT-032)."""
        was_licensed = self.is_licensed
        self.is_convertible = bool(flags & AssetFlag.CONVERTIBLE)
        self.is_licensed = bool(flags & AssetFlag.LICENSED)
        self.is_depegged = bool(flags & AssetFlag.DEPEGGED)
        self.is_broken = bool(flags & AssetFlag.BROKEN)
        if was_licensed and not self.is_licensed:
            self.unlicensed_ns = now_ns

    def fail(self, now_ns: int) -> None:
        """Its issuer has failed: nothing of it counts, and it cannot be sold (DFT-036)."""
        self.has_defaulted = True
        self.set_flags(self.flags & ~(AssetFlag.CONVERTIBLE | AssetFlag.LICENSED), now_ns)
        self.set_haircut(PPB)

    def set_price(self, price_ppb: int, now_ns: int) -> None:
        """A price: its values, and a depeg that begins or ends (GAT-031)."""
        self.price_ppb = price_ppb
        is_low = price_ppb < self.terms.depeg_ppb
        if is_low and not self.is_below:
            self.below_ns = now_ns
        self.is_below = is_low
        self.revalue()

    def set_haircut(self, haircut_ppb: int) -> None:
        """A haircut; what cash a sale brings stays (GAT-033)."""
        self.haircut_ppb = haircut_ppb
        self.revalue()

    def revalue(self) -> None:
        """What follows from price and haircuts."""
        par_ppb, price_ppb = self.terms.par_ppb, self.price_ppb
        price = min(par_ppb, price_ppb) if par_ppb else price_ppb
        self.valuation_ppb = mdf(price, PPB - self.haircut_ppb)
        self.conversion_ppb = mdf(price, PPB - self.terms.conversion_haircut_ppb)

    def recognised(self, units: int) -> int:
        """What units count for as collateral."""
        return units * self.valuation_ppb // PPB if self.is_convertible else 0

    def value(self, units: int) -> int:
        """What units are worth for a concentration limit (GAT-036)."""
        worth = units * self.valuation_ppb // PPB if self.number else units
        return min(worth, VALUE_MAX)

    def is_settling(self, now_ns: int) -> bool:
        """True within the settlement hours (GAT-034)."""
        opens, closes = self.terms.open_ns, self.terms.close_ns
        time_of_day = now_ns % DAY_NS
        if opens <= closes:
            return opens == closes or opens <= time_of_day < closes
        return time_of_day >= opens or time_of_day < closes
