"""Forms are filled in the way a browser would."""

from __future__ import annotations

import pytest

from payments.demo.doors import _forward, _reason
from payments.demo.forms import forms_of, post_form

PAGE = """
<form method="post" action="/logout"><input type="hidden" name="token" value="x"><button>Out</button></form>
<form method="POST" action=""><input type="hidden" name="form_id" value="once">
  <label><input type="radio" name="choice" value="all" checked> all</label>
  <label><input type="radio" name="choice" value="amount"> part</label>
  <input name="amount" value=""><input name="gone" value="1" disabled><input type="checkbox" name="tick" value="1">
  <select name="reason"><option value="">Choose…</option><option value="damaged">Damaged</option></select>
  <select name="rest"><option value="keep">keep</option><option value="release" selected>release</option></select>
  <textarea name="note">
two words</textarea>
  <button name="step" value="choose">Back</button><button name="step" value="act">Return €120.00</button>
  <button type="button" name="copy" value="1">Copy</button>
</form>"""


def test_hidden_fields_choices_and_text_are_sent():
    form = post_form(PAGE, having="form_id")
    assert form.values == {
        "form_id": "once",
        "choice": "all",
        "amount": "",
        "reason": "",
        "rest": "release",
        "note": "two words",
    }
    assert form.choices["choice"] == ["all", "amount"]
    assert form.buttons == [("step", "choose"), ("step", "act")]


def test_typing_replaces_what_is_there_and_adds_nothing():
    sent = post_form(PAGE, having="form_id").filled(choice="amount", amount="120.00", unknown="x")
    assert (sent["choice"], sent["amount"], "unknown" in sent, sent["step"]) == ("amount", "120.00", False, "choose")


def test_the_operator_presses_the_button_that_goes_on_and_gives_a_reason():
    form = post_form(PAGE, having="form_id")
    assert _forward(form) == ("step", "act")
    assert _reason(form) == {"reason": "damaged"}
    form.values["reason"] = "damaged"
    assert _reason(form) == {}


def test_a_button_may_stand_outside_its_form():
    (form,) = forms_of('<form id="f" method="post"></form><button form="f" name="step" value="act">Go</button>')
    assert form.buttons == [("step", "act")]


def test_a_page_without_that_form_is_a_sentence():
    with pytest.raises(LookupError, match="no form with 'password'"):
        post_form(PAGE, having="password")
