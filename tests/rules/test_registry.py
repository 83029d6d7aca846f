"""The rule registry: complete, honest about its evidence, and findable from a refusal (GOV-05)."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tree
from hkperp.cli.main import main
from hkperp.rules.registry import (
    GRADES,
    PRIORITIES,
    coverage,
    find,
    rejects_of,
    rules,
    sections,
    sources,
)
from hkperp_engine.codes import Reject
from hkperp_engine.errors import InputError
from hkperp_engine.refusals import REJECT_RULE

#: How many rules each section of the rulebook has.
COUNTS = """
    ELIG 8 REF 6 PROD 8 MRG 13 NOCR 5 VAL 6 FND 6 AFMM 12 ORD 4 SOB 1 LIQ 8 SETL 2 LOSS 7 RSV 4
    DEF 3 LIM 4 STR 5 APC 2 HALT 4 SURV 5 SEG 3 DISC 4 REC 7 GOV 5 VAF 11 KPI 6 INV 14
""".split()
IDS = [
    f"{section}-{number:02}"
    for section, count in zip(COUNTS[::2], COUNTS[1::2])
    for number in range(1, int(count) + 1)
]


def test_every_id_of_the_rulebook_is_there() -> None:
    assert sorted(rules()) == sorted(IDS)
    assert list(sections()) == COUNTS[::2]


def test_grades_and_priorities_are_known() -> None:
    for rule_id, rule in rules().items():
        assert rule.grade in GRADES, rule_id
        assert rule.priority in PRIORITIES, rule_id
        assert set(rule.sources) <= set(sources()), rule_id


def test_what_is_said_to_be_read_was_read() -> None:
    """A rule of grade P rests on a document of the SFC that was read, one of S on some text."""
    for rule_id, rule in rules().items():
        if rule.grade == "P":
            assert any(re.fullmatch(r"P\d", name) for name in rule.sources), rule_id
        if rule.grade in ("S", "B"):
            assert rule.sources, rule_id
    assert not [name for name in sources() if name[0] == "N" and sources()[name].read == "read"]


def test_texts_are_sentences_of_their_own() -> None:
    texts = [rule.text for rule in rules().values()]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text == " ".join(text.split())
        assert text.endswith(".")
        assert 30 < len(text) < 400


def test_every_refusal_leads_to_a_rule() -> None:
    """(REC-02) To one of the rulebook, or to one of the machine's own sanity."""
    for reject in Reject:
        rule_id = REJECT_RULE[reject]
        if reject and not re.fullmatch(r"SYS-\d\d", rule_id):
            assert rule_id in rules(), reject.name
            assert reject in rejects_of(rule_id)
            assert rule_id in find(reject.name)
            assert rule_id in find(str(int(reject)))


def test_names_are_refusals_or_words_of_one_section() -> None:
    for rule_id, rule in rules().items():
        for name in rule.names:
            assert re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)+", name), name
            assert rule_id in find(name)


def test_a_word_that_means_nothing() -> None:
    with pytest.raises(InputError, match=r"no rule or refusal 'MRG-70' .near: MRG-"):
        find("MRG-70")
    for word in ("", "0", "99999", "NONE", "x" * 1_000):
        with pytest.raises(InputError):
            find(word)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["rules", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_list_is_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--section", "nocr", "--priority", "must")
    assert status == 0
    assert re.findall(r"^ (\S+-\d\d)", out, re.MULTILINE) == ["NOCR-01", "NOCR-02", "NOCR-03"]
    assert "3 rules." in out
    assert f"{len(rules())} rules." in run(capsys)[1]


@pytest.mark.parametrize("rule_id", IDS)
def test_every_rule_is_explained(capsys: pytest.CaptureFixture[str], rule_id: str) -> None:
    status, out, _ = run(capsys, "explain", rule_id)
    told = " ".join(out.split())
    rule = rules()[rule_id]
    assert status == 0
    for text in (rule.text, GRADES[rule.grade], rule.priority, *rule.names):
        assert text in told
    for reject in rejects_of(rule_id):
        assert f"{reject:d} {reject.name}" in told
    folded = "".join(out.split())
    for name in rule.sources:
        assert "".join(sources()[name].title.split()) in folded
        assert "".join(sources()[name].address.split()) in folded
    cover = coverage()[rule_id]
    for each in (*cover.code, *cover.tests):
        assert "".join(each.split()) in folded


def test_a_refusal_is_explained_by_name_and_by_number(capsys) -> None:
    by_name = run(capsys, "explain", "mrg_insufficient")
    assert by_name == run(capsys, "explain", "410")
    assert by_name[1].startswith("MRG-07 ")


def test_packs_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "sgx-like" in run(capsys, "packs")[1]
    status, out, _ = run(capsys, "packs", "hk-tight")
    assert status == 0
    assert re.search(r"leverage +max +2x +MRG-10 +design default", out)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["explain"], "which rule?"),
        (["explain", "MRG-99"], "no rule or refusal 'MRG-99'"),
        (["packs", "hk"], "no rule pack 'hk' (one of hk-sfc-2026-02-11"),
        (["--section", "X"], "--section: no 'X'"),
        (["--priority", "X"], "--priority: no 'X'"),
        (["explian"], "invalid choice"),
    ],
)
def test_mistakes_are_one_line(capsys, arguments: list[str], expected: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert expected in err


def test_the_wheel_ships_the_data(tmp_path: Path) -> None:
    """`hkperp rules` works where only the wheel is installed."""
    build = ["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run([sys.executable, *build], cwd=tree.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in ("rules", "packs", "coverage"):
            file = tree.ROOT / "venue" / "hkperp" / "data" / f"{name}.toml"
            assert archive.read(f"hkperp/data/{name}.toml") == file.read_bytes()
