"""Docs are true or gone: what they show is run, what they name exists."""

import doctest
import re
from pathlib import Path

import pytest

from hkperp_engine.codes import Command, Event, Explain, Reject
from hkperp_engine.refusals import REJECT_RULE, REJECT_TEXT

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    + [ROOT / each / "README.md" for each in ("engine", "funding", "clearing", "venue")]
)


def test_readme_shows_the_example_that_is_run():
    """tests/venue runs docs/examples/embed.py; README must show the same lines."""
    example = (ROOT / "docs/examples/embed.py").read_text()
    body = example.split("\n", 2)[2].strip()
    assert body in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    targets = [each for each in targets if "://" not in each]
    missing = [each for each in targets if not (page.parent / each).exists()]
    assert not missing, missing


def test_decisions_are_numbered_without_gaps():
    numbers = [int(each.name[:4]) for each in (ROOT / "docs/decisions").glob("*.md")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_the_example_of_the_books_page_holds():
    failures, count = doctest.testfile(str(ROOT / "engine/README.md"), module_relative=False)
    assert count > 0
    assert failures == 0


#: The pages of the law: what the machine does.
LAW = ("docs/machine.md", "docs/book.md", "docs/gate.md", "docs/default.md")


def law():
    """The pages' texts, one after the other."""
    return "\n".join((ROOT / name).read_text() for name in LAW)


def test_the_law_names_every_command_event_and_explain_field():
    page = law()
    names = [each.name for each in (*Command, *Event, *Explain) if each.name != "NONE"]
    assert not [name for name in names if name not in page]


def test_the_law_names_every_refusal():
    page = law()
    missing = [each.name for each in Reject if each and each.name not in page]
    assert not missing
    assert set(REJECT_TEXT) == set(REJECT_RULE) == set(Reject)
