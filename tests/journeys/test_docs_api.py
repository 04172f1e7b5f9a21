"""The examples of docs/api.md are requests that work: each is sent, and the answer is what the page says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.test import Client

from tests.support.cast import Person
from tests.support.database import ROOT

PAGE = ROOT / "docs" / "api.md"
ANYTHING = "…"
_BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)
_NAME = re.compile(r"\{(\w+)\}")


@dataclass
class Message:
    """A request or an answer: its first line, headers and body."""

    first: str
    headers: dict[str, str]
    body: str


def messages() -> Iterator[Message]:
    for text in _BLOCK.findall(PAGE.read_text()):
        head, _blank, body = text.partition("\n\n")
        first, *lines = head.strip().splitlines()
        yield Message(first, dict(line.split(": ", 1) for line in lines), body.strip())


class Reader:
    """Compares answers with what the page says, and remembers what it names in braces."""

    def __init__(self, **known: str) -> None:
        self.known = known

    def fill(self, text: str) -> str:
        return _NAME.sub(lambda found: self.known.get(found[1], found[0]), text)

    def differences(self, said: Any, actual: Any, place: str) -> list[str]:
        """Where `actual` lacks or contradicts what is said; it may hold more."""
        if isinstance(said, str):
            return self._of_text(said, actual, place)
        if isinstance(said, dict) and isinstance(actual, dict):
            return [fault for key in said for fault in self.differences(said[key], actual.get(key), f"{place}.{key}")]
        if isinstance(said, list) and isinstance(actual, list) and len(said) == len(actual):
            pairs = enumerate(zip(said, actual, strict=True))
            return [
                fault for index, (one, other) in pairs for fault in self.differences(one, other, f"{place}.{index}")
            ]
        return [] if said == actual else [f"{place} is {actual!r}, not {said!r}"]

    def _of_text(self, said: str, actual: Any, place: str) -> list[str]:
        name = _NAME.fullmatch(said)
        if name and name[1] not in self.known and actual is not None:
            self.known[name[1]] = str(actual)
        if said == ANYTHING:
            return [] if actual else [f"{place} is missing"]
        return [] if actual is not None and self.fill(said) == str(actual) else [f"{place} is {actual!r}, not {said!r}"]


def send(client: Client, request: Message, reader: Reader) -> Any:
    method, address = request.first.split(" ", 1)
    path, _mark, query = address.partition("?")
    parameters = "&".join(
        f"{name}={quote(reader.fill(value))}"
        for name, value in (each.split("=", 1) for each in query.split("&") if each)
    )
    headers = {name: reader.fill(value) for name, value in request.headers.items() if name != "Content-Type"}
    return client.generic(
        method,
        f"{reader.fill(path)}?{parameters}".rstrip("?"),
        reader.fill(request.body),
        content_type=request.headers.get("Content-Type", "application/octet-stream"),
        headers=headers,
    )


def test_every_documented_request_gets_the_documented_answer(alice: Person) -> None:
    reader = Reader(token=alice.new_token())
    client = Client(headers={"host": alice.host, "authorization": f"Bearer {reader.known['token']}"})
    found = list(messages())
    requests, answers = found[::2], found[1::2]
    assert len(requests) == len(answers) > 15

    for request, answer in zip(requests, answers, strict=True):
        response = send(client, request, reader)
        _version, status, words = answer.first.split(" ", 2)
        assert response.status_code == int(status), (request.first, response.content)
        assert HTTPStatus(int(status)).phrase == words
        said = dict(answer.headers) | ({"body": json.loads(answer.body)} if answer.body else {})
        actual = {name: response.headers.get(name) for name in answer.headers}
        actual |= {"body": response.json()} if answer.body else {}
        assert reader.differences(said, actual, request.first) == []
