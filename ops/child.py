"""Start a program that gets SIGINT when `ops` is killed. Run as a script, by `ops/run.py`.

Arguments: the process id of `ops`, the program, and the program's own arguments.

A shell starts a background job with SIGINT ignored, and the program inherits that: so the signal's
default action is restored first. Then it requests SIGINT for the end of the parent
(Linux, prctl(2)). If the parent has ended before that request, the program is not started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main() -> None:
    """Become the program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != int(parent):
        sys.exit("ops has ended: the program is not started")
    os.execv(program, [program, *arguments])


main()
