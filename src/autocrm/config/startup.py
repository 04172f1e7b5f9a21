"""Before a process serves anybody: the wall between tenants must have no hole in any database, and pages be at hand."""

import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import get_resolver
from django.utils import translation

from autocrm.tenants.guard import describe, find_holes


def refuse_open_walls() -> None:
    """End the process in plain words when the catalogue guard finds a hole; costs some ten milliseconds."""
    for alias, database in settings.DATABASES.items():
        if not database["TENANT_GUARD"]:
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user")
            holes = find_holes(cursor, cursor.fetchone()[0])
        connections[alias].close()
        if holes:
            sys.exit(f"Refused to start: tenants are not kept apart in {alias!r}.\n{describe(holes)}\nSee doctor.")


def warm_up() -> None:
    """Read what pages are made of, addresses, templates and words, so that nobody's first look waits for it."""
    # Asked for its names, the resolver imports all that it leads to.
    _ = get_resolver().reverse_dict
    for name in _own_templates():
        get_template(name)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")


def _own_templates() -> Iterator[str]:
    ours = Path(__file__).resolve().parents[1]
    for folder in get_app_template_dirs("templates"):
        if ours in Path(folder).parents:
            yield from (str(each.relative_to(folder)) for each in Path(folder).rglob("*.html"))
