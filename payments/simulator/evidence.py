"""The evidence template that the provider hands out: a real PDF of one page. Pure."""

from __future__ import annotations

import base64

_MAGIC = ((b"%PDF", "PDF"), (b"\xff\xd8\xff", "JPG"), (b"\xd0\xcf\x11\xe0", "WORD"), (b"PK", "ZIP"))


def template(lines: list[str]) -> bytes:
    text = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    stream = f"BT /F1 12 Tf 18 TL 60 780 Td {text} ET".encode("latin-1", "replace")
    return _assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def format_of(content: str) -> str:
    """disputeEvidenceFormat by the first bytes of a base64 text; PDF when nothing else fits."""
    start = base64.b64decode(content[:16])
    return next((name for magic, name in _MAGIC if start.startswith(magic)), "PDF")


def _assemble(objects: list[bytes]) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + tail


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
