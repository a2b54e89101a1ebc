"""What kind of file the evidence is, by its content: the name proves nothing, and the provider is not told it."""

from __future__ import annotations

import io
import zipfile

ALLOWED = "PDF, Word, ZIP or JPG"
"""The formats that the provider itself names for evidence (antom.md 3.18)."""
_WORD_97 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_HEAD = 1024
"""A PDF may begin that late."""
_BLANK = b"\xef\xbb\xbf\0\t\n\f\r "
"""Nothing else may stand before it: byte order mark and white space."""


def type_of(content: bytes) -> str:
    """`PDF`, `Word`, `ZIP` or `JPG`; empty for anything else, and for what the bank could not open."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPG"
    if content.startswith(_WORD_97):
        return "Word" if _WORD_STREAM in content else ""
    if content.startswith(b"PK\x03\x04"):
        return _type_of_archive(content)
    return "PDF" if content[:_HEAD].lstrip(_BLANK).startswith(b"%PDF-") else ""


def _type_of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return ""
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):  # encrypted
        return ""
    if "word/document.xml" in names:
        return "Word"
    return "" if "[Content_Types].xml" in names else "ZIP"  # another program's document
