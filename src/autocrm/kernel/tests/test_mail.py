"""The mail port against a real SMTP server in this process."""

import email
import email.policy
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel import mail
from autocrm.kernel.errors import Invalid, Upstream
from autocrm.kernel.mail import Attachment, Message


def message(**changes: Any) -> Any:
    return Message(
        **{"to": ["Bob <bob@globex.test>"], "subject": "Grüße", "text": "Hello", "idempotency_key": "step-1", **changes}
    )


def test_a_message_arrives_with_text_html_and_attachment(sink: Any) -> None:
    message_id = mail.send(
        message(
            html="<p>Hello</p>",
            cc=["charlie@globex.test"],
            bcc=["alice@acme.test"],
            reply_to=["answers@acme.test"],
            headers={"List-Unsubscribe": "<https://acme.test/u/1>"},
            attachments=[Attachment("Angebot\r\nX: y.pdf", b"%PDF-1.7", "application/pdf")],
        )
    )

    [arrived] = sink.messages
    assert arrived["Subject"] == "Grüße"
    assert arrived["From"] == "Acme <hello@acme.test>"
    assert arrived["Message-ID"] == message_id
    assert arrived["List-Unsubscribe"] == "<https://acme.test/u/1>"
    assert arrived["Reply-To"] == "answers@acme.test"
    assert arrived["Bcc"] is None
    assert sink.envelopes[0].rcpt_tos == ["bob@globex.test", "charlie@globex.test", "alice@acme.test"]
    assert arrived.get_body(("plain",)).get_content().strip() == "Hello"
    assert arrived.get_body(("html",)).get_content().strip() == "<p>Hello</p>"
    [attached] = arrived.iter_attachments()
    assert attached.get_filename() == "AngebotX: y.pdf"


def test_attempts_with_one_key_carry_one_message_id(sink: Any) -> None:
    first, second, other = mail.send(message()), mail.send(message()), mail.send(message(idempotency_key="step-2"))

    assert first == second != other
    assert first.endswith("@acme.test>")
    assert [arrived["Message-ID"] for arrived in sink.messages] == [first, second, other]


@pytest.mark.parametrize(
    ("field_name", "changes"),
    [
        ("to", {"to": []}),
        ("to", {"to": ["nobody"]}),
        ("to", {"to": ["a@b.test, c@d.test"]}),
        ("to", {"to": ["a@b.test\r\nBcc: c@d.test"]}),
        ("to", {"to": ['"A\nBcc: c@d.test" <a@b.test>']}),
        ("to", {"cc": ["a@b.test\x00"]}),
        ("to", {"to": ["a@b.test"] * 51}),
        ("from_email", {"from_email": "x@y.test\nSender: z@y.test"}),
        ("reply_to", {"reply_to": ["not an address"]}),
        ("subject", {"subject": "Hello\r\nBcc: all@acme.test"}),
        ("subject", {"subject": "Hello\u2028there"}),
        ("headers", {"headers": {"X-A": "1\r\nBcc: all@acme.test"}}),
        ("headers", {"headers": {"X-A: 1\r\nBcc": "all@acme.test"}}),
        ("headers", {"headers": {"Bcc": "all@acme.test"}}),
        ("headers", {"headers": {"message-id": "<1@x>"}}),
        ("headers", {"headers": {"Content-Type": "text/html"}}),
        ("attachments", {"attachments": [Attachment("big", b"x" * (25 * 1024 * 1024 + 1), "text/plain")]}),
    ],
)
def test_what_would_break_the_head_is_refused_by_field(sink: Any, field_name: Any, changes: Any) -> None:
    with pytest.raises(Invalid) as caught:
        mail.send(message(**changes))

    assert list(caught.value.fields) == [field_name]
    assert sink.envelopes == []


@given(name=st.text(max_size=40), subject=st.text(max_size=60), value=st.text(max_size=40))
def test_no_text_adds_a_header_or_a_recipient(name: Any, subject: Any, value: Any) -> None:
    sent = message(to=[f'"{name}" <bob@globex.test>'], subject=subject, headers={"X-Note": value})

    try:
        composed = mail._compose(sent)
        raw = composed.message().as_bytes()
    except Invalid:
        return

    parsed = email.message_from_bytes(raw)
    assert composed.recipients() == sent.to
    assert {key.lower() for key in parsed} <= {
        "content-type",
        "mime-version",
        "content-transfer-encoding",
        "subject",
        "from",
        "to",
        "date",
        "message-id",
        "x-note",
    }


def test_a_server_that_is_not_there_may_be_tried_again(sink: Any, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_PORT = listener.getsockname()[1]

    with pytest.raises(Upstream) as caught:
        mail.send(message())

    assert (caught.value.retryable, caught.value.code) == (True, "connect")


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "retryable", "code"), [("450 later", True, "deferred"), ("550 no such user", False, "refused")]
)
def test_the_server_s_own_word_decides_on_repeating(
    sink: Any, stage: Any, reply: Any, retryable: Any, code: Any
) -> None:
    sink.replies[stage] = reply

    with pytest.raises(Upstream) as caught:
        mail.send(message())

    assert (caught.value.retryable, caught.value.code) == (retryable, code)


def test_a_wrong_password_is_refused_for_good(sink: Any, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "alice", "wrong"

    with pytest.raises(Upstream) as caught:
        mail.send(message())

    assert (caught.value.retryable, caught.value.code) == (False, "refused")


@pytest.fixture
def breaking_server(settings: Any) -> Any:
    """Takes the message and hangs up, or falls silent, without a word of receipt."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_TIMEOUT = 1
    settings.EMAIL_HOST_USER = ""

    def serve() -> None:
        connection, _address = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 x\r\n")
            stream.flush()
            for line in stream:
                if line.startswith(b"DATA"):
                    stream.write(b"354 go\r\n")
                elif line == b".\r\n":
                    return
                else:
                    stream.write(b"250 ok\r\n")
                stream.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    listener.close()
    thread.join(5)


def test_a_connection_that_breaks_after_the_content_is_ambiguous(breaking_server: Any) -> None:
    with pytest.raises(Upstream) as caught:
        mail.send(message())

    assert (caught.value.retryable, caught.value.code) == (False, "ambiguous")


def test_a_clumsy_goodbye_does_not_undo_an_accepted_message(sink: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang_up(self: SMTP, _arg: str) -> None:
        self.transport.abort()

    monkeypatch.setattr(SMTP, "smtp_QUIT", hang_up)

    assert mail.send(message())
    assert len(sink.envelopes) == 1


def test_without_a_server_messages_land_in_files(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.DEFAULT_FROM_EMAIL = "AutoCRM <no-reply@localhost>"

    mail.send(message())

    [written] = (tmp_path / "mail").iterdir()
    assert "To: Bob <bob@globex.test>" in written.read_text(encoding="utf-8")
