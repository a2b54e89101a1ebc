from __future__ import annotations

from io import StringIO

from payments.demo.voice import Voice


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_are_numbered_and_plain_outside_a_terminal():
    out = StringIO()
    voice = Voice(out)
    voice.title("A day")
    voice.asked("What?")
    voice.answered("That.")
    voice.asked("And?")
    voice.banner("NO REAL MONEY")
    assert out.getvalue().splitlines()[:5] == ["", "A day", "  1. What?", "     → That.", "  2. And?"]
    assert "!!  NO REAL MONEY  !!" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_terminal_gets_colours():
    out = Terminal()
    Voice(out).bad("DIFFERENT")
    assert out.getvalue() == "\x1b[31mDIFFERENT\x1b[0m\n"
