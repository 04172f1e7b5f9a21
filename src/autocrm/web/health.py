"""`/healthz` (alive, touches nothing) and `/readyz` (can serve: databases answer, migrations are applied).

A middleware before all others: no session, tenant, host check or transaction stands between a probe and its answer.
"""

import logging
import pkgutil
from collections.abc import Callable
from importlib import import_module

from django.apps import apps
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

ALIVE = "/healthz"
READY = "/readyz"

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the two probes and passes everything else on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == ALIVE:
            response: HttpResponse = HttpResponse("alive\n", content_type="text/plain; charset=utf-8")
        elif request.path == READY:
            response = _readiness()
        else:
            return self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response


class _Migrated:
    """Databases known to be migrated; that is not undone under a running process, so it is asked once."""

    def __init__(self) -> None:
        self.aliases: set[str] = set()


_migrated = _Migrated()


def find_unready() -> dict[str, str]:
    """What is not ready, by database: nothing when this process can serve."""
    reasons: dict[str, str] = {}
    for connection in connections.all():
        was_open = connection.connection is not None
        try:
            reason = _check(connection)
        except Error as error:
            # The reason may name hosts and users: it goes to the log, the probe learns the fact.
            logger.warning("health.database %s: %s", connection.alias, error)
            reason = "does not answer"
            connection.close()
        if reason:
            reasons[connection.alias] = reason
        if not was_open:
            # A probe asks in any of the web's threads; left open, its connections would stand there for nothing.
            connection.close()
    return reasons


def _check(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if connection.alias in _migrated.aliases or connection.alias == "platform":
            return ""
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        is_there = cursor.fetchone()[0]
        if is_there:
            cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall()) if is_there else set()
    missing = _migrations_on_disk() - applied
    if missing:
        return f"{len(missing)} migrations are not applied"
    _migrated.aliases.add(connection.alias)
    return ""


def _migrations_on_disk() -> set[tuple[str, str]]:
    """Every migration of the installed apps, by the names of their files: importing them all would cost memory."""
    found: set[tuple[str, str]] = set()
    for config in apps.get_app_configs():
        name, _explicit = MigrationLoader.migrations_module(config.label)
        try:
            package = import_module(name) if name else None
        except ModuleNotFoundError:
            continue
        if package is not None:
            found |= {
                (config.label, each.name)
                for each in pkgutil.iter_modules(package.__path__)
                if not each.ispkg and each.name[0] not in "_~"
            }
    return found


def _readiness() -> HttpResponse:
    reasons = find_unready()
    if reasons:
        return JsonResponse({"status": "not ready", "reasons": reasons}, status=503)
    return JsonResponse({"status": "ready"})
