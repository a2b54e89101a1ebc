"""Reads HTML forms the way a browser would fill them in, so that the story can use the admin's own pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]


@dataclass
class Form:
    """`values` are what a browser would send; `buttons` the named submit buttons (name, value) in order."""

    method: str
    action: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, button: tuple[str, str] | None = None, **typed: str) -> dict[str, str]:
        """What is sent after typing into fields that the form has. Unknown names are left out."""
        known = {name: value for name, value in typed.items() if name in self.values}
        pressed = button or (self.buttons[0] if self.buttons else None)
        return {**self.values, **known, **({pressed[0]: pressed[1]} if pressed else {})}


def forms_of(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def post_form(html: str, *, having: str) -> Form:
    """The form with method POST that has a field or button of that name. Raises LookupError with what there was."""
    found = [form for form in forms_of(html) if form.method == "post"]
    for form in found:
        if having in form.values or any(name == having for name, _ in form.buttons):
            return form
    raise LookupError(f"no form with {having!r}; forms: {[sorted(form.values) for form in found]}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._outside: dict[str, Form] = {}
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._form)
            if given.get("id"):
                self._outside[given["id"]] = self._form
        form = self._outside.get(given.get("form", "")) or self._form
        if form is None or "disabled" in given:
            return
        if tag == "input":
            _input(form, given)
        elif tag == "button" and given.get("type", "submit") == "submit" and given.get("name"):
            form.buttons.append((given["name"], given.get("value", "")))
        elif tag == "select" and given.get("name"):
            self._select = given["name"]
            form.choices[self._select] = []
        elif tag == "option" and self._select:
            _option(form, self._select, given)
        elif tag == "textarea" and given.get("name"):
            self._textarea = given["name"]
            form.values[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            self._form.values[self._textarea] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None


def _input(form: Form, given: Attributes) -> None:
    name, kind, value = given.get("name", ""), given.get("type", "text").lower(), given.get("value", "")
    if not name:
        return
    if kind in ("submit", "image"):
        form.buttons.append((name, value))
    elif kind in ("radio", "checkbox"):
        form.choices.setdefault(name, []).append(value or "on")
        if "checked" in given:
            form.values[name] = value or "on"
    else:
        form.values[name] = value


def _option(form: Form, name: str, given: Attributes) -> None:
    value = given.get("value", "")
    form.choices[name].append(value)
    if "selected" in given or name not in form.values:
        form.values[name] = value
