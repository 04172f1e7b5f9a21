"""Small files, small functions, names that say something: what ruff cannot count."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.floors import PACKAGE, ROOT

LONGEST_MODULE = 500
LONGEST_TEST_MODULE = 600
LONGEST_FUNCTION = 50
LONGEST_TEMPLATE = 150
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "util", "helper"}
UNFINISHED = ("TODO", "FIXME", "XXX", "HACK")


def modules() -> Iterator[Path]:
    for folder in (PACKAGE, ROOT / "tests", ROOT / "bench"):
        yield from (path for path in folder.rglob("*.py") if "migrations" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_modules_stay_short() -> None:
    too_long = {
        name(path): line_count(path)
        for path in modules()
        if line_count(path) > (LONGEST_TEST_MODULE if "tests" in path.parts else LONGEST_MODULE)
    }

    assert too_long == {}


def test_functions_stay_short() -> None:
    too_long = {
        f"{name(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }

    assert too_long == {}


def test_templates_stay_short() -> None:
    too_long = {
        name(path): line_count(path)
        for path in PACKAGE.glob("*/templates/**/*")
        if path.is_file() and line_count(path) > LONGEST_TEMPLATE
    }

    assert too_long == {}


def test_files_are_named_after_what_they_hold() -> None:
    nameless = [name(path) for path in modules() if BANNED_NAMES & {path.stem, *path.relative_to(ROOT).parts}]

    assert nameless == []


def test_packages_re_export_nothing() -> None:
    """An `__init__.py` holds a docstring, so that each thing has one address."""
    speaking = [
        name(path)
        for path in modules()
        if path.name == "__init__.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]

    assert speaking == []


def test_modules_say_what_they_are_for() -> None:
    silent = [
        name(path)
        for path in modules()
        if line_count(path) > 0 and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_nothing_is_left_for_later() -> None:
    here = Path(__file__)
    unfinished = [
        f"{name(path)}:{number}"
        for path in modules()
        if path != here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "#" in line and any(word in line.split("#", 1)[1].split() for word in UNFINISHED)
    ]

    assert unfinished == []
