"""How the demo speaks: numbered lines in plain sentences, coloured on a terminal."""

from __future__ import annotations

import sys
from typing import TextIO

BOLD, GREEN, RED, DIM, YELLOW = "1", "32", "31", "2", "30;43"


class Voice:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colour = out.isatty()
        self._number = 0

    def title(self, text: str) -> None:
        self.line("")
        self.line(self._paint(BOLD, text))

    def asked(self, text: str) -> None:
        self._number += 1
        self.line(f"{self._number:>3}. {text}")

    def answered(self, text: str) -> None:
        self.line(f"     → {text}")

    def good(self, text: str) -> None:
        self.line(self._paint(GREEN, text))

    def bad(self, text: str) -> None:
        self.line(self._paint(RED, text))

    def aside(self, text: str) -> None:
        self.line(self._paint(DIM, f"     · {text}"))

    def banner(self, *lines: str) -> None:
        width = max(len(line) for line in lines)
        for line in ("", *lines, ""):
            self.line(self._paint(YELLOW, f"!!  {line:<{width}}  !!"))

    def line(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text
