"""Every component renders what docs/apps/ui.md promises."""

import re

import pytest
from django import forms
from django.template import Context, Template
from django.template.context import RequestContext
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler


def render(source: str, **context: object) -> str:
    request = RequestFactory().get("/contacts/?q=globex&cursor=abc&sort=name")
    compiled = CottonCompiler().process(source)
    return re.sub(r"\s+", " ", Template(compiled).render(RequestContext(request, context))).strip()


class PersonForm(forms.Form):
    name = forms.CharField(label="Name")
    email = forms.EmailField(label="E-mail", help_text="For replies.", required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(label="Type", choices=[("a", "A")], widget=forms.RadioSelect)
    consent = forms.BooleanField(label="Consent", required=False)


def test_a_button_with_an_icon_alone_has_a_name() -> None:
    html = render('<c-button icon="trash" label="Delete" kind="ghost bad" hx-post="/x/" />')

    assert 'class="btn ghost bad' in html
    assert " icon" in html.split(">")[0]
    assert 'aria-label="Delete"' in html
    assert 'hx-post="/x/"' in html
    assert 'type="button"' in html


def test_a_button_with_href_is_a_link() -> None:
    assert render('<c-button href="/contacts/">All</c-button>').startswith('<a class="btn')


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    form = PersonForm({"name": "", "email": "no", "kind": "a"})

    html = render('<c-field :field="form.email" />', form=form)

    assert '<label class="lab" for="id_email">E-mail <span class="opt">optional</span></label>' in html
    assert 'class="form-control wrong"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert '<p class="help bad" id="id_email_error">Enter a valid email address.</p>' in html


def test_tick_boxes_and_groups_have_their_own_form() -> None:
    form = PersonForm()

    assert '<label class="hs" for="id_consent"><input' in render('<c-field :field="form.consent" />', form=form)
    assert '<legend class="lab">Type</legend>' in render('<c-field :field="form.kind" />', form=form)
    assert 'rows="3"' in render('<c-field :field="form.note" />', form=form)


def test_a_pill_escapes_what_people_typed() -> None:
    html = render('<c-pill tone="ok">{{ name }}</c-pill>', name="<b>x</b>")

    assert '<span class="pill ok' in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ('<c-icon name="plus" size="sm" />', 'class="ic ic-sm"'),
        ('<c-kind tone="ok">Customer</c-kind>', '<span class="dot ok"></span>Customer'),
        ('<c-avatar name="Ingrid Halvorsen" size="lg" />', ">IH</span>"),
        ('<c-gauge :value="50" />', 'width="24.0"'),
        ('<c-bar :value="3" :max="4" label="Quota" />', 'max="4" value="3" aria-label="Quota"'),
        ('<c-callout tone="bad" title="No">Why</c-callout>', 'class="callout bad'),
        ('<c-blank icon="users" title="No contacts yet">Add one.</c-blank>', "<h2>No contacts yet</h2><p>Add one.</p>"),
        ('<c-chip label="Owner" value="Me" remove="Remove" remove_param="owner" />', 'data-param-remove="owner"'),
        ('<c-seg label="Layout"><button>A</button></c-seg>', 'role="group" aria-label="Layout"'),
        ("<c-kbd>n</c-kbd>", "<kbd>n</kbd>"),
        ('<c-switch name="on" label="On" :checked="True" />', 'role="switch" name="on" value="on" checked'),
        ('<c-check name="a" label="A" />', 'class="ck" type="checkbox" name="a"'),
        ('<c-find label="Search" param="q" />', 'data-param="q"'),
        (
            '<c-menu id="m" label="More" icon="dots" :text="False"><c-item href="/x/">X</c-item></c-menu>',
            'role="menuitem" href="/x/"',
        ),
        ('<c-pop id="p" label="Filter" width="l">x</c-pop>', 'class="pop w-pop-l " id="p" popover role="dialog"'),
        ('<c-drawer title="New" action="/new/">x</c-drawer>', 'hx-post="/new/" hx-target="#drawer-body"'),
        ('<c-peek title="Ingrid" url="/1/">x</c-peek>', 'data-peek-title="Ingrid"'),
        (
            '<c-section title="People" :count="1200" add="/new/" add_label="Add">x</c-section>',
            '<span class="n">1,200</span>',
        ),
        (
            '<c-section title="Deal" :fold="True" id="deal">x</c-section>',
            '<details class="grp " id="deal" data-remember="deal" open',
        ),
        ('<c-prop label="Phone" edit="/e/">1</c-prop>', 'data-edit-url="/e/"'),
        ('<c-prop label="Phone" :empty="True" />', '<span class="unset">Empty</span>'),
        ('<c-snack message="Saved" action="Undo" />', 'role="status"'),
        ('<c-job label="Import" :done="52" :total="80" />', "52 / 80"),
        ('<c-skeleton rows="3" />', 'aria-busy="true"'),
        ('<c-more url="?cursor=x" :cols="7" />', 'hx-trigger="intersect once"'),
        (
            '<c-tabs label="Views" :links="True"><c-tab href="/" :current="True">All</c-tab></c-tabs>',
            'aria-current="page"',
        ),
        (
            '<c-tabs label="Parts"><c-tab panel="a" :current="True" :count="9">A</c-tab></c-tabs>',
            'aria-selected="true"',
        ),
    ],
)
def test_component_renders(source: str, part: str) -> None:
    assert part in render(source)


def test_the_query_tag_changes_the_address_of_the_page() -> None:
    assert render('{% query cursor=None sort="-name" %}') == "q=globex&amp;sort=-name"
    assert render('<c-more url="?{% query cursor="next" %}" />').count("cursor=next") == 1


def test_skeleton_draws_the_rows_asked_for() -> None:
    assert render('<c-skeleton rows="3" />').count('<div class="hs">') == 3


def test_tags_and_filters_take_nothing_for_nothing() -> None:
    source = "{{ x|ago }}{{ x|timetag }}{{ x|day }}{{ x|number }}{{ x|money:'USD' }}{{ x|percent }}{{ x|until }}"

    assert Template(source).render(Context({"x": None})) == ""
