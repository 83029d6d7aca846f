"""What a client's statement is made of: movements, sheets, and the statement itself.

Amounts are ledger units, prices ticks, quantities lots, times ns; what the wallet receives is
positive. statement.py makes one from a log. This module imports neither numpy nor numba.
"""

import msgspec

from hkperp_engine.codes import Posting

__all__ = ["ClaimLine", "ContractSheet", "Movement", "Sheet", "Statement", "Total"]
__all__ += ["posting_name"]


class Movement(msgspec.Struct, frozen=True):
    """One posting: `amount` is what the wallet received, or paid below 0; `balance` afterwards.

    `code`: number of its `Posting`. `order_id`: the order, trade or loss that it is for, or 0.
    """

    sequence: int
    time_ns: int
    asset: int
    code: int
    other_wallet: int
    amount: int
    balance: int
    order_id: int


class Total(msgspec.Struct, frozen=True):
    """All movements of one posting type in one asset."""

    code: int
    count: int
    received: int
    paid: int


class ClaimLine(msgspec.Struct, frozen=True):
    """What a wallet gave up in a loss, and what came back of it."""

    loss_id: int
    given_up_quote: int
    repaid_quote: int

    @property
    def open_quote(self) -> int:
        """What has not come back."""
        return self.given_up_quote - self.repaid_quote


class ContractSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A position at a moment, and its results until then.

    `lots` and `entry_cost_quote` signed; `realised_quote` of what was closed, `unrealised_quote`
    at the mark, since the position was opened; `funding_quote` received less paid.
    """

    contract: int
    lots: int
    entry_cost_quote: int
    mark_ticks: int
    bought_lots: int
    sold_lots: int
    realised_quote: int
    unrealised_quote: int
    funding_quote: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet at a moment; sums run from the beginning of the log.

    `awaited`: deposits that are not cleared, in no balance. `variation_quote`: gains not settled
    yet. `received_quote`, `paid_quote`: by settlement cycles. `deleveraged_quote`: taken over from
    deleveraging, below 0 what was given up in it. `haircut_quote`: cut from gains.
    `uncollected_quote`: losses that the wallet could not pay, and does not owe (PROD-03).
    `unexplained_quote`: settled, but not for a reason known here; 0, or something is wrong.
    """

    balances: tuple[int, ...]
    awaited: tuple[int, ...]
    contracts: tuple[ContractSheet, ...]
    claims: tuple[ClaimLine, ...]
    variation_quote: int
    received_quote: int
    paid_quote: int
    deleveraged_quote: int
    haircut_quote: int
    uncollected_quote: int
    waived_quote: int
    unexplained_quote: int

    @property
    def result_quote(self) -> int:
        """What positions brought: realised, unrealised, funding, deleveraging."""
        own = (
            each.realised_quote + each.unrealised_quote + each.funding_quote
            for each in self.contracts
        )
        return sum(own) + self.deleveraged_quote

    @property
    def accounted_quote(self) -> int:
        """Where that went: settled, not yet settled, cut, not collected."""
        settled = self.received_quote - self.paid_quote + self.variation_quote
        return settled + self.haircut_quote - self.uncollected_quote - self.unexplained_quote


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet from one moment to another: `opening` + `movements` = `closing`, to the unit."""

    wallet: int
    opening: Sheet
    movements: tuple[Movement, ...]
    closing: Sheet

    def of(self, asset: int) -> list[Movement]:
        """Return the movements of an asset, in order."""
        return [each for each in self.movements if each.asset == asset]

    def totals(self, asset: int) -> list[Total]:
        """Return the movements of an asset by posting type, in order of the types' numbers."""
        by_code: dict[int, list[int]] = {}
        for each in self.of(asset):
            by_code.setdefault(each.code, []).append(each.amount)
        return [
            Total(
                code,
                len(amounts),
                sum(amount for amount in amounts if amount > 0),
                -sum(amount for amount in amounts if amount < 0),
            )
            for code, amounts in sorted(by_code.items())
        ]

    def breaks(self) -> list[str]:
        """Return what does not add up, a sentence each; nothing: all does. O(movements).

        Of every asset: opening balance and movements are the closing balance, movement by
        movement. Of the positions: their results are where they went.
        """
        found = []
        for asset, balance in enumerate(self.opening.balances):
            for each in self.of(asset):
                balance += each.amount
                if balance != each.balance:
                    found.append(f"asset {asset}: {balance} at event {each.sequence}")
            if balance != self.closing.balances[asset]:
                found.append(f"asset {asset}: {balance}, not {self.closing.balances[asset]}")
        for sheet in (self.opening, self.closing):
            result, accounted = sheet.result_quote, sheet.accounted_quote
            if result != accounted:
                found.append(f"results are {result}, accounted for are {accounted}")
        return found


def posting_name(code: int) -> str:
    """Return a posting type in words: `variation received`; one that is not known by number."""
    if code in set(Posting):
        return Posting(code).name.lower().replace("_", " ")
    return f"posting {code}"
