"""A buyer's page as a browser reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Headings, links, forms with their fields, what is loaded, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.title = ""
        self.language = ""
        self.refresh = ""
        self.links: dict[str, str] = {}
        """text -> address"""
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        """(method, action, fields)"""
        self.buttons: list[str] = []
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._words: list[str] = []
        self._open: list[tuple[str, str, int]] = []
        self.feed(html)
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= told.keys()
        if tag == "html":
            self.language = told.get("lang", "")
        if tag == "meta" and told.get("http-equiv") == "refresh":
            self.refresh = told["content"]
        if tag in ("img", "script", "iframe", "source", "embed"):
            self.loaded.append(told.get("src", ""))
        if tag == "link":
            self.loaded.append(told.get("href", ""))
        if tag == "form":
            self.forms.append((told.get("method", "get"), told.get("action", ""), {}))
        if tag == "input":
            self.forms[-1][2][told["name"]] = told.get("value", "")
        if tag in ("h1", "a", "button", "title"):
            self._open.append((tag, told.get("href", ""), len(self._words)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, address, start = self._open.pop()
        text = " ".join(" ".join(self._words[start:]).split())
        if tag == "h1":
            self.headings.append(text)
        elif tag == "a":
            self.links[text] = address
        elif tag == "button":
            self.buttons.append(text)
        else:
            self.title = text

    def handle_data(self, data: str) -> None:
        self._words.append(data)
