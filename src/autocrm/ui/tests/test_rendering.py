"""Pages, fragments and what the browser is told to do next."""

import json

from django.http import HttpResponse
from django.test import RequestFactory

from autocrm.ui import rendering
from autocrm.ui.context import read_appearance


def events(response: HttpResponse) -> dict[str, object]:
    return json.loads(response["HX-Trigger"])


def test_a_fragment_is_served_to_htmx_only() -> None:
    plain = RequestFactory().get("/")
    htmx = RequestFactory().get("/", headers={"HX-Request": "true"})
    boosted = RequestFactory().get("/", headers={"HX-Request": "true", "HX-Boosted": "true"})
    restored = RequestFactory().get("/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert rendering.is_fragment(htmx)
    assert not any(rendering.is_fragment(request) for request in (plain, boosted, restored))


def test_events_add_up_and_keep_every_script() -> None:
    response = rendering.no_content("Zaß gelöscht – 已删除", "/undo/1/")

    rendering.changed(response, "contact", [1, 2])
    rendering.close_drawer(response)

    assert response.status_code == 204
    assert events(response) == {
        "autocrm:toast": {"message": "Zaß gelöscht – 已删除", "level": "ok", "undo_url": "/undo/1/"},
        "autocrm:changed": {"type": "contact", "ids": ["1", "2"]},
        "autocrm:drawer-close": {},
    }


def test_a_header_cannot_be_split_by_what_a_toast_says() -> None:
    response = rendering.toast(HttpResponse(), "one\r\nSet-Cookie: a=b", action=("Look", "/x/"))

    assert "\r" not in response["HX-Trigger"]
    assert events(response)["autocrm:toast"]["action"] == ["Look", "/x/"]


def test_a_redirect_leaves_the_fragment() -> None:
    htmx = RequestFactory().post("/", headers={"HX-Request": "true"})

    assert rendering.redirect(htmx, "/contacts/")["HX-Redirect"] == "/contacts/"
    assert rendering.redirect(RequestFactory().post("/"), "/contacts/").status_code == 302


def test_the_look_of_a_browser_falls_back_when_its_cookies_make_no_sense() -> None:
    assert read_appearance({"theme": "dark", "density": "roomy", "rail": "narrow"}) == ("dark", "roomy", "narrow")
    assert read_appearance({"theme": '"><script>', "density": ""}) == ("system", "cosy", "wide")
