"""Every text of the product has its German, and says with the same placeholders what the English says."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from autocrm.config.cli.translating import LANGUAGES, Texts, catalogue_path, gather, missing, read_catalogue

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return gather()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_lacks_its_translation(texts: Texts, language: str) -> None:
    """`./autocrm translate` writes what is new into the catalogues, to be filled in."""
    assert missing(language, texts) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(texts: Texts, language: str) -> None:
    wrong = [
        (app, message.id)
        for app, _own in texts.owners()
        for message in read_catalogue(catalogue_path(app, language), language)
        if message.id and not keeps_placeholders(message)
    ]

    assert wrong == []


def keeps_placeholders(message: Message) -> bool:
    """The last form, which stands for any number, says them all; a form for one may leave the number out."""
    sources, said = list(forms(message.id)), list(forms(message.string))
    wanted = set(_PLACEHOLDER.findall(sources[-1]))
    return set(_PLACEHOLDER.findall(said[-1])) == wanted and all(
        set(_PLACEHOLDER.findall(each)) <= wanted for each in said
    )


def forms(text: str | tuple[str, ...] | list[str]) -> Iterator[str]:
    return iter([text] if isinstance(text, str) else text)
