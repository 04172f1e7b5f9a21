"""`./autocrm translate`: the texts of the product, gathered from code and templates, and their catalogues.

Each app keeps its own: `src/autocrm/<app>/translations/<language>.po`. A text that several apps say belongs to the
lowest of them and is translated once. For use, all catalogues of a language become one file below `build/locale`.
Nothing outside Python is needed: templates are read by Django's own extractor, Python and catalogues by Babel.
"""

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from autocrm.config.cli.paths import BUILD, ROOT, SOURCE
from autocrm.config.cli.progress import Progress

# The language that texts are written in, and those they are translated into.
SOURCE_LANGUAGE = "en"
LANGUAGES = ("de",)
LOCALE = BUILD / "locale"

_PACKAGE = SOURCE / "autocrm"
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "_t": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_WIDTH = 120
# From the ground up: who says a text first, owns it. Apps not named here come last, by name.
_FLOORS = [
    "kernel",
    "journal",
    "jobs",
    "ui",
    "tenants",
    "users",
    "records",
    "transfers",
    "notifications",
    "activities",
    "contacts",
    "workflows",
    "analytics",
    "web",
    "api",
    "realtime",
    "config",
]


@dataclass(frozen=True, slots=True)
class Text:
    """One text as the code says it; `plural` and `context` are empty for most."""

    singular: str
    plural: str = ""
    context: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        """How a catalogue names it."""
        return (self.singular, self.plural) if self.plural else self.singular


@dataclass(slots=True)
class Texts:
    """All texts of the product by app, each with the files that say it."""

    by_app: dict[str, dict[Text, list[str]]] = field(default_factory=dict)

    def owners(self) -> Iterator[tuple[str, dict[Text, list[str]]]]:
        """Each app with the texts that no lower app says."""
        taken: set[Text] = set()
        for app in sorted(self.by_app, key=lambda app: (_height(app), app)):
            own = {text: places for text, places in self.by_app[app].items() if text not in taken}
            taken |= own.keys()
            yield app, own


def gather() -> Texts:
    """Every text in code and templates."""
    if not settings.configured:
        settings.configure()
    texts = Texts()
    for path in sorted([*_PACKAGE.rglob("*.py"), *_PACKAGE.glob("*/templates/**/*")]):
        if path.is_file() and not {"tests", "migrations"} & set(path.parts):
            found = texts.by_app.setdefault(path.relative_to(_PACKAGE).parts[0], {})
            for text in _texts_in(path):
                found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    return texts


def _texts_in(path: Path) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of a template is read as Python, in which a line may not begin anywhere.
        source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())
    found: Any = extract_python(io.BytesIO(source.encode()), dict(_KEYWORDS), [], {})
    for _line, function, said, _comments in found:
        parts = [part for part in (said if isinstance(said, tuple) else (said,)) if isinstance(part, str)]
        if parts and parts[0]:
            context = parts.pop(0) if "pgettext" in function and len(parts) > 1 else ""
            yield Text(parts[0], parts[1] if "n" in function.partition("gettext")[0] else "", context)


def _height(app: str) -> int:
    return _FLOORS.index(app) if app in _FLOORS else len(_FLOORS)


def catalogue_path(app: str, language: str) -> Path:
    """Where an app keeps its texts in a language."""
    return _PACKAGE / app / "translations" / f"{language}.po"


def read_catalogue(path: Path, language: str) -> Catalog:
    """A catalogue as it stands in the file, an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def is_translated(message: Message | None) -> bool:
    """Whether every form of the text has words, and nobody doubts them."""
    if message is None or message.fuzzy:
        return False
    said = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(said) and all(said)


def missing(language: str, texts: Texts | None = None) -> dict[str, list[Text]]:
    """The texts without a translation, by app."""
    found: dict[str, list[Text]] = {}
    for app, own in (texts or gather()).owners():
        catalogue = read_catalogue(catalogue_path(app, language), language)
        without = [text for text in own if not is_translated(catalogue.get(text.id, text.context or None))]
        if without:
            found[app] = without
    return found


def update(language: str, texts: Texts) -> int:
    """Write every app's catalogue anew: known texts keep their words, new ones have none yet. How many lack them."""
    lacking, old = 0, _whole(language)
    for app, own in texts.owners():
        path = catalogue_path(app, language)
        new = Catalog(locale=language, domain="django", header_comment=f"# {app}: {language}", fuzzy=False)
        for text, places in sorted(own.items(), key=lambda item: (item[1][0], item[0].singular)):
            known = old.get(text.id, text.context or None)
            words = known.string if is_translated(known) and known is not None else ""
            lacking += not words
            flags = ["python-format"] if "%(" in text.singular or "%(" in text.plural else []
            new.add(
                text.id,
                words,
                locations=[(place, 0) for place in dict.fromkeys(places)][:3],
                flags=flags,
                context=text.context or None,
            )
        if own:
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as file:
                write_po(file, new, width=_WIDTH, include_lineno=False, omit_header=False, sort_output=False)
            _without_times(path)
    return lacking


def _without_times(path: Path) -> None:
    """A header that changes only with the catalogue: no dates, no version of what wrote it."""
    kept = ('"MIME', '"Content', '"Plural', '"Language:')
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    end = lines.index("\n") if "\n" in lines else len(lines)
    head = [line for line in lines[:end] if not line.startswith('"') or line.startswith(kept)]
    path.write_text("".join([*head, *lines[end:]]), encoding="utf-8")


def compile_all() -> None:
    """One file a language of all apps' catalogues, where Django looks for it."""
    for language in LANGUAGES:
        target = LOCALE / language / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, _whole(language))


def _whole(language: str) -> Catalog:
    """All that is translated, whichever app keeps it."""
    whole = Catalog(locale=language)
    for path in sorted(_PACKAGE.glob(f"*/translations/{language}.po")):
        for message in read_catalogue(path, language):
            if message.id and is_translated(message):
                whole.add(message.id, message.string, flags=message.flags, context=message.context)
    return whole


def translate(progress: Progress) -> int:
    """Bring the catalogues up to date and say what is missing; 0 also then, the tests insist."""
    texts = gather()
    for language in LANGUAGES:
        progress.line(f"{language}: {update(language, texts)} texts to translate")
    compile_all()
    return 0


def _main(arguments: Sequence[str]) -> int:
    del arguments
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
