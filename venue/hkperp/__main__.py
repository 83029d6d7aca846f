"""`python -m hkperp` and the `hkperp` command: one door to the command line."""

import cyclopts

app = cyclopts.App(
    name="hkperp", help="A perpetual-contract venue in a box: order book and clearing house."
)


def main() -> None:
    """Run the command line on this process's arguments."""
    app()


if __name__ == "__main__":
    main()
