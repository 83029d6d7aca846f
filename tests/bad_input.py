"""Files that are no scenario, with the one line that each must give; used by loader and CLI tests.

The corpus in tests/corpus/bad is the good file with one mistake each; its first line is what must
be said after the name of the file. What cannot be kept as a file (50,000 brackets, no text at
all, another encoding) is made here.
"""

from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parent / "corpus"
GOOD = CORPUS / "good" / "small.yaml"


class Case(NamedTuple):
    """A name, the bytes of the file, and the start of the line after the file's name."""

    name: str
    content: bytes
    expected: str


def corpus_cases() -> list[Case]:
    """The files of the corpus; `expected` is the whole line."""
    cases = []
    for path in sorted((CORPUS / "bad").glob("*.yaml")):
        content = path.read_bytes()
        first = content.decode().partition("\n")[0]
        cases.append(Case(path.stem, content, first.removeprefix("# ")))
    return cases


def made_cases() -> list[Case]:
    """Hostile files made here."""
    good = GOOD.read_bytes()
    deep = b"[" * 50_000 + b"]" * 50_000
    braces = b"{a: " * 50_000 + b"1" + b"}" * 50_000
    layers = b"".join(b"l%d: &l%d [%s]\n" % (n, n, b"*l%d, " % (n - 1) * 9) for n in range(1, 9))
    many = b"description:\n" + b"  - [" + b"1, " * 120_000 + b"1]\n"
    place = "1:17: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested more than 16 deep"
    return [
        Case("brackets", deep, place),
        Case("braces", braces, "1:65: a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: nested more than 16 deep"),
        Case("open-brackets", b"[" * 50_000, place),
        Case("key-of-brackets", b"? " + deep, "1:3: $: a key must be text"),
        Case("bomb", b"l0: &l0 x\n" + layers, "1:5: l0: anchor &l0"),
        Case("many-values", many, "2:"),
        Case("digits", good.replace(b"seed: 5", b"seed: " + b"9" * 5000), "66:11: populations[0]"),
        Case(
            "long-digits", good.replace(b"seed: 5", b"seed: " + b"9" * 300), "66:11: populations"
        ),
        Case("long-text", b"schema: 1\nname: " + b"x" * 5000, "2:7: name: text of more than"),
        Case("large", b"#" * (1 << 20) + b"\n" + good, "1:1: $: file of more than 1,048,576"),
        Case("empty", b"", "1:1: $: the file is empty"),
        Case("only-comments", b"# nothing\n\n", "1:1: $: the file is empty"),
        Case("only-text", b"hello\n", "1:1: $: expected a mapping"),
        Case("only-null", b"null\n", "1:1: $: expected a mapping"),
        Case("mark-of-order", b"\xef\xbb\xbf" + good, "1:1: $: control character U+FEFF"),
        Case("utf-16", good.decode().encode("utf-16"), "1:1: $: this is UTF-16"),
        Case("utf-16-no-mark", good.decode().encode("utf-16-le"), "1:2: $: control character"),
        Case("latin-1", good.replace(b"invented\nunits", b"\xe9\nunits"), "5:9: $: not UTF-8"),
        Case("zero-byte", good.replace(b"name: small", b"name: sm\0all"), "3:9: $: control char"),
        Case("carriage-return", b"schema: 1\rname: x\n", "1:10: $: control character U+000D"),
        Case("directive", b"%YAML 1.1\n---\n" + good, "1:1: $: YAML directive"),
        Case("surrogate", b"schema: 1\nname: \xed\xa0\x80\n", "2:7: $: not UTF-8"),
        Case("escape-in-key", b'"\\u001b[2J": 1\n', "1:1: \\x1b[2J: no such key"),
    ]


CASES = corpus_cases() + made_cases()
