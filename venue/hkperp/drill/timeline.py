"""What happened, in order: the steps of a drill, each of one event or of many alike at one time.

What is done about those who failed is told one by one; what follows for others (their margin
states, haircuts, repayments) is one step for all of a time. Amounts are sums of the events'.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hkperp.drill.fold import Record
from hkperp.drill.subject import Drill, Who
from hkperp.quantities import Percent
from hkperp.reports.decisions import Row
from hkperp.reports.wording import SCOPE_WORDS, STATE_WORDS, money_rounded, plural
from hkperp_engine.codes import (
    ContractState,
    CycleCause,
    Event,
    HouseWallet,
    KillScope,
    Layer,
    MarginState,
    Posting,
    Reject,
)

__all__ = ["LAYER_WORDS", "Step", "timeline"]

#: The layers as a reader knows them.
LAYER_WORDS = {
    Layer.DEFAULTER: "defaulters' own margin",
    Layer.FIRST_LOSS: "operator first loss",
    Layer.RESERVE: "reserve fund",
    Layer.SECOND_TRANCHE: "operator second tranche",
    Layer.LOSS_SHARING: "gainers (loss sharing)",
    Layer.TEAR_UP: "gainers (tear-up)",
    Layer.WIND_DOWN: "gainers (wind-down)",
}


class Step(NamedTuple):
    """One step. `events`: how many it stands for. Of a contract (-1: none): price in ticks (0:
    none) and lots, signed as in the first event. Amount in ledger units of the currency, of an
    ISSUER_LOSS in units of the asset.
    """

    sequence: int
    time_ns: int
    actor: str
    what: str
    rule: str
    text: str
    events: int = 1
    contract: int = -1
    price_ticks: int = 0
    lots: int = 0
    amount_quote: int = 0


_PLAIN = (
    *(Event.EXPLAIN, Event.INDEX, Event.MARK, Event.CYCLE_DONE, Event.MARGIN_NOTICE),
    Event.MASS_CANCELLED,
)
_STOPPED = (Reject.KILL_SWITCH_ENGAGED, Reject.AFMM_NOT_PERMITTED)
_POSTED = (
    *(Posting.CLAIM_REPAYMENT, Posting.RECOVERY, Posting.ISSUER_LOSS),
    *(Posting.ISSUER_RECOVERY, Posting.LIQUIDATION_FEE, Posting.WITHDRAWAL),
    Posting.HOUSE_DEPOSIT,
)


def timeline(drill: Drill, record: Record) -> list[Step]:
    """Return the steps since the declaration, in the order of their first events. O(rows)."""
    groups: dict[tuple[int, ...], list[Row]] = {}
    for row in record.rows:
        if (key := _key(drill, row)) is not None:
            groups.setdefault(key, []).append(row)
    teller = _Teller(drill)
    return [step for rows in groups.values() for step in teller.told(rows)]


def _key(drill: Drill, row: Row) -> tuple[int, ...] | None:
    """Return what events of one step have in common; None: it is no step."""
    kind, code, wallet = row["kind"], row["code"], row["wallet"]
    if kind in _PLAIN or (kind == Event.POSTING and code not in _POSTED):
        return None
    if kind == Event.REFUSED:  # one step for the whole span: a robot goes on quoting for hours
        is_stopped = drill.is_own(wallet) and code in _STOPPED
        return (0, kind, wallet) if is_stopped else None
    if kind == Event.CYCLE and not row["counter_order_id"]:
        return None
    defaulter = row["counter_wallet"] if kind == Event.DELEVERAGE else wallet
    is_own = drill.is_own(defaulter)
    if kind == Event.POSTING and code in (Posting.WITHDRAWAL, Posting.LIQUIDATION_FEE):
        return (row["time_ns"], kind, code, wallet) if is_own else None
    if kind == Event.POSTING:
        return row["time_ns"], kind, code, row["contract"]
    alike = wallet if is_own and kind != Event.DELEVERAGE else -1
    if kind in (Event.DELEVERAGE, Event.BACKSTOP, Event.TAKEOVER):
        # Longs and shorts are told apart: a sum of both would say nothing.
        side = row["price_ticks"] if row["lots"] > 0 else -row["price_ticks"]
        return row["time_ns"], kind, is_own, alike, row["contract"], row["counter_wallet"], side
    if kind in (Event.DEFAULT, Event.ALLOCATION):
        alike = wallet if is_own or wallet < HouseWallet.CLIENTS else -1
    return row["time_ns"], kind, code, is_own, alike, row["contract"]


class _Teller:
    """Puts the events of a step into words."""

    def __init__(self, drill: Drill) -> None:
        self._drill = drill

    def told(self, rows: list[Row]) -> Iterator[Step]:
        """Yield the step of events that are alike, if there is anything to say."""
        kind = Event(rows[0]["kind"])
        tell = _TOLD[kind]
        found = tell(self, rows)
        if found is not None:
            yield found

    def _step(
        self, rows: list[Row], actor: str, rule: str, text: str, *, what: str = "", **more: int
    ) -> Step:
        first = rows[0]
        name = what or Event(first["kind"]).name
        number, time_ns = first["sequence"], first["time_ns"]
        return Step(number, time_ns, actor, name, rule, text, len(rows), **more)

    def _who(self, rows: list[Row], column: str = "wallet") -> str:
        """Name whom a step is about: one, or how many."""
        found = sorted({row[column] for row in rows})
        if len(found) == 1:
            return self._drill.name_of(found[0])
        return plural(len(found), "account")

    def _lots(self, row: Row, lots: int) -> str:
        terms = self._drill.terms[row["contract"]]
        way = "long" if lots > 0 else "short"
        price = terms.price(row["price_ticks"])
        return f"{way} {terms.size(abs(lots))} {terms.name} at {price}"

    def declared(self, rows: list[Row]) -> Step:
        """The operator's declaration."""
        text = f"declares {self._who(rows)} in default"
        return self._step(rows, "operator", "DEF-01", text)

    def stopped(self, rows: list[Row]) -> Step:
        """A kill switch."""
        scope = KillScope(rows[0]["code"])
        if scope in (KillScope.WALLET, KillScope.OWNER):
            what = self._who(rows)
        elif scope == KillScope.CONTRACT:
            what = self._drill.terms[rows[0]["contract"]].name
        else:
            what = SCOPE_WORDS[scope]
        text = f"stops {what}: orders cancelled, new ones refused"
        text = text if rows[0]["flags"] else f"releases {what}"
        return self._step(rows, "operator", "HALT-04", text)

    def suspended(self, rows: list[Row]) -> Step:
        """The affiliate suspended, or back."""
        word = "suspends the AFMM: all its quotes are withdrawn"
        text = word if rows[0]["code"] else "lifts the suspension of the AFMM"
        return self._step(rows, "operator", "AFMM-08", text)

    def refused(self, rows: list[Row]) -> Step:
        """What one who is stopped still tries."""
        text = f"refuses {plural(len(rows), 'order')} of {self._who(rows)} from now on"
        return self._step(rows, "gate", "HALT-04", text)

    def state(self, rows: list[Row]) -> Step | None:
        """A margin state: of those who failed each, of others their number."""
        state = MarginState(rows[0]["code"])
        if state == MarginState.HEALTHY:
            return None
        words = {
            MarginState.CALL: ("calls", "LIQ-06"),
            MarginState.REDUCING: ("reduces", "LIQ-03"),
            MarginState.TAKEN_OVER: ("takes over", "LIQ-08"),
        }
        word, rule = words[state]
        equity = sum(row["amount"] for row in rows)
        text = f"{word} {self._who(rows)}, equity {money_rounded(equity)}"
        return self._step(rows, "margin test", rule, text, what=state.name, amount_quote=equity)

    def liquidated(self, rows: list[Row]) -> Step:
        """Liquidation orders sent."""
        lots = sum(row["lots"] for row in rows)
        size = self._drill.terms[rows[0]["contract"]].size(lots)
        name = self._drill.terms[rows[0]["contract"]].name
        text = f"sends {plural(len(rows), 'order')} for {size} {name} of {self._who(rows)}"
        place = rows[0]["contract"]
        return self._step(rows, "clearing house", "LIQ-04", text, contract=place, lots=lots)

    def moved(self, rows: list[Row]) -> Step:
        """A leg taken by a provider or the platform."""
        row, lots = rows[0], sum(row["lots"] for row in rows)
        is_backstop = row["kind"] == Event.BACKSTOP
        actor = self._drill.name_of(row["counter_wallet"]) if is_backstop else "platform"
        role = " as a backstop" if is_backstop else ""
        text = f"takes {self._lots(row, lots)} of {self._who(rows)}{role}"
        rule = "AFMM-12" if is_backstop else "LIQ-04"
        place, price = row["contract"], row["price_ticks"]
        return self._step(rows, actor, rule, text, contract=place, price_ticks=price, lots=lots)

    def deleveraged(self, rows: list[Row]) -> Step:
        """Opposite positions closed against a leg."""
        row, lots = rows[0], sum(row["lots"] for row in rows)
        given = sum(row["amount"] for row in rows)
        terms = self._drill.terms[row["contract"]]
        price = terms.price(row["price_ticks"])
        who = self._drill.name_of(row["counter_wallet"])
        text = (
            f"{self._who(rows)}: {terms.size(lots)} {terms.name} closed at {price} against {who}"
        )
        if given:
            text += f", {money_rounded(given)} of gains given up"
        return self._step(
            rows,
            "opposite holders",
            "LOSS-04",
            text,
            contract=row["contract"],
            price_ticks=row["price_ticks"],
            lots=lots,
            amount_quote=given,
        )

    def torn(self, rows: list[Row]) -> Step:
        """Positions torn up, or settled in a wind-down."""
        row, lots = rows[0], sum(abs(row["lots"]) for row in rows)
        is_torn = row["kind"] == Event.TEAR_UP
        word = "torn up" if is_torn else "closed for good"
        terms = self._drill.terms[row["contract"]]
        price = terms.price(row["price_ticks"])
        text = f"{self._who(rows)}: {terms.size(lots)} {terms.name} {word} at {price}"
        place, ticks = row["contract"], row["price_ticks"]
        return self._step(
            rows, "clearing house", "LOSS-02", text, contract=place, price_ticks=ticks, lots=lots
        )

    def lost(self, rows: list[Row]) -> Step:
        """A deficit."""
        amount = sum(row["amount"] for row in rows)
        text = f"{self._who(rows)} cannot pay {money_rounded(amount)}"
        return self._step(rows, "clearing house", "LOSS-01", text, amount_quote=amount)

    def allocated(self, rows: list[Row]) -> Step:
        """What a layer bears."""
        layer, amount = Layer(rows[0]["code"]), sum(row["amount"] for row in rows)
        wallet = rows[0]["wallet"]
        actor = LAYER_WORDS[layer]
        text = f"layer {layer.value} bears {money_rounded(amount)}"
        if layer == Layer.RESERVE and wallet == HouseWallet.ROUNDING:
            text += " out of the rounding account's gain"
        return self._step(rows, actor, "LOSS-02", text, what=layer.name, amount_quote=amount)

    def shared(self, rows: list[Row]) -> Step:
        """Gains cut."""
        amount = sum(row["amount"] for row in rows)
        gains = sum(row["counter_order_id"] for row in rows)
        layer = Layer(rows[0]["code"])
        text = f"{self._who(rows)}: {money_rounded(amount)} kept back of gains of "
        text += f"{money_rounded(gains)} (layer {layer.value})"
        return self._step(rows, "gainers", "LOSS-05", text, amount_quote=amount)

    def cycle(self, rows: list[Row]) -> Step:
        """A cycle that shares a loss."""
        row = rows[0]
        cause = CycleCause(row["code"]).name.lower()
        text = f"settles all contracts ({cause} cycle {row['order_id']})"
        if row["amount"]:
            text += f" with {money_rounded(row['amount'])} to be shared"
        amount = row["amount"]
        return self._step(rows, "clearing house", "SETL-01", text, amount_quote=amount)

    def posted(self, rows: list[Row]) -> Step:
        """Money that came back, or went with an issuer."""
        code, amount = Posting(rows[0]["code"]), sum(row["amount"] for row in rows)
        actor, rule, words = _POSTED_WORDS[code]
        column = "counter_wallet" if code in _RECEIVED else "wallet"
        asset = self._drill.asset_names[rows[0]["contract"]]
        text = words.format(who=self._who(rows, column), amount=money_rounded(amount), asset=asset)
        return self._step(rows, actor, rule, text, what=code.name, amount_quote=amount)

    def contract_state(self, rows: list[Row]) -> Step:
        """A contract's trading state."""
        row = rows[0]
        name, state = self._drill.terms[row["contract"]].name, ContractState(row["code"])
        text = f"{name}: {STATE_WORDS[state]}"
        return self._step(rows, "market", "HALT-01", text, contract=row["contract"])

    def product(self, rows: list[Row]) -> Step:
        """A contract taken off the list."""
        row = rows[0]
        text = f"{self._drill.terms[row['contract']].name}: delisted or changed its approval"
        return self._step(rows, "market", "PROD-05", text, contract=row["contract"])

    def capped(self, rows: list[Row]) -> Step:
        """A cap on open interest that follows the fund or the depth of the book."""
        row = rows[0]
        terms = self._drill.terms[row["contract"]]
        text = f"open interest of {terms.name} is capped at {terms.size(row['amount'])}"
        return self._step(rows, "clearing house", "LIM-03", text, contract=row["contract"])

    def asset(self, rows: list[Row]) -> Step:
        """A margin asset that counts less, or not at all."""
        row = rows[0]
        name = self._drill.asset_names[row["contract"]]
        actor = "vault"
        if row["contract"] in self._drill.assets and self._drill.choice.who == Who.ISSUER:
            actor = "operator"
        if row["kind"] == Event.ASSET_HAIRCUT:
            text = f"{name}: haircut {Percent.text(row['amount'])}"
            return self._step(rows, actor, "MRG-04", text)
        text = f"{name}: {'' if row['code'] & 1 else 'not '}convertible"
        return self._step(rows, actor, "DEF-02", text)


