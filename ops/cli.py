"""The command: the verbs in order, and one place that turns errors into words and exit codes."""

import signal
import sys
import traceback
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ops import show
from ops.verbs import inspect, lifecycle, machine, repair, secret
from stacks.errors import UpshiftError

INTERRUPTED = 130
WRONG_CALL = 2

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Take a Django REST service from one server to Kubernetes, and back.",
)
for family in (machine, lifecycle, inspect, secret, repair):
    app.add_typer(family.app)


@app.callback()
def common(
    *, verbose: Annotated[bool, typer.Option("--verbose", "-v", help="tracebacks too")] = False
) -> None:
    """Take a Django REST service from one server to Kubernetes, and back."""


def main() -> None:
    """Run the command; the exit code is the error's own (see stacks/errors.py)."""
    verbose = sys.argv[1:2] in (["-v"], ["--verbose"])
    # A closed terminal or a stopped job ends as orderly as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` sets it
            signal.signal(number, _interrupt)
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # Typer's own answer to Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except UpshiftError as error:
        if verbose:
            traceback.print_exc()
        show.error(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        if verbose:
            traceback.print_exc()
        words = f"{error.strerror or error}\n  where: {error.filename or 'this machine'}"
        show.error(words)
        sys.exit(UpshiftError.exit_code)
    except TyperException as error:
        words = error.format_message()
        show.error(f"{words}\n  next:  ops --help")
        sys.exit(WRONG_CALL)
    except (KeyboardInterrupt, typer.Abort) as error:
        # Typer turns Ctrl-C into Abort, which is also what a question answered "no" raises.
        if not _interrupted(error):
            show.errors.print("not confirmed; nothing was changed (--yes does not ask)")
            sys.exit(1)
        show.errors.print("interrupted; nothing is lost: the same command goes on from here")
        sys.exit(INTERRUPTED)


def _interrupted(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
