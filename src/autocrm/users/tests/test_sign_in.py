"""Sign-in: by password, throttled, with a second factor, and only for people who were invited once."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client

from autocrm.tenants import services as tenants
from autocrm.users.models import User
from autocrm.users.selectors import forget_cached_actors
from autocrm.users.services import people
from tests.support.cast import PASSWORD, Person

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": email, "password": password})


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06d}"


@pytest.mark.parametrize("spelling", [str.lower, str.upper, lambda email: f" {email} "])
def test_password_signs_in_whatever_the_case_of_the_address(alice: Person, spelling: Any) -> None:
    alice.set_password()
    browser = Client(headers={"host": alice.host})

    response = sign_in(browser, spelling(alice.user.email))

    assert (response.status_code, response["Location"]) == (302, "/")
    assert browser.get("/settings/profile/").status_code == 200


def test_passwords_are_kept_as_argon2(alice: Person) -> None:
    alice.set_password()

    assert alice.user.password.startswith("argon2$argon2id$")


def test_wrong_passwords_and_unknown_addresses_look_the_same(alice: Person) -> None:
    alice.set_password()

    wrong = sign_in(Client(headers={"host": alice.host}), alice.user.email, "not the password")
    unknown = sign_in(Client(headers={"host": alice.host}), "nobody@example.com", "not the password")

    told = [
        re.search(r'class="callout.*?</div>', page.content.decode(), re.DOTALL).group() for page in (wrong, unknown)
    ]
    assert told[0] == told[1]
    assert [page.status_code for page in (wrong, unknown)] == [200, 200]


def test_guessing_is_throttled(alice: Person) -> None:
    alice.set_password()
    browser = Client(headers={"host": alice.host})

    for _ in range(6):
        sign_in(browser, alice.user.email, "guess")
    late = sign_in(browser, alice.user.email, PASSWORD)

    assert late.status_code in {200, 429}
    assert browser.get("/settings/profile/").status_code == 302


def test_a_disabled_person_does_not_get_in(alice: Person) -> None:
    alice.set_password()
    people.set_user_active(alice.user, active=False)
    browser = Client(headers={"host": alice.host})

    sign_in(browser, alice.user.email)

    assert browser.get("/settings/profile/").status_code == 302


def test_nobody_signs_up_by_themselves(alice: Person) -> None:
    browser = Client(headers={"host": alice.host})
    before = User.objects.count()

    page = browser.get("/accounts/signup/")
    browser.post("/accounts/signup/", {"email": "mallory@example.com", "password1": PASSWORD})

    assert "invit" in page.content.decode()
    assert User.objects.count() == before


def test_a_second_factor_is_asked_for_and_kept_sealed(alice: Person) -> None:
    alice.set_password()
    secret = generate_totp_secret()
    TOTP.activate(alice.user, secret)
    stored = Authenticator.objects.get(user=alice.user).data["secret"]
    browser = Client(headers={"host": alice.host})

    first = sign_in(browser, alice.user.email)
    half_way = browser.get("/settings/profile/")
    wrong = browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    right = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert secret not in stored
    assert first["Location"].startswith("/accounts/2fa/authenticate/")
    assert half_way.status_code == 302
    assert wrong.status_code == 200
    assert right.status_code == 302
    assert browser.get("/settings/profile/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "logout/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/done/",
        "password/reset/key/0-bad/",
        "signup/",
        "inactive/",
    ],
)
def test_pages_of_sign_in_look_like_ours(db: None, path: str) -> None:
    page = Client(headers={"host": "localhost"}).get(f"/accounts/{path}", follow=True)

    assert page.status_code == 200
    assert 'class="plain' in page.content.decode()


@pytest.mark.parametrize("path", ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "reauthenticate/"])
def test_pages_of_the_second_factor_look_like_ours(alice: Person, path: str) -> None:
    alice.set_password()
    browser = Client(headers={"host": alice.host})
    sign_in(browser, alice.user.email)

    page = browser.get(f"/accounts/{path}", follow=True)

    assert page.status_code == 200
    assert 'class="plain' in page.content.decode()


def test_recovery_codes_are_made_and_shown(alice: Person) -> None:
    alice.set_password()
    TOTP.activate(alice.user, generate_totp_secret())
    browser = Client(headers={"host": alice.host})
    browser.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = browser.get("/accounts/2fa/")
    generated = browser.get("/accounts/2fa/recovery-codes/generate/", follow=True)

    assert "Recovery codes" in page.content.decode()
    assert generated.status_code == 200


def test_what_would_change_an_address_unproven_is_closed(alice: Person) -> None:
    response = alice.page.post("/accounts/email/", {"action_add": "", "email": "victim@example.com"})

    assert response.status_code in {302, 405}
    assert response.get("Location", "/settings/profile/") == "/settings/profile/"
    assert not User.objects.filter(email="victim@example.com").exists()


def test_a_letter_comes_in_the_language_of_the_workspace_to_whoever_chose_none(alice: Person, mailoutbox: Any) -> None:
    with alice.at_work() as actor:
        tenants.update_settings({"locale": "de"}, actor=actor)
    forget_cached_actors(alice.tenant.id)
    browser = Client(headers={"host": alice.host, "Accept-Language": "en"})

    browser.post("/accounts/password/reset/", {"email": alice.user.email})

    assert "Passwort" in mailoutbox[0].body


def test_a_forgotten_password_is_set_anew_by_a_letter(alice: Person, mailoutbox: Any) -> None:
    browser = Client(headers={"host": alice.host})

    asked = browser.post("/accounts/password/reset/", {"email": alice.user.email})
    browser.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    letters = [letter.body for letter in mailoutbox]
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", letters[0]).group(1)
    form = browser.get(link, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": "a whole new password", "password2": "a whole new password"})

    assert asked.status_code == 302
    assert len(letters) == 1
    assert sign_in(Client(headers={"host": alice.host}), alice.user.email, "a whole new password").status_code == 302