_RECEIVED = (Posting.CLAIM_REPAYMENT, Posting.ISSUER_RECOVERY, Posting.HOUSE_DEPOSIT)

#: Who acts, the rule, and the words of a posting.
_POSTED_WORDS = {
    Posting.CLAIM_REPAYMENT: ("platform", "LOSS-05", "{amount} repaid to {who}"),
    Posting.RECOVERY: ("platform", "RSV-01", "{amount} recovered, paid to the reserve fund"),
    Posting.LIQUIDATION_FEE: ("clearing house", "LIQ-05", "{who}: fee {amount}, to the reserve"),
    Posting.WITHDRAWAL: ("gate", "LIQ-08", "{who} is paid {amount} {asset} of what is its own"),
    Posting.ISSUER_LOSS: ("holders", "DEF-02", "{who}: {amount} {asset} gone"),
    Posting.ISSUER_RECOVERY: ("issuer's estate", "DEF-02", "{amount} {asset} recovered, to {who}"),
    Posting.HOUSE_DEPOSIT: ("operator", "RSV-01", "{amount} {asset} paid in, to {who}"),
}

_TOLD = {
    Event.DEFAULT_DECLARED: _Teller.declared,
    Event.KILL_SWITCH: _Teller.stopped,
    Event.AFMM_SUSPENDED: _Teller.suspended,
    Event.REFUSED: _Teller.refused,
    Event.MARGIN_STATE: _Teller.state,
    Event.LIQUIDATION_ORDER: _Teller.liquidated,
    Event.TAKEOVER: _Teller.moved,
    Event.BACKSTOP: _Teller.moved,
    Event.DELEVERAGE: _Teller.deleveraged,
    Event.TEAR_UP: _Teller.torn,
    Event.FINAL_SETTLEMENT: _Teller.torn,
    Event.DEFAULT: _Teller.lost,
    Event.ALLOCATION: _Teller.allocated,
    Event.HAIRCUT: _Teller.shared,
    Event.CYCLE: _Teller.cycle,
    Event.POSTING: _Teller.posted,
    Event.CONTRACT_STATE: _Teller.contract_state,
    Event.PRODUCT_STATE: _Teller.product,
    Event.OI_CAP: _Teller.capped,
    Event.ASSET_STATE: _Teller.asset,
    Event.ASSET_HAIRCUT: _Teller.asset,
}
