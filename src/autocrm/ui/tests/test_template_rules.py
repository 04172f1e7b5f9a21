"""Rules that hold for every template of every app: strict CSP, known icons, one title, no foreign looks."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

APPS = Path(__file__).resolve().parents[2]
UI = APPS / "ui"
TEMPLATES = sorted(APPS.glob("*/templates/**/*.html"))
# Mail is read by mail programs, which know no stylesheet; PDFs are not pages.
PAGES = [path for path in TEMPLATES if not {"mail", "email", "emails", "pdf"} & set(path.parts)]
ICON = re.compile(r"""\{%\s*icon\s+["']([\w-]+)["']|\sicon=["']([a-z][\w-]*)["']""")
REFRESHED = re.compile(r"\sdata-refresh-(on|every)=")
TAG = re.compile(r"<(?!!)[a-zA-Z][^<>]*>", re.DOTALL)
FOREIGN = re.compile(r"""class="[^"]*(?<![\w-])(card|badge|avatar|toast|page-wrapper|page-header|page-body)(?![\w-])""")


def name(path: Path) -> str:
    return str(path.relative_to(APPS))


def known_icons() -> set[str]:
    lines = [line.split("#")[0].strip() for file in APPS.glob("*/icons.txt") for line in file.read_text().splitlines()]
    return {line for line in lines if line}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"<style\b", text), "a stylesheet belongs into static_src/css"
    scripts = re.findall(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
    assert not scripts, "a script belongs into static_src/js"
    for tag in TAG.findall(text):
        assert not re.search(r"\sstyle=", tag), f"inline style: {tag[:80]}"
        assert not re.search(r"\son[a-z]+=", tag), f"inline handler: {tag[:80]}"
        assert "hx-on" not in tag, f"hx-on is evaluated code: {tag[:80]}"
    assert "javascript:" not in text


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_names_only_icons_of_the_sprite(path: Path) -> None:
    named = {first or second for first, second in ICON.findall(path.read_text())}

    assert named <= known_icons(), f"add to your app's icons.txt: {sorted(named - known_icons())}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_loads_itself_again_is_a_part_that_comes_without_its_page(path: Path) -> None:
    text = path.read_text()
    before = [text[: found.start()] for found in REFRESHED.finditer(text)] if "{% extends" in text else []

    # A whole page in answer to a part makes the browser go there: whoever reads it would see it reload again and again.
    assert all(each.count("{% partialdef") > each.count("{% endpartialdef") for each in before)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_template_does_not_use_looks_of_the_base_stylesheet(path: Path) -> None:
    assert not FOREIGN.search(path.read_text())


@pytest.mark.parametrize("path", [path for path in TEMPLATES if UI in path.parents], ids=name)
def test_template_compiles(path: Path) -> None:
    get_template(str(path).split("/templates/")[1])


def test_raw_colours_and_durations_stand_in_the_tokens_only() -> None:
    files = [path for path in APPS.glob("*/static_src/css/*.css") if path.name != "tokens.css"]

    for path in files:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![\w-])|\brgba?\(|\bhsla?\(", text), name(path)
        assert len(path.read_text().splitlines()) <= 300, name(path)


def test_important_stands_only_in_the_responsive_switches() -> None:
    files = [path for path in APPS.glob("*/static_src/css/*.css") if path.name != "responsive.css"]

    assert [name(path) for path in files if "!important" in path.read_text()] == []


def test_layers_name_every_stylesheet_of_ui() -> None:
    build = (UI / "build" / "build.mjs").read_text()

    for path in (UI / "static_src" / "css").glob("*.css"):
        assert path.stem in build, f"{path.name} is not part of the build"


def test_lockfile_names_no_registry() -> None:
    lock = (APPS.parents[1] / "package-lock.json").read_text()

    assert '"resolved"' not in lock
