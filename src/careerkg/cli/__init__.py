"""The command line: ``careerkg VERB …``; each verb parses, calls one library function and prints.

A verb is a module of this package with ``SUMMARY``, ``EXAMPLE``, ``add_arguments(parser)`` and
``run(arguments) -> exit code``. Only the module of the verb that is called gets imported, so that a cold
start stays short.

Exit codes: 0 done; 1 the answer is no (not reachable, does not conform); 2 it could not be done, with one
line on standard error that says why.
"""

from __future__ import annotations

import _thread
import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

__all__ = ["VERBS", "console", "main"]

VERBS: tuple[str, ...] = (
    "check-plan",
    "diff",
    "export",
    "import",
    "lint",
    "mcp",
    "missing",
    "push",
    "query",
    "reach",
    "route",
    "search",
    "serve",
    "show",
    "stats",
    "unlocks",
    "validate",
    "why",
)
"""The verbs, each a module of this package of the same name; see :func:`module_of`."""


def module_of(verb: str) -> str:
    """Return the module of a verb: ``check_plan`` of ``check-plan``, ``importing`` of ``import``."""
    return {"import": "importing"}.get(verb, verb.replace("-", "_"))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help that fits the terminal, and keeps the lines of examples."""

    def __init__(self, prog: str) -> None:
        # argparse makes a formatter for every option that is added, and by default asks shutil for the
        # width, whose import costs a command's start 2 ms.
        try:
            width = os.get_terminal_size().columns - 2
        except OSError:
            width = 98
        super().__init__(prog, max_help_position=26, width=max(width, 40))


class _Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors are one line, like every other error of the command."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Print the error in one line and exit with 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser(verbs: Sequence[str]) -> _Parser:
    """Return the parser with the given verbs."""
    from careerkg.cli.common import add_common_arguments

    parser = _Parser(
        prog="careerkg",
        description="The career knowledge graph: what an occupation does, needs, pays and leads to.",
        epilog="careerkg VERB --help shows the options of a verb and an example.",
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for verb in verbs:
        module = import_module(f"careerkg.cli.{module_of(verb)}")
        command = commands.add_parser(
            verb,
            help=module.SUMMARY,
            description=module.SUMMARY[0].upper() + module.SUMMARY[1:] + ".",
            epilog=f"example:\n  {module.EXAMPLE.strip()}",
            formatter_class=_Formatter,
        )
        module.add_arguments(command)
        add_common_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    named = [words[0]] if words and words[0] in VERBS else VERBS
    try:
        arguments = _parser(named).parse_args(words)
        if arguments.version:
            from importlib.metadata import version

            sys.stdout.write(f"careerkg {version('careerkg')}\n")
            return 0
        if arguments.verb is None:
            _parser(VERBS).print_help()
            return 2
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has gone; what is left to say goes nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("careerkg: interrupted\n")
        return 2
    except Exception as error:
        return _report(error, debug="--debug" in words)
    return code


def console() -> NoReturn:
    """Run the command line as a process of its own.

    The work is done in a second thread, so that Ctrl-C ends the process at once, even while the engine is
    inside a query. The process ends without the interpreter's clean-up: taking a graph apart triple by
    triple would cost a tenth of a command's time, and the system frees its memory anyway.
    """
    # Whoever starts the command with a stream closed wants nothing of what would go there.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115 - pathlib costs a start 3 ms
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115 - as above
    done = _thread.allocate_lock()
    done.acquire()
    codes: list[int] = []

    def work() -> None:
        try:
            codes.append(main())
        except SystemExit as stop:  # argparse, after it has printed its message
            codes.append(stop.code if isinstance(stop.code, int) else 2)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            done.release()

    try:
        if sys.argv[1:2] == ["serve"] or (sys.argv[1:2] == ["mcp"] and "--http" in sys.argv):
            work()  # a server ends what it began on Ctrl-C, of which only the first thread hears
        else:
            _thread.start_new_thread(work, ())
        done.acquire()
        with suppress(BrokenPipeError):
            sys.stdout.flush()
    except KeyboardInterrupt:
        from careerkg.output import discard_unfinished

        discard_unfinished()
        sys.stderr.write("careerkg: interrupted\n")
        codes[:] = [2]
    os._exit(codes[0] if codes else 2)


def _report(error: Exception, *, debug: bool) -> int:
    """Print an error as one line and return 2; raise it again if asked to debug, or if it is no known one."""
    from careerkg.errors import CareerGraphError

    if debug:
        raise error
    if isinstance(error, CareerGraphError):
        message = " ".join(str(error).split())
    elif isinstance(error, OSError):
        message = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    elif isinstance(error, MemoryError):
        message = "out of memory"
    else:
        message = f"internal error: {type(error).__name__}: {error}; --debug shows where"
    sys.stderr.write(f"careerkg: {message}\n")
    return 2
