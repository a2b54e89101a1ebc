"""Evidence counts once, so a file that the bank cannot open is refused before it is sent."""

from __future__ import annotations

import io
import zipfile

import pytest

from payments.admin.evidence_types import type_of
from payments.models import Dispute, DisputeAct
from tests.admin.conftest import Page
from tests.admin.test_disputes import chosen, page_of, previewed, told

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le")
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


@pytest.fixture
def dispute(captured) -> Dispute:
    return told(captured)


def zipped(*names: str, content: str = "a") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def encrypted(archive: bytes) -> bytes:
    """The bit that says so, in the directory at its end."""
    place = archive.index(b"PK\x01\x02") + 8
    return archive[:place] + bytes([archive[place] | 1]) + archive[place + 1 :]


TAKEN = {
    "PDF": b"%PDF-1.7\n",
    "a PDF after a preface": b"\xef\xbb\xbf\n%PDF-1.4",
    "JPG": JPG,
    "old Word": OLD_WORD,
    "Word": zipped("[Content_Types].xml", "word/document.xml"),
    "ZIP": zipped("a.txt"),
    "a ZIP with a PDF": zipped("invoice.pdf", content="%PDF-1.7"),
    "a ZIP that only names a Word file": zipped("proofs/word/document.xml.txt"),
}
KIND = {
    "old Word": "Word",
    "a PDF after a preface": "PDF",
    "a ZIP with a PDF": "ZIP",
    "a ZIP that only names a Word file": "ZIP",
}
REFUSED = {
    "PNG": b"\x89PNG\r\n\x1a\n",
    "GIF": b"GIF89a",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "a program": b"MZ\x90\x00",
    "plain text": b"The parcel arrived.",
    "a PDF that begins too late": b" " * 1024 + b"%PDF-1.4",
    "an old spreadsheet": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "zeros": b"\0" * 64,
    "an empty ZIP": zipped(),
    "a program that speaks of PDF": b"MZ" + bytes(99) + b"%PDF-1.7",
    "a page that speaks of PDF": b"<html>our %PDF- file</html>",
    "a new spreadsheet": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "an encrypted ZIP": encrypted(zipped("a.txt")),
    "half a ZIP": zipped("a.txt")[:40],
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_provider_names_is_taken(name):
    assert type_of(TAKEN[name]) == KIND.get(name, name)


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_before_it_is_sent(refunder, dispute, fake, name):
    assert type_of(REFUSED[name]) == ""
    values = chosen(refunder, dispute, content=REFUSED[name], name="proof.pdf")
    page = Page(refunder.send(page_of(dispute, "defend"), values, 422).content.decode())
    assert "The content of this file is not PDF, Word, ZIP or JPG" in page.text
    assert fake.sent("defend_dispute") == []
    assert not DisputeAct.objects.exists()


def test_the_content_counts_and_not_the_name(refunder, dispute, fake):
    values = chosen(refunder, dispute, content=JPG, name="parcel.txt")
    page = Page(refunder.send(page_of(dispute, "defend"), values, 200).content.decode())
    assert "Type, by its content JPG" in page.text
    refunder.send(page_of(dispute, "defend"), previewed(refunder, dispute, content=JPG), 303)
    assert fake.documents == [JPG]
