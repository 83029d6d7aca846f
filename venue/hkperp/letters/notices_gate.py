"""What was done to an account's money and limits, in words; part of `notices`.

Each sentence ends with the rule that was followed. Amounts are written exactly.
"""

from collections.abc import Iterator

import numpy as np

from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import RunRecord
from hkperp.reports.wording import money
from hkperp_engine.codes import Event, Posting

__all__ = ["gate_notices"]

#: Postings whose wallets are those of the house: `order_id` says whom they are for.
_AWAITED = {
    Posting.DEPOSIT_UNCLEARED: "{} awaited: it counts when it is final (NOCR-03)",
    Posting.DEPOSIT_CLEARED: "{} awaited before is final and counts (NOCR-03)",
    Posting.DEPOSIT_RETURNED: "{} awaited before went back to the sender (NOCR-03)",
}
#: Postings that name the account itself.
_MOVED = (Posting.TRANSFER, Posting.REDEMPTION, Posting.DEPOSIT_REVERSED)
_OWN = (Event.ACKNOWLEDGED, Event.EXPOSURE_LIMIT, Event.FINAL_SETTLEMENT)


def gate_notices(reader: Reader, record: RunRecord, wallet: int) -> Iterator[tuple[int, int, str]]:
    """Yield sequence, time in ns and a sentence for each event that concerns a wallet. O(log)."""
    for row in rows_of(_wanted(reader, wallet)):
        if text := _told(row, record, wallet):
            yield row["sequence"], row["time_ns"], text


def _wanted(reader: Reader, wallet: int) -> np.ndarray:
    """Return the events that a sentence is made of, in no order."""
    named = reader.named(wallet)
    is_own = (named["kind"] == Event.POSTING) & np.isin(named["code"], _MOVED)
    is_own |= np.isin(named["kind"], _OWN)
    awaited = [reader.of(Event.POSTING, code) for code in _AWAITED]
    found = [each[each["order_id"] == wallet] for each in awaited]
    return np.concatenate([named[is_own], *found])


def _told(row: Row, record: RunRecord, wallet: int) -> str:
    kind, amount = row["kind"], row["amount"]
    if kind == Event.POSTING:
        return _posted(row, record, wallet)
    if kind == Event.ACKNOWLEDGED:
        return f"version {amount} of the client agreement accepted (ELIG-06)"
    if kind == Event.EXPOSURE_LIMIT:
        limit = f"is {money(amount)} now" if amount else "was taken away"
        return f"the exposure limit {limit} (ELIG-05)"
    terms = record.contracts[row["contract"]]
    size, price = terms.size(row["lots"]), terms.price(row["price_ticks"])
    return f"position of {size} {terms.name} closed at the final price {price} (PROD-05)"


def _posted(row: Row, record: RunRecord, wallet: int) -> str:
    """Say what a movement of the vault means for a wallet."""
    code, amount = Posting(row["code"]), f"{money(row['amount'])} {record.assets[row['contract']]}"
    if code in _AWAITED:
        return _AWAITED[code].format(amount)
    if code == Posting.REDEMPTION:
        return f"{amount} given back to the issuer, who pays par later (MRG-04)"
    if code == Posting.DEPOSIT_REVERSED:
        return f"credit of {amount} taken back: no money came for it (SEG-02)"
    if row["wallet"] == wallet:
        return f"{amount} moved to {record.name_of(row['counter_wallet'])} (MRG-13)"
    return f"{amount} moved from {record.name_of(row['wallet'])} (MRG-13)"
