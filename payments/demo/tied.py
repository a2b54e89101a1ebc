"""Runs a command that ends when its parent ends: `python tied.py <pid of the parent> <command …>`.

On Linux the kernel sends SIGTERM to the command when the parent is gone, however it went. Elsewhere the command is
simply run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie_to_parent() -> None:
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return


def main(parent: int, command: list[str]) -> None:
    tie_to_parent()
    if os.getppid() != parent:  # it was gone before we asked
        return
    os.execvp(command[0], command)  # noqa: S606 - the supervisor's own command


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
