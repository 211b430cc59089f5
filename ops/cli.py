"""The command: the verbs in order, and the one place that prints errors and sets exit codes."""

import signal
import sys
import traceback
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ops import show
from ops.verbs import components, inspect, lifecycle, machine, recovery, secret, usage
from stacks.errors import UpshiftError

INTERRUPTED = 130  # as a shell reports SIGINT

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Deploy a Django REST service: one server, a fleet, or Kubernetes.",
    epilog="STACK is the name of an environment: it is described in stacks/Pulumi.STACK.yaml.",
)
for family in (machine, lifecycle, inspect, components, secret, recovery):
    app.add_typer(family.app)


@app.callback()
def common(
    *, verbose: Annotated[bool, typer.Option("--verbose", "-v", help="show tracebacks")] = False
) -> None:
    """Options of every verb; `main` reads them."""


def main() -> None:
    """Run the command; the exit code is the error's own (see stacks/errors.py)."""
    verbose = sys.argv[1:2] in (["-v"], ["--verbose"])
    # A closed terminal or a stopped job ends in the same order as Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` sets it
            signal.signal(number, _interrupt)
    try:
        code = app(standalone_mode=False, prog_name="ops")
        if code == INTERRUPTED:  # what Typer returns after Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except UpshiftError as error:
        _fail(error, verbose=verbose)
    except OSError as error:
        place = str(error.filename or "this machine")
        _fail(UpshiftError(error.strerror or str(error), where=place), verbose=verbose)
    except TyperException as error:
        _fail(usage.explain(error, arguments=sys.argv[1:]), verbose=False)
    except (KeyboardInterrupt, typer.Abort) as error:
        # Typer turns Ctrl-C into Abort, which a question answered with "no" raises too.
        if not _is_interrupt(error):
            show.errors.print("not confirmed; nothing was changed (--yes skips the question)")
            sys.exit(1)
        show.errors.print("interrupted; nothing is lost: the same command continues from here")
        sys.exit(INTERRUPTED)


def _fail(error: UpshiftError, *, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    show.error(str(error))
    sys.exit(error.exit_code)


def _is_interrupt(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
