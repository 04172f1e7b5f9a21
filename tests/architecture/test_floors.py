"""What import-linter cannot see, because it stands in strings: relations, migrations, templates; and private edges."""

import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from tests.architecture.floors import FLOORS, PACKAGE, app_of, may_use

EDGES = {"views", "api", "forms", "serializers", "tasks", "subscribers", "automation", "admin", "urls", "reports"}
FACES = {"config", "web", "api", "realtime"}
REFERENCE = re.compile(r"""\{%\s*(?:extends|include|partial)\s+["']([\w./-]+)["']""")


def own_labels() -> dict[str, str]:
    """Django's app labels to our package names."""
    return {
        config.label: config.name.split(".")[1]
        for config in apps.get_app_configs()
        if config.name.startswith("autocrm.")
    }


def test_every_app_stands_on_a_floor() -> None:
    assert set(own_labels().values()) <= set(FLOORS)


def test_relations_point_down() -> None:
    ours = own_labels()
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if field.related_model._meta.app_label in ours
        if not may_use(ours[model._meta.app_label], ours[field.related_model._meta.app_label])
    ]

    assert upward == []


def test_migrations_depend_downward() -> None:
    ours = own_labels()
    upward = [
        f"{label}.{name} -> {other}"
        for (label, name), migration in MigrationLoader(None).disk_migrations.items()
        for other, _ in [*migration.dependencies, *migration.run_before]
        if label in ours and other in ours and not may_use(ours[label], ours[other])
    ]

    assert upward == []


def templates() -> Iterator[Path]:
    return (path for path in PACKAGE.glob("*/templates/**/*.html") if path.is_file())


def test_templates_extend_and_include_downward() -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} -> {target}"
        for path in templates()
        for target in REFERENCE.findall(path.read_text(encoding="utf-8"))
        if target.split("/")[0] in FLOORS and not may_use(app_of(path), target.split("/")[0])
    ]

    assert upward == []


def test_an_app_keeps_its_templates_under_its_own_name() -> None:
    """Else one app's page could silently take the place of another's."""
    shared = {"cotton", "account", "mfa", "usersessions", "allauth", "admin"}
    error_page = re.compile(r"\d{3}\.html")
    strays = [
        str(path.relative_to(PACKAGE))
        for path in templates()
        if (first := path.relative_to(PACKAGE).parts[2]) not in {app_of(path), *shared}
        and not error_page.fullmatch(first)
    ]

    assert strays == []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("autocrm", cache_dir=None)


def test_edges_are_private(graph: grimp.ImportGraph) -> None:
    """Another app's views, API, forms, tasks are for the faces and the composition root only."""
    trespasses = []
    for module in graph.modules:
        parts = module.split(".")
        if len(parts) < 3 or parts[2] not in EDGES or parts[1] in {"config", "kernel"}:
            continue
        for importer in graph.find_modules_that_directly_import(module):
            visitor = importer.split(".")[1]
            if visitor != parts[1] and visitor not in FACES and "tests" not in importer.split("."):
                trespasses.append(f"{importer} -> {module}")

    assert trespasses == []


def test_only_the_platform_door_names_the_platform_database() -> None:
    """Code that sees every tenant goes through kernel.platform, where it has to say why."""
    allowed = {"kernel/platform.py", "config/settings.py", "tenants/routing.py"}
    pattern = re.compile(r"""(?:using\(|using=|connections\[)\s*["']platform["']""")
    strangers = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if str(path.relative_to(PACKAGE)) not in allowed and pattern.search(path.read_text(encoding="utf-8"))
    ]

    assert strangers == []
