"""Every link and every named test in the project's pages leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"(?:\]\(|src=\")(?!https?:|mailto:|#|\{)([^)#\"\s]+)")
_NAMED = re.compile(r"`((?:tests|src|docs|bench)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [target for target in _LINK.findall(text) if not (page.parent / target).exists()]
    named = [target for target in _NAMED.findall(text) if not (ROOT / target).exists()]

    assert links + named == []
