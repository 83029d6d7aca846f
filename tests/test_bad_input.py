"""Whatever a file holds, the loader ends in one line with file, line, column and path."""

import os
import random
import re
import time
from pathlib import Path

import pytest

from bad_input import CASES, CORPUS, GOOD, Case
from hkperp.replay.flow import chunks
from hkperp.scenario.reader import load, loads
from hkperp_engine.errors import ScenarioError

LINE = re.compile(r"(?P<source>.+?):(?P<line>\d+):(?P<column>\d+): (?P<path>[^:]+): (?P<rest>.+)")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_line(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HKPERP_DATA", str(tmp_path))
    path = tmp_path / f"{case.name}.yaml"
    path.write_bytes(case.content)
    begin = time.process_time()  # of this process: the machine may be busy with something else
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert time.process_time() - begin < 1
    error, text = caught.value, str(caught.value)
    assert error.exit_status == 2
    assert "\n" not in text and text.isprintable()
    assert LINE.fullmatch(text)
    assert text.startswith(f"{path}:{case.expected}"), text
    assert (error.source, error.line) == (str(path), int(case.expected.partition(":")[0]))
    assert error.__suppress_context__ or error.__context__ is None


def test_corpus_is_large_enough() -> None:
    assert len(list((CORPUS / "bad").glob("*.yaml"))) >= 25
    assert len({case.name for case in CASES}) == len(CASES)


def test_place_is_that_of_the_mistake() -> None:
    """The column in the corpus points at the wrong text itself, not only at its line."""
    lines = (CORPUS / "bad" / "negative-size.yaml").read_text().splitlines()
    _, line, column, *_ = re.split(r"[ :]+", lines[0])
    assert lines[int(line) - 1][int(column) - 1 :].startswith("-0.5")


@pytest.mark.parametrize("name", ["missing.yaml", ".", "\0", "x" * 5000])
def test_unreadable(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(os.path.join(tmp_path, name))
    assert "\n" not in str(caught.value)
    assert caught.value.line is None and caught.value.exit_status == 2


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ScenarioError, match="not a regular file"):
        load(tmp_path / "pipe.yaml")


TOKENS = (
    b"-1 0 1 5 9223372036854775807 9223372036854775808 0.5 1e9 .inf 100% 0% 1000% -5% null true "
    b"2026-03-02T00:05Z 2199-12-31T23:59Z 24h 0s 1ms 366d 1_000 & * ! | > { } [ ] , : ? - # ' \" "
    b"\\ %YAML --- ... << @ ` \xff \xc3\xa9 \x00 \xf0\x9f\x98\x80 HKD BTC crowd afmm fund btc a"
).split(b" ")


def mutated(random_: random.Random, good: bytes) -> bytes:
    """The good file with one to four small changes."""
    text = bytearray(good)
    for _ in range(random_.choice((1, 1, 1, 2, 4))):
        at = random_.randrange(len(text))
        kind = random_.randrange(10)
        if kind == 0:
            text[at] = random_.randrange(256)
        elif kind == 1:
            del text[at : at + random_.randrange(1, 20)]
        elif kind == 2:
            text[at:at] = random_.choice(TOKENS)
        elif kind == 3:
            begin = random_.randrange(len(text))
            text[at:at] = text[begin : begin + random_.randrange(1, 200)]
        elif kind == 4:  # a whole value: after a colon, up to the next comma or end of line
            values = list(re.finditer(rb": ([^,\n{}\[\]]+)", text))
            if values:
                start, end = random_.choice(values).span(1)
                text[start:end] = random_.choice(TOKENS)
        elif kind >= 7:  # another digit: most often still a scenario, and perhaps one too far
            digits = [place for place, byte in enumerate(text) if 48 <= byte <= 57]
            text[random_.choice(digits)] = random_.choice(b"0123456789")
        else:  # lines swapped, or one given twice
            lines = text.split(b"\n")
            one, two = random_.randrange(len(lines)), random_.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one if kind == 5 else two]
            text = bytearray(b"\n".join(lines))
    return bytes(text)


def is_accepted(text: bytes) -> bool:
    """Load it; a scenario must also give its first commands, an error must be one line."""
    try:
        scenario = loads(text)
    except ScenarioError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error!r}") from error
        return False
    if sum(each.count for each in scenario.populations) <= 10_000:
        stream = chunks(scenario, scenario.packs[0])
        next(stream)
        next(stream)
    return True


@pytest.mark.parametrize("seed", range(4))
def test_mutations(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """5,000 mutations for each seed: a scenario that generates its commands, or a ScenarioError.

    Bounded by time as well: a slow machine does fewer, and says so.
    """
    good = GOOD.read_bytes()
    random_ = random.Random(seed)
    begin = now = time.perf_counter()
    count, accepted, slowest = 0, 0, 0.0
    while count < 5000 and now - begin < 60:
        started = time.process_time()
        accepted += is_accepted(mutated(random_, good))
        slowest = max(slowest, time.process_time() - started)
        count += 1
        now = time.perf_counter()
    with capsys.disabled():
        print(f"\nseed {seed}: {count} mutations, {accepted} accepted, slowest {slowest:.3f} s")
    assert accepted and count >= 500
    assert slowest < 5
