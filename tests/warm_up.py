"""Compile every kernel before the tests start: both builds at once, each in one process.

With a cold cache this is most of the time of a test run, and two workers that begin with the same
kernel both compile it. `python tests/warm_up.py` does it by hand.
"""

import os
import subprocess
import sys
import time

BUILDS = ("checked", "production")

#: `hkperp doctor` calls every door there is.
CODE = "from hkperp.cli import doctor; list(doctor.report(lambda *_: None))"


def compile_kernels() -> None:
    """Fill the cache that HKPERP_CACHE names, and say so.

    What fails here fails in some test too, and is told better there.
    """
    print(f"kernels of {' and '.join(BUILDS)}: ", end="", flush=True)
    started = time.perf_counter()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CODE],
            env={**os.environ, "HKPERP_BUILD": build},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for build in BUILDS
    ]
    for process in processes:
        _, errors = process.communicate()
        if process.returncode:
            print(errors.strip().rpartition("\n")[2], end="; ")
    print(f"compiled or found in {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    compile_kernels()
