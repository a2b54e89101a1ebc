"""What kind of file the evidence is, by its content: the name proves nothing, and the provider is not told it."""

from __future__ import annotations

ALLOWED = "PDF, Word, ZIP or JPG"
"""The formats that the provider itself names for evidence (antom.md 3.18)."""
_WORD_97 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_HEAD = 1024
"""A PDF may begin that late."""


def type_of(content: bytes) -> str:
    """`PDF`, `Word`, `ZIP` or `JPG`; empty for anything else."""
    if b"%PDF-" in content[:_HEAD]:
        return "PDF"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPG"
    if content.startswith(_WORD_97) and _WORD_STREAM in content:
        return "Word"
    if content.startswith(b"PK\x03\x04"):
        return "Word" if b"word/document.xml" in content else "ZIP"
    return ""
