"""The way of every small form here: shown in the drawer, saved by a service, closed with a toast."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from autocrm.kernel.errors import Conflict, Invalid, LimitReached, Text
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page
from autocrm.users.forms import take_errors


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a drawer shows: its title, the word on its button, the page behind it, and what its saving changes."""

    title: Text
    submit: Text
    record_type: str
    note: Text = ""
    extra: dict[str, Any] = field(default_factory=dict)


def answer_drawer(
    request: HttpRequest, form: forms.Form, drawer: Drawer, save: Callable[[], HttpResponse | Text]
) -> HttpResponse:
    """The form, empty or with its complaints; or, after `save`, its own answer or a closed drawer with its words."""
    if request.method == "POST" and form.is_valid():
        try:
            saved = save()
        except (Invalid, Conflict, LimitReached) as error:
            take_errors(form, error)
        else:
            if isinstance(saved, HttpResponse):
                return changed(saved, drawer.record_type)
            return changed(close_drawer(no_content(saved)), drawer.record_type)
    context = {"form": form, "drawer": drawer, **drawer.extra}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "users/drawer_form.html", context, "form", status=status)


def shown_once(request: HttpRequest, *, title: Text, text: Text, secret: str) -> HttpResponse:
    """Something that is shown now and never again, in place of the form that made it."""
    context = {"title": title, "text": text, "secret": secret}
    return render_page(request, "users/shown_once.html", context, "secret")
