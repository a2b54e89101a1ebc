"""A command of manage.py with a hook at one instant and, with KILL_AHEAD, a clock so many seconds ahead.

python -m tests.kill.worker work
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from django.core.management import execute_from_command_line

from core import ports
from tests.kill import trap


def main() -> None:
    trap.set_by_environment()
    if ahead := os.environ.get("KILL_AHEAD"):
        ports.pretend_now(ports.now() + timedelta(seconds=float(ahead)))
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
