"""One peer in its own process and environment: `python -m benchmarks.peers.child NAME FILE`.

First the peer does all messages and says what came out, as one line of JSON. Then, for each line
on standard input, it does them again on a fresh book, and prints the nanoseconds. Standard library
only: this runs where hkperp is not.
"""

import array
import gc
import json
import sys
import time
from pathlib import Path

from benchmarks.peers.adapters_more import PEERS

_COLUMNS = 8


def main(name: str, file: str) -> None:
    """Check, then run a round for each line of standard input."""
    words = array.array("q", Path(file).read_bytes())
    messages = list(zip(*[iter(words)] * _COLUMNS, strict=True))
    peer = PEERS[name][0]()
    _say(peer.check(messages))
    for _ in sys.stdin:
        gc.collect()
        gc.freeze()  # the messages are not the peer's garbage to look through
        start = time.perf_counter_ns()
        book = peer.run(messages)
        _say(time.perf_counter_ns() - start)
        del book


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
