"""The style page shows every component and is not for everyone; layouts and error pages stand without a shell."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.test import RequestFactory
from pytest_django import Settings

from autocrm.ui import style_samples
from autocrm.ui.views import style_page

COMPONENTS = {path.stem for path in (Path(style_samples.__file__).parent / "templates" / "cotton").glob("*.html")}
STYLE = Path(style_samples.__file__).parent / "templates" / "ui" / "style"


def ask(path: str = "/_style/", **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.user = AnonymousUser()
    return request


def html_of(request: HttpRequest) -> str:
    response = style_page(request)
    assert isinstance(response, TemplateResponse)
    return str(response.render().content, "utf-8")


@pytest.fixture
def debug(settings: Settings) -> None:
    settings.DEBUG = True


def test_the_style_page_is_for_developers_and_staff() -> None:
    with pytest.raises(Http404):
        style_page(ask())


@pytest.mark.usefixtures("debug")
def test_the_style_page_stands_in_the_shell() -> None:
    html = html_of(ask())

    assert len(re.findall(r"<h1\b", html)) == 1
    assert 'data-theme="system" data-density="cosy" data-rail="wide"' in html
    assert 'aria-current="page"' in html
    assert "<c-" not in html
    schema = re.search(r'<script id="filter-schema" type="application/json">(.*?)</script>', html)
    assert schema
    assert json.loads(schema[1])[0]["id"] == "name"


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("part", style_samples.PARTS)
def test_each_part_is_served_alone(part: str) -> None:
    html = html_of(ask(f"/_style/?part={part}"))

    assert html.strip()
    assert "<html" not in html


@pytest.mark.usefixtures("debug")
def test_htmx_gets_the_list_alone() -> None:
    assert html_of(ask(HX_Request="true")).strip().startswith('<section id="list"')


def test_every_component_is_shown_on_the_style_page() -> None:
    shown = set(re.findall(r"<c-([a-z]+)", "".join(path.read_text() for path in STYLE.glob("*.html"))))

    assert COMPONENTS - shown <= {"icon", "kind", "avatar", "gauge", "more"}, "tags show the first four"
    assert len(COMPONENTS) <= 30


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_need_no_context(code: int) -> None:
    html = render_to_string(f"{code}.html")

    assert len(re.findall(r"<h1\b", html)) == 1
    assert "AutoCRM</title>" in html


def test_an_error_page_says_what_it_was_told() -> None:
    html = render_to_string("403.html", {"message": "It belongs to <b>team West</b>.", "error_id": "7F3A-21"})

    assert "It belongs to &lt;b&gt;team West&lt;/b&gt;." in html
    assert 'data-copy="7F3A-21"' in html
