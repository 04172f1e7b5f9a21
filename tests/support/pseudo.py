"""Languages that nobody speaks, made of the product's own texts at the time of the test.

`LATIN` says every text in accented letters and 40 % longer, so a plain letter on a page is data or was never given to
gettext; `ARABIC` says it in Arabic letters, from right to left. Placeholders, markup and codes stay as they are.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo

from autocrm.config.cli.paths import BUILD
from autocrm.config.cli.translating import gather

LATIN, ARABIC = "en-xa", "ar-xb"
LANGUAGES = [(LATIN, "Þšéûð"), (ARABIC, "ضضض")]
LOCALE = BUILD / "pseudo-locale"

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "áƀçðéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÁƁÇÐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"
_RIGHT_TO_LEFT = "ابتثجحخدذرزسشصضطظعغفقكلمنهابتثجحخدذرزسشصضطظعغفقكلمنه"
_LETTERS = {
    LATIN: str.maketrans(_PLAIN, _ACCENTED),
    ARABIC: str.maketrans(_PLAIN, _RIGHT_TO_LEFT),
}
# What a text holds for machines: placeholders of all kinds, markup, entities, addresses.
_KEPT = re.compile(r"(%%?\(\w+\)[-+ #0-9.]*[a-zA-Z]|%%|%[sd]|\{\{.*?\}\}|\{\w*\}|<[^<>]*>|&\w+;|&#\d+;)")
_VOWELS = re.compile(r"([aeiou])", re.IGNORECASE)
# Patterns of dates, not words.
_CODES = frozenset({"day"})
# Texts of the packages that draw pages or check forms; they bring German as compiled catalogues.
_PACKAGES = ("django", "django.contrib.auth", "django.contrib.humanize", "allauth", "rest_framework")


def pseudo(text: str, language: str = LATIN) -> str:
    """`text` as `language` would have it."""
    parts = _KEPT.split(text)
    for at in range(0, len(parts), 2):
        longer = _VOWELS.sub(r"\1\1", parts[at]) if language == LATIN else parts[at]
        parts[at] = longer.translate(_LETTERS[language])
    return "".join(parts)


@cache
def ensure_languages() -> None:
    """Write both languages anew, once in a run; a running product reads them when somebody first asks for one."""
    texts = _all_texts()
    for language, _name in LANGUAGES:
        whole = Catalog(locale=language.partition("-")[0])
        for context, parts in texts:
            said = [text if context in _CODES else pseudo(text, language) for text in parts]
            forms = (said[0], *[said[-1]] * (whole.num_plurals - 1)) if len(parts) > 1 else said[0]
            whole.add(parts if len(parts) > 1 else parts[0], forms, context=context or None)
        base, variant = language.split("-")
        target = LOCALE / f"{base}_{variant.upper()}" / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, whole)


def _all_texts() -> set[tuple[str, tuple[str, ...]]]:
    own = {
        (text.context, (text.singular, text.plural) if text.plural else (text.singular,))
        for _app, texts in gather().owners()
        for text in texts
    }
    return own | {text for package in _PACKAGES for text in _texts_of(package)}


def _texts_of(package: str) -> set[tuple[str, tuple[str, ...]]]:
    folder = Path(str(import_module(package).__file__)).parent
    folder = folder / "conf" if package == "django" else folder
    path = folder / "locale" / "de" / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        return set()
    with path.open("rb") as file:
        # Babel leaves contexts as they stand in the file.
        return {
            (message.context.decode() if isinstance(message.context, bytes) else message.context or "", _parts(message))
            for message in read_mo(file)
            if message.id
        }


def _parts(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)
