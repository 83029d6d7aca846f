"""`python -m hkperp` and the `hkperp` command: one door to the command line."""

import sys

from hkperp.cli.main import main as run

__all__ = ["main"]


def main() -> None:
    """Run the command line on this process's arguments, and end the process."""
    sys.exit(run())


if __name__ == "__main__":
    main()
