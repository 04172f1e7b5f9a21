"""Migrations are safe on a live database: nobody who writes waits while an index is built on a table that is in use."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.floors import PACKAGE

# What the first structure consisted of; no installation is older.
FIRST = {"activities/0002_calls_meetings_emails"}
_CREATED = re.compile(r"CreateModel\(\s*(?:name=)?\"(\w+)\"")
_INDEXED = re.compile(r"migrations\.AddIndex\(\s*(?:model_name=)?\"(\w+)\"")


def migrations() -> Iterator[Path]:
    return (path for path in PACKAGE.glob("*/migrations/0*.py"))


def name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", sorted(migrations()), ids=name)
def test_an_index_on_a_table_that_is_there_is_built_concurrently(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    made_here = {model.lower() for model in _CREATED.findall(text)}

    late = [model for model in _INDEXED.findall(text) if model.lower() not in made_here]

    assert name(path) in FIRST or late == []
    assert "Concurrently(" not in text or "atomic = False" in text
