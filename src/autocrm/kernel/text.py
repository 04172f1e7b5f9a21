"""Text that crosses a border: HTML that people wrote, HTML as plain words, values on their way into a spreadsheet.

The small language of tenants' message templates is in `kernel.templates`.
"""

import re
from html.parser import HTMLParser
from uuid import UUID

import nh3
from typing_extensions import override

MAX_HTML_LENGTH = 1_000_000
LARGEST_COUNT = 2**63 - 1

_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "img", "ins", "li",
    "mark", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "span": {"data-mention"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_REMOVED_WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "title"}

_BREAKS_BEFORE = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "table", "ul", "ol", "blockquote", "pre", "hr"}
)
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"})

# What Excel, LibreOffice and Google Sheets take as the beginning of a formula, in full width as well.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def sanitise_html(html: str) -> str:
    """`html` with nothing left but the elements, attributes and link schemes of a rich-text note."""
    return nh3.clean(
        html[:MAX_HTML_LENGTH],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        clean_content_tags=_REMOVED_WITH_CONTENT,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _keep_attribute(_element: str, name: str, value: str) -> str | None:
    """A mention names somebody by an id, or is none."""
    if name != "data-mention":
        return value
    try:
        return str(UUID(value))
    except ValueError:
        return None


def plain_text(html: str) -> str:
    """The words of `html`, block by block on lines of their own; for search, previews and the text part of mail."""
    reader = _Reader()
    reader.feed(html[:MAX_HTML_LENGTH])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).replace("\0", "").split("\n"))
    return "\n".join(line for line in lines if line)


_E164 = re.compile(r"\+[0-9]{5,15}")


def read_count(text: str, *, most: int = LARGEST_COUNT) -> int | None:
    """The whole number that digits from an address or a form mean, at most `most`; None for anything else.

    `int()` alone refuses thousands of digits with an error, and the database numbers beyond its own.
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit():
        return None
    digits = digits.lstrip("0") or "0"
    return most if len(digits) > len(str(most)) else min(int(digits), most)


def csv_safe(value: object) -> str:
    """`value` as the text of a spreadsheet cell that can't become a formula; None is empty.

    Numbers stay numbers, those of telephones in E.164 too: a plus and digits alone reckon nothing.
    """
    if value is None:
        return ""
    text = str(value)
    if _E164.fullmatch(text):
        return text
    if isinstance(value, str) and (text.startswith(_FORMULA_STARTS) or is_guarded(text)):
        return f"'{text}"
    return text


def is_guarded(text: str) -> bool:
    """Whether a cell looks like one that `csv_safe` put an apostrophe before."""
    return text.startswith("'") and text.lstrip("'").startswith(_FORMULA_STARTS)


def unguarded(text: str) -> str:
    """A cell without the apostrophe of `csv_safe`: what went out comes back as it was."""
    return text[1:] if is_guarded(text) else text


class _Reader(HTMLParser):
    """Collects text, leaving out what a browser would not show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag == "br" or tag in _BREAKS_BEFORE:
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in _BREAKS_BEFORE:
            self.pieces.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\n", " "))
