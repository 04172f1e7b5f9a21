"""The live style page: every component in every state, for developers and staff."""

from dataclasses import replace
from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from autocrm.kernel import clock
from autocrm.ui import style_samples as samples
from autocrm.ui.context import read_appearance
from autocrm.ui.rendering import is_fragment


class SampleForm(forms.Form):
    """One field of each widget, as pages of the product show them."""

    name = forms.CharField(label=_("Name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), help_text=_("Used for sign-in and replies."))
    kind = forms.ChoiceField(label=_("Type"), choices=samples.KINDS, required=False)
    tags = forms.MultipleChoiceField(
        label=_("Tags"),
        choices=samples.TAGS,
        required=False,
        widget=forms.SelectMultiple(attrs={"data-combo": True}),
    )
    channel = forms.ChoiceField(label=_("Reach by"), choices=samples.CHANNELS, widget=forms.RadioSelect, initial="mail")
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)
    consent = forms.BooleanField(label=_("May receive our newsletter"), required=False)


def _guard(request: HttpRequest) -> None:
    user = getattr(request, "user", None)
    if not settings.DEBUG and not getattr(user, "is_staff", False):
        raise Http404


@require_GET
def style_page(request: HttpRequest) -> HttpResponse:
    """The page; `?part=` answers with one fragment, so that panels, editors and the drawer work for real."""
    _guard(request)
    part = request.GET.get("part", "")
    if part == "options":
        return JsonResponse({"results": samples.options(request.GET.get("q", ""))})
    if part and part not in samples.PARTS:
        raise Http404
    template = f"ui/style/{part or ('list_region' if is_fragment(request) else 'page')}.html"
    look = read_appearance(request.COOKIES)
    shell = replace(samples.SHELL, theme=look.theme, density=look.density, rail=look.rail)
    now = clock.now()
    context = {
        "shell": shell,
        "rows": samples.ROWS,
        "schema": samples.FILTER_SCHEMA,
        "form": SampleForm(auto_id="drawer_%s" if part else "id_%s"),
        "wrong_form": SampleForm({"name": "", "email": "ingrid.halvorsen@", "channel": "mail"}),
        "moments": [now, now - timedelta(minutes=5), now - timedelta(hours=26), now - timedelta(days=40)],
        "later": now + timedelta(days=18),
        "earlier": now - timedelta(days=5),
        "amount": 2_676_800,
        "icons": samples.icon_names(),
        "columns": ("Company", "Type", "Engagement", "Follow-up", "Owner", "Tags"),
        "tones": ("ok", "warn", "bad", "info", "accent", "line"),
    }
    return TemplateResponse(request, template, context)
