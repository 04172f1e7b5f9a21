"""A process that could mix tenants up does not start."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.template import engines
from django.urls import get_resolver

from autocrm.config.startup import refuse_open_walls, warm_up
from tests.support import database


def test_a_sound_database_is_served(db: None) -> None:
    refuse_open_walls()


@pytest.mark.parametrize(
    "hole",
    [
        "ALTER TABLE contacts_contact NO FORCE ROW LEVEL SECURITY",
        "CREATE UNIQUE INDEX oracle ON contacts_contact (email)",
    ],
)
def test_an_open_wall_is_named_and_nothing_is_served(db: None, hole: str) -> None:
    name = f"autocrm_wall_{os.getpid()}"
    database.clone(name)
    with psycopg.connect(database.url_for("admin", name), autocommit=True) as admin:
        admin.execute(hole)

    web = subprocess.run(
        [sys.executable, "-m", "autocrm.config.web"],
        env=os.environ | database.environment(name) | {"AUTOCRM_PORT": "0", "PYTHONPATH": str(database.ROOT / "src")},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    database.drop(name)

    assert web.returncode == 1
    assert "Refused to start" in web.stderr


def test_what_pages_are_made_of_is_read_before_the_first_look() -> None:
    cached = engines["django"].engine.template_loaders[0].loaders[0]
    cached.reset()

    warm_up()

    assert {"records/list.html", "ui/shell.html"} <= {str(key) for key in cached.get_template_cache}
    assert get_resolver()._populated
