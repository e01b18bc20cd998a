"""Becomes another program that dies with the process that started it, even if that one is killed.

    python -I -S launch.py PARENT_PID PROGRAM [ARGUMENT...]

Linux tells a process of its parent's death (prctl PR_SET_PDEATHSIG, kept over exec). Elsewhere the program outlives a
parent that was killed; the next `conversations up` names it, because it holds its port.

Standard library only and no imports of this project: it runs before every child, in a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Ties this process to its parent, then becomes the program."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")
    try:
        os.execv(program, sys.argv[2:])  # noqa: S606 - the whole purpose
    except OSError as error:
        sys.exit(f"{program} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
