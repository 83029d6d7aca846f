"""Why an account was refused, in figures: what went in, the limit, and what would have passed.

Of refusals of a timeline, whose figures a run keeps (`refusal_record`); the sentence with the rule
stands in the list before (`notices.refusals`).
"""

from collections.abc import Iterator

from hkperp.reports.run_folder import RECORD_NAME, PackRecord, RefusalRecord, RunRecord
from hkperp.reports.wording import Terms, clock, money
from hkperp_engine.errors import StorageError

__all__ = ["told_refusals"]

#: Whose limit it was (DFT-010, DFT-011), after "limit of".
_LIMIT_WORDS = {
    "WALLET": "a position in this contract",
    "ACCOUNT": "an account",
    "GROUP": "a group of connected clients",
    "ACCOUNT_SHARE": "an account's share of open interest",
    "GROUP_SHARE": "a group's share of open interest",
    "CONTRACT": "open interest in this contract",
    "FUND": "open interest that the fund carries",
    "DEPTH": "open interest that the depth of the book carries",
}
_MONEY_WORDS = {"WITHDRAW": "withdrawal", "TRANSFER": "transfer", "REDEEM": "redemption"}


def told_refusals(record: RunRecord, pack: PackRecord, wallet: int) -> Iterator[tuple[str, str]]:
    """Yield the code of each refusal to a wallet that has figures, and a paragraph about it.

    StorageError if figures are not what such a refusal has: somebody has changed the record.
    """
    for each in pack.refusals:
        if each.wallet == wallet:
            try:
                text = _paragraph(record, each)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
                message = f"damaged: refusal {each.sequence}: {type(error).__name__} {error}"
                raise StorageError(message, source=record.folder / RECORD_NAME) from None
            yield each.reject, text


def _paragraph(record: RunRecord, each: RefusalRecord) -> str:
    if each.command in _MONEY_WORDS:
        return f"{_place(each)}, {_leaving(record, each)}"
    terms = record.contracts[each.contract]
    if each.reject == "MRG_INSUFFICIENT":
        text = _margin(each, terms)
    elif each.reject == "LIM_CLIENT_EXPOSURE":
        text = _exposure(each, terms)
    else:
        text = _room(each, terms)
    word = "order" if each.command == "NEW_ORDER" else "change of order"
    return f"{_place(each)}, {word} {each.order_id} in {terms.name}: {text}"


def _place(each: RefusalRecord) -> str:
    return f"at {clock(each.time_ns)} (event {each.sequence:,})"


def _would(each: RefusalRecord, terms: Terms) -> str:
    most = each.figures["lots_most"]
    if most <= 0:
        return "No lot more would have been taken."
    return f"{terms.size(most)} would have been taken."


def _margin(each: RefusalRecord, terms: Terms) -> str:
    known = {name: money(value) for name, value in each.figures.items()}
    fewer = "; or fewer:" if each.figures["lots_most"] > 0 else "."
    return (
        f"{terms.size(each.figures['lots'])} would need {known['requirement']} with all that is "
        f"open (without it {known['requirement_before']}). There is {known['equity']}: cash "
        f"{known['cash']}, collateral {known['collateral']}, unsettled results as far as they "
        f"count {known['unsettled']}. {known['missing']} more, and it would have been taken"
        f"{fewer} {_would(each, terms)}"
    )


def _exposure(each: RefusalRecord, terms: Terms) -> str:
    known = {name: money(value) for name, value in each.figures.items()}
    return (
        f"{terms.size(each.figures['lots'])} would make the account's exposure {known['exposure']}"
        f" (without it {known['exposure_before']}), its limit is {known['limit']}. "
        f"{_would(each, terms)}"
    )


def _room(each: RefusalRecord, terms: Terms) -> str:
    sizes = {name: terms.size(value) for name, value in each.figures.items()}
    return (
        f"{sizes['held']} on this side with open orders and {sizes['lots']} more would pass "
        f"{sizes['limit']}, the limit of {_LIMIT_WORDS[each.limit]}. {_would(each, terms)}"
    )


def _leaving(record: RunRecord, each: RefusalRecord) -> str:
    known = {name: money(value) for name, value in each.figures.items()}
    asset = record.assets[each.asset]
    text = f"{_MONEY_WORDS[each.command]} of {known['asked']} {asset}: "
    if each.limit == "HELD":
        text += f"the account holds {known['held']} of it"
    else:
        text += (
            f"it counts {known['drop']}. Free is {known['free']}: cash {known['cash']}, "
            f"collateral {known['collateral']}, unsettled loss {known['loss']}, less margin "
            f"{known['needed']} and funding ahead {known['funding']}"
        )
    return f"{text}. {known['most']} could have left."
