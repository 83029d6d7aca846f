"""The summary: what a risk officer reads, the same in a pipe, and the same figures in JSON."""

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from crash_run import CRASH, PACKS, Watch
from hkperp.replay.runner import Outcome, replay, terms_of
from hkperp.reports.results import PackResult
from hkperp.reports.summary import WIDTH, Summary, document
from hkperp.reports.summary_lines import story
from hkperp.reports.wording import Terms, clock, money, money_rounded, percent, plural, share
from hkperp.scenario.reader import load, loads

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "summary.txt"


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return replay(load(CRASH), Watch())


@pytest.fixture(scope="module")
def summary(outcome: Outcome) -> Summary:
    scenario = load(CRASH)
    return Summary(scenario, outcome.results, terms_of(scenario))


def frozen() -> list[PackResult]:
    """Figures that no change of the machine or of the flow moves."""
    file = Path(__file__).with_name("summary_results.json")
    return msgspec.json.decode(file.read_bytes(), type=list[PackResult])


def test_snapshot() -> None:
    """The layout, for figures kept beside it; `summary_results.json` holds three packs."""
    scenario = load(CRASH)
    text = Summary(scenario, frozen(), terms_of(scenario)).text()
    assert text == SNAPSHOT.read_text()


def test_fits_the_page(summary: Summary) -> None:
    lines = summary.text().splitlines()
    assert max(len(line) for line in lines) <= WIDTH
    assert "\x1b" not in summary.text()
    assert not [line for line in lines if line != line.rstrip()]


def test_says_what_matters(summary: Summary, outcome: Outcome) -> None:
    text = summary.text()
    for result in outcome.results:
        assert f"{result.name}: {result.label}" in text
        assert result.state_hash in text
        assert money_rounded(result.deficit_quote) in text
        for layer in result.layers:
            assert money_rounded(layer.used_quote) in text
    assert text.count("exactly 0") == 3 * len(PACKS)
    assert "NOT 0" not in text and "NOT the deficit" not in text
    assert "not HK" in text
    assert text.rstrip().endswith("All 13 expectations held.")


def test_colours_are_for_a_terminal(summary: Summary) -> None:
    file = io.StringIO()
    summary.write(Console(file=file, force_terminal=True, color_system="standard", width=WIDTH))
    assert "\x1b[" in file.getvalue()


def test_failures_are_named() -> None:
    scenario = loads(
        CRASH.read_bytes().replace(b"that: fundings, exactly: 1", b"that: fundings, min: 2")
    )
    results = replay(scenario, Watch(), packs=PACKS[:1]).results
    text = Summary(scenario, results, terms_of(scenario)).text()
    assert "FAILED 1" in text
    assert "1 of 4 expectations FAILED:" in text
    assert text.rstrip().endswith("five-times: fundings is 1, expected at least 2 (FND-01)")


def test_story(outcome: Outcome) -> None:
    calm, cut, closed = outcome.results
    assert story(calm) == "0 accounts liquidated, no deficit, no fund was touched."
    assert "layers 2, 3 and 4 exhausted" in story(cut)
    assert story(cut).endswith(f"{cut.accounts_haircut} accounts with gains cut.")
    assert f"{closed.accounts_deleveraged} accounts deleveraged" in story(closed)


def test_document_is_exact(outcome: Outcome) -> None:
    scenario = load(CRASH)
    values = json.loads(json.dumps(document(scenario, outcome.results, terms_of(scenario))))
    for result, pack in zip(outcome.results, values["packs"], strict=True):
        whole, _, fraction = pack["deficit"].partition(".")
        assert int(whole + fraction.ljust(6, "0")) == result.deficit_quote
        assert pack["contracts"][0]["first_price"] == "466800"
        assert pack["contracts"][0]["fundings"][0]["time_utc"] == "2026-03-02T01:00:00Z"
        assert pack["state_hash"] == result.state_hash
        for before, layer in zip(result.layers, pack["layers"], strict=True):
            assert (layer["exhausted_utc"] is not None) == bool(before.exhausted_ns)
    closed = values["packs"][2]["top_deleveragings"][0]
    assert float(closed["closed_size"]) > 0
    assert values["failures"] == []


def test_wording() -> None:
    terms = Terms("X", 5 * 10**7, 10**8, 1)
    assert terms.price(3) == "1.50"
    assert terms.size(12) == "12"
    assert money(-1_500_000) == "-1.50"
    assert money_rounded(4_999) == "0.004999"
    assert money_rounded(-1_234_567_895_000) == "-1,234,567.90"
    assert (percent(-50_000_000), percent(999, 2)) == ("-5.00%", "0.00%")
    assert (share(1, 0), share(1, 4)) == ("-", "25.00%")
    assert clock(86_399_500_000_000) == "23:59:59.500"
    assert plural(0, "account") == "0 accounts"
