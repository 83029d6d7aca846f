"""The command line: what a person types, and what they get when something is wrong.

Nothing heavy is imported before a command runs: `--help` answers in tens of milliseconds, without
numpy and without a compiler. Exit status:

    0   done, and every expectation of the scenario held
    1   done, but an expectation did not hold
    2   a file, a setting or the command line is wrong: one line, file:line:column: path: what
    3   a file on disk cannot be trusted or written
    70  a bug of ours: please report it
    130 stopped from the keyboard
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from hkperp_engine.errors import InputError, InvariantBroken, VenueError

__all__ = ["main"]

_EXIT_FAILED = 1
_EXIT_BUG = 70
_EXIT_STOPPED = 130


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are errors like all others: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise InputError(message, source="command line", hint=f"{self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (this process's by default); return the exit status."""
    written = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in written
    try:
        chosen = _parser().parse_args(written)
        if chosen.version:
            return _version()
        if chosen.command is None:
            _parser().print_help()
            return 0
        status: int = chosen.command(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `hkperp ... | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _refused("stopped; nothing was kept", _EXIT_STOPPED, is_debug)
    except VenueError as error:
        return _refused(_explained(error), error.exit_status, is_debug)
    except Exception as error:
        message = f"internal error: {type(error).__name__}: {error}"
        return _refused(message + _PLEASE, _EXIT_BUG, is_debug)


_PLEASE = (
    "\nThis is a mistake in hkperp, not in your input. Please report it with the command and the "
    "output of\nthe same command with --debug."
)


def _explained(error: VenueError) -> str:
    return f"{error}{_PLEASE}" if isinstance(error, InvariantBroken) else str(error)


def _refused(message: str, status: int, is_debug: bool) -> int:
    """Say what is wrong; the place in our code only for those who ask."""
    sys.stdout.flush()
    if is_debug:
        traceback.print_exc()
    print(message, file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    """Return the whole grammar of the command line."""
    parser = _Parser(
        prog="hkperp",
        description="A perpetual-contract venue in a box: order book, clearing house and replay.",
        epilog="hkperp COMMAND --help says more about a command.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    common = _Parser(add_help=False)
    debug_help = "show where an error comes from"
    parser.add_argument("--debug", action="store_true", help=debug_help)
    common.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=debug_help)
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)

    def command(name: str, run: Any, help_text: str, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, parents=[common], help=help_text, description=about, prog=f"hkperp {name}"
        )
        added.set_defaults(command=run)
        return added

    _add_replay(command)
    _add_reading(command)
    _add_statement(command)
    _add_machine(command)
    _add_backtest(command)
    _add_stress(command)
    _add_drill(command)
    _add_rules(command)
    return parser


def _add_replay(command: Any) -> None:
    replay = command(
        "replay",
        _replay,
        "run a scenario under its rule packs and print the summary",
        "Runs a scenario file under each of its rule packs and prints a summary, packs side by "
        "side. Exit status 1 if an expectation of the scenario does not hold.",
    )
    replay.add_argument("file", metavar="FILE", type=Path, help="scenario file (YAML)")
    replay.add_argument(
        "--out", metavar="DIR", type=Path, help="keep event logs, tables and the summary in DIR"
    )
    replay.add_argument(
        "--force", action="store_true", help="replace an earlier run that is kept in DIR"
    )
    replay.add_argument(
        "--pack",
        metavar="NAME",
        action="append",
        default=[],
        help="run this rule pack only (may be given more than once)",
    )
    replay.add_argument(
        "--quiet", action="store_true", help="no progress and no tables, only the verdict"
    )
    validate = command(
        "validate",
        _validate,
        "check a scenario file without running it",
        "Reads a scenario file, checks it and proves the bounds of its numbers; runs nothing.",
    )
    validate.add_argument("file", metavar="FILE", type=Path, help="scenario file (YAML)")


def _add_reading(command: Any) -> None:
    explain = command(
        "explain",
        _explain,
        "say why an account was liquidated, deleveraged or haircut",
        "Reads a run that was kept (replay --out) and says what was done to an account and why. "
        "Without ACCOUNT: the largest liquidation, takeover, deleveraging and haircut.",
    )
    explain.add_argument("account", metavar="ACCOUNT", nargs="?", default="", help="its name")
    explain.add_argument(
        "--run", metavar="DIR", type=Path, required=True, help="folder of the run"
    )
    explain.add_argument(
        "--pack",
        metavar="NAME",
        action="append",
        default=[],
        help="under this rule pack only (may be given more than once)",
    )


def _add_statement(command: Any) -> None:
    statement = command(
        "statement",
        _statement,
        "write the statement of an account: balances, movements, results",
        "Reads a run that was kept (replay --out) and writes the statement of an account: opening "
        "balance, every movement, closing balance of each asset, positions and their results.",
    )
    statement.add_argument("account", metavar="ACCOUNT", help="its name")
    statement.add_argument(
        "--run", metavar="DIR", type=Path, required=True, help="folder of the run"
    )
    statement.add_argument(
        "--pack",
        metavar="NAME",
        action="append",
        default=[],
        help="under this rule pack only (may be given more than once)",
    )
    statement.add_argument("--from", dest="begin", metavar="TIME", help="2026-02-11T04:00Z")
    statement.add_argument("--to", dest="end", metavar="TIME", help="up to, not including, a time")
    statement.add_argument(
        "--all", action="store_true", help="list all movements, however many there are"
    )


def _add_rules(command: Any) -> None:
    rules = command(
        "rules",
        _rules,
        "list the rules, explain one, or show the rule packs",
        "Lists the rules that the venue answers to, with the grade of the evidence. `explain` "
        "takes a rule's id, a refusal's name or its number; `packs` the name of a rule pack.",
    )
    rules.add_argument("what", metavar="explain|packs", nargs="?", choices=["explain", "packs"])
    rules.add_argument("name", metavar="NAME", nargs="?", default="", help="of a rule or a pack")
    rules.add_argument("--section", metavar="NAME", default="", help="of one section: MRG")
    rules.add_argument("--priority", metavar="NAME", default="", help="MUST, SHOULD or COULD")


def _add_backtest(command: Any) -> None:
    backtest = command(
        "backtest",
        _backtest,
        "back-test the margin model on a price series; recorded crashes and funding",
        "Back-tests the initial-margin model on a price series (CSV). Exit status 1 if the "
        "coverage of a side is below the confidence. Or: margin rates against recorded crashes, "
        "or recorded funding, from the folder HKPERP_DATA.",
    )
    add = backtest.add_argument
    add("--prices", metavar="FILE", type=Path, help="CSV file with a long price series")
    add("--stress-windows", action="store_true", help="margin rates against recorded crashes")
    add("--funding", action="store_true", help="computed and published funding, 10 October 2025")
    add("--json", action="store_true", help="print the values instead of the page")
    texts = (
        ("--time-column", "NAME", "open_time", "column of the times"),
        ("--time-unit", "UNIT", "ms", "s, ms, us, ns since the epoch, or iso"),
        ("--price-column", "NAME", "close", "column of the prices"),
        ("--mpor", "SPAN", "1d", "margin period of risk: liquidation-horizon, 1d, 2d, or a span"),
        ("--lookback", "SPAN", "365d", "history of the model, counted in windows of one step"),
        ("--confidence", "PERCENT", "99%", "one-tailed"),
        ("--floor", "PERCENT", "0%", "least rate of the model"),
        ("--ewma", "PERCENT", "0%", "decay of the variance; 0%: losses are not scaled"),
        ("--tool", "NAME", "none", "none, buffer, stressed-weight, long-run-floor"),
        ("--notice", "PERCENT", "20%", "a rise of the rate above this share needs notice"),
    )
    for option, metavar, default, about in texts:
        shown = f"{about} ({default})".replace("%", "%%")
        add(option, metavar=metavar, default=default, help=shown)
    add(
        "--stress",
        metavar="FROM..UNTIL",
        action="append",
        default=[],
        help="a period of declared stress (may be given more than once)",
    )


def _add_stress(command: Any) -> None:
    stress = command(
        "stress",
        _stress,
        "is the fund enough: stress scenarios, cover-2, reverse stress",
        "Replays a scenario up to a time, runs every stress scenario on the machine as it stands "
        "then, and compares the fund with the two largest groups' shortfalls. Exit status 1 if "
        "the fund does not cover them.",
    )
    add = stress.add_argument
    add("file", metavar="SCENARIO", type=Path, help="scenario file (YAML)")
    when = stress.add_mutually_exclusive_group().add_argument
    when("--at", metavar="TIME", help="2025-10-10T21:00Z; the end of the scenario by default")
    when("--daily", metavar="HH:MM", nargs="?", const="00:00", help="each day, UTC (00:00)")
    add("--pack", metavar="NAME", default="", help="the rule pack; the first by default")
    add("--workers", metavar="N", type=int, help="processes; the same result with any number")
    add("--out", metavar="DIR", type=Path, help="keep the page, JSON and CSV files in DIR")


def _add_drill(command: Any) -> None:
    drill = command(
        "drill",
        _drill,
        "default drills: the affiliate, the largest client or group, an issuer fails",
        "Replays a scenario up to a time, declares a default there, lets the rest run, and "
        "reports what happened against what the rules require. Exit status 1 if a requirement "
        "does not hold.",
    )
    add = drill.add_argument
    add("file", metavar="SCENARIO", type=Path, help="scenario file (YAML)")
    add("--at", metavar="TIME", help="when it is declared: 2025-10-10T21:00Z")
    add("--until", metavar="TIME", help="end of the span; the end of the scenario by default")
    add("--pack", metavar="NAME", default="", help="the rule pack; the first by default")
    who = drill.add_mutually_exclusive_group()
    who.add_argument("--afmm", action="store_true", help="the affiliated market maker fails")
    who.add_argument("--largest-client", action="store_true", help="by notional at the marks")
    who.add_argument("--largest-group", action="store_true", help="of connected clients")
    who.add_argument("--account", metavar="NAME", help="this account fails")
    who.add_argument("--issuer", metavar="NAME", help="the issuer or bank of a margin asset fails")
    who.add_argument("--all", action="store_true", help="each of these in turn, every issuer")
    add("--recovered", metavar="PERCENT", help="of an issuer's par that comes back (0%%)")
    add("--out", metavar="DIR", type=Path, help="keep report, JSON and event log in DIR")
    add("--force", action="store_true", help="replace an earlier drill that is kept in DIR")


def _add_machine(command: Any) -> None:
    bench = command(
        "bench",
        _bench,
        "measure the speed of book and machine on this computer",
        "Runs the public tapes or the workloads against the clock; the outcome is checked first. "
        "Without an option: all tapes.",
    )
    bench.add_argument(
        "--tape", metavar="NAME", action="append", default=[], help="a public tape, or all"
    )
    bench.add_argument(
        "--workload", metavar="NAME", action="append", default=[], help="a workload, or all"
    )
    bench.add_argument(
        "--doors", action="store_true", help="what one command per call costs from Python"
    )
    bench.add_argument(
        "--adversarial", action="store_true", help="the worst single commands there are"
    )
    bench.add_argument(
        "--house", action="store_true", help="mark step, funding, cycle at a million accounts"
    )
    bench.add_argument(
        "--rounds", metavar="N", type=int, default=9, help="rounds, of which the median (9)"
    )
    command(
        "doctor",
        _doctor,
        "compile everything, and say what runs here",
        "Compiles all kernels (or loads them), uses each, and prints the seconds of each.",
    )


def _version() -> int:
    from importlib import metadata

    print(f"hkperp {metadata.version('hkperp')}")
    return 0


def _replay(chosen: argparse.Namespace) -> int:
    from hkperp.cli.replay import run_replay

    return run_replay(chosen)


def _validate(chosen: argparse.Namespace) -> int:
    from hkperp.cli.replay import run_validate

    return run_validate(chosen)


def _explain(chosen: argparse.Namespace) -> int:
    from hkperp.letters.explain import explain

    sys.stdout.write(explain(chosen.run, chosen.account, chosen.pack))
    return 0


def _rules(chosen: argparse.Namespace) -> int:
    from hkperp.cli.rules import run_rules

    return run_rules(chosen)


def _backtest(chosen: argparse.Namespace) -> int:
    from hkperp.cli.backtest import run_backtest

    return run_backtest(chosen)


def _stress(chosen: argparse.Namespace) -> int:
    from hkperp.cli.stress import run_stress

    return run_stress(chosen)


def _drill(chosen: argparse.Namespace) -> int:
    from hkperp.cli.drill import run_drill

    return run_drill(chosen)


def _statement(chosen: argparse.Namespace) -> int:
    from hkperp.cli.statement import run_statement

    return run_statement(chosen)


def _bench(chosen: argparse.Namespace) -> int:
    from hkperp.cli.machine import run_bench

    return run_bench(chosen)


def _doctor(_chosen: argparse.Namespace) -> int:
    from hkperp.cli.machine import run_doctor

    return run_doctor()
