"""The lines of a summary about standing, products and the vault: what happened under some pack."""

from collections.abc import Sequence

from hkperp.reports.results import AssetResult, PackResult
from hkperp.reports.wording import ALERT_WORDS, PRODUCT_WORDS, REFERENCE_WORDS, money, percent
from hkperp_engine.codes import AssetFlag, Posting

__all__ = ["gate_lines"]

Line = tuple[str, list[tuple[str, str]]]

#: What a figure of `results.HAPPENED` is called.
_HAPPENED = {
    "margin_addons": "margin add-ons set",
    "agreements": "agreements published",
    "acknowledged": "  accepted by accounts",
    "exposure_limits": "exposure limits set",
    "final_settlements": "positions settled finally",
    "reconciliations": "reconciliations agreed",
    "breaks": "  ledger and custody differ",
}
_POSTED = {
    Posting.DEPOSIT_UNCLEARED: "deposits not final at once",
    Posting.DEPOSIT_CLEARED: "  final later",
    Posting.DEPOSIT_RETURNED: "  sent back",
    Posting.TRANSFER: "moved between wallets",
    Posting.REDEMPTION: "given back to issuers",
    Posting.DEPOSIT_REVERSED: "credits taken back",
}


def gate_lines(results: Sequence[PackResult]) -> list[Line]:
    """Return a line for each thing that happened; none of a run that uses none of it."""
    lines: list[Line] = []
    for title, field, words in (
        ("steps of products", "products", PRODUCT_WORDS),
        ("findings on references", "references", REFERENCE_WORDS),
        ("alerts", "alerts", ALERT_WORDS),
    ):
        counts = [getattr(each, field) for each in results]
        if any(counts):
            lines.append((title, [(f"{sum(each.values()):,}", "") for each in counts]))
        for member, text in words.items():
            if any(member.name in each for each in counts):
                cells = [(f"{each.get(member.name, 0):,}", "") for each in counts]
                lines.append((f"  {text}", cells))
    for name, label in _HAPPENED.items():
        if any(name in each.happened for each in results):
            lines.append((label, [(f"{each.happened.get(name, 0):,}", "") for each in results]))
    for posting, label in _POSTED.items():
        if any(posting.name in each.posted for each in results):
            lines.append(
                (label, [(money(each.posted.get(posting.name, 0)), "") for each in results])
            )
    return lines + _asset_lines(results)


def _asset_lines(results: Sequence[PackResult]) -> list[Line]:
    """What is awaited, and what is wrong with an asset, at the end."""
    lines: list[Line] = []
    for assets in zip(*(each.assets for each in results)):
        name = assets[0].name
        if any(each.awaited_quote for each in assets):
            lines.append((f"{name} awaited", [(money(each.awaited_quote), "") for each in assets]))
        faults = [_fault(each) for each in assets]
        if any(faults):
            cells = [(percent(each.haircut_ppb), fault) for each, fault in zip(assets, faults)]
            lines.append((f"{name} haircut", cells))
    return lines


def _fault(asset: AssetResult) -> str:
    """Say in a word or two what is wrong with an asset; empty if nothing is."""
    words = {AssetFlag.DEPEGGED: "depegged", AssetFlag.BROKEN: "not reconciled"}
    found = [text for flag, text in words.items() if asset.flags & flag]
    if not asset.flags & AssetFlag.LICENSED:
        found.append("unlicensed")
    return ", ".join(found)
