"""The shapes of services, selectors, edges and tests: what the house promises of every app, whoever writes it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

from tests.architecture.floors import FLOORS, PACKAGE, app_of
from tests.architecture.test_sizes import modules, name

APPS = set(FLOORS) - {"kernel", "config"}
FACES = {"web", "api", "realtime"}
# What knows requests and answers; everything below is asked with plain values.
INNER = ("services", "selectors", "models", "querysets", "events", "errors", "permissions")
OUTER = ("views", "api", "forms", "serializers", "urls", "templatetags")
SPEAKING = ("services", "selectors", "permissions", "querysets")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def product() -> Iterator[Path]:
    """Every module that ships."""
    return (path for path in modules() if PACKAGE in path.parents and "tests" not in path.parts)


def storey(path: Path) -> str:
    """The kind of file within its app: `services` for services.py as for a module of the package services."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[1] if len(parts) > 1 and parts[0] in APPS else ""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def public_functions(path: Path) -> Iterator[Function]:
    for node in parsed(path).body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def arguments(function: Function) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]


def test_the_actor_of_a_service_comes_last_and_is_named() -> None:
    wrong = [
        f"{name(path)}:{function.lineno} {function.name}"
        for path in product()
        if storey(path) == "services"
        for function in public_functions(path)
        if "actor" in arguments(function)
        if not function.args.kwonlyargs or function.args.kwonlyargs[-1].arg != "actor"
    ]

    assert wrong == []


def test_no_service_does_without_an_actor_that_is_given() -> None:
    """A default would be somebody: the caller always says who acts."""
    wrong = [
        f"{name(path)}:{function.lineno} {function.name}"
        for path in product()
        if storey(path) == "services"
        for function in public_functions(path)
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        if argument.arg == "actor" and default is not None
    ]

    assert wrong == []


def test_what_lies_inside_knows_no_request() -> None:
    knowing = [
        f"{name(path)}:{node.lineno}"
        for path in product()
        if storey(path) in INNER and app_of(path) not in FACES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("django.http", "django.shortcuts"))
    ]

    assert knowing == []


def test_edges_ask_selectors_and_services_and_no_manager() -> None:
    """`UserSession` is allauth's: it has no selectors."""
    asking = [
        f"{name(path)}:{node.lineno}"
        for path in product()
        if storey(path) in OUTER
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "across_tenants"}
        if not (isinstance(node.value, ast.Name) and node.value.id == "UserSession")
    ]

    assert asking == []


def test_records_are_reached_through_their_type() -> None:
    """Types that tenants make share one table: `record_type.rows()` knows which rows are meant, the model does not."""
    around = [
        f"{name(path)}:{node.lineno}"
        for path in product()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
        if isinstance(node.value, ast.Attribute) and node.value.attr == "model"
        if name(path) != "src/autocrm/records/registry.py"
    ]

    assert around == []


def test_what_others_call_says_what_it_does() -> None:
    silent = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in product()
        if storey(path) in SPEAKING or app_of(path) == "kernel"
        for node in parsed(path).body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_settings_are_read_when_they_are_needed() -> None:
    """Read at import time a setting can be changed by no test, and by no process that starts later."""
    early = [
        f"{name(path)}:{node.lineno} settings.{node.attr}"
        for path in product()
        if app_of(path) != "config"
        for node in at_import(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "settings"
    ]

    assert early == []


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is loaded: all of it but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda):
            continue
        if isinstance(child, Function):
            for part in (*child.decorator_list, child.args):
                yield part
                yield from at_import(part)
            continue
        yield child
        yield from at_import(child)


def test_every_address_leads_to_a_view_of_its_own_app() -> None:
    strays = [
        f"{owner}: {pattern.pattern} -> {pattern.callback.__module__}"
        for owner, pattern in addresses(get_resolver().url_patterns)
        if not pattern.callback.__module__.startswith(f"{owner}.") and view_class(pattern) is not RedirectView
    ]

    assert strays == []


def test_every_app_with_addresses_is_reached() -> None:
    written = {path.parent.name for path in PACKAGE.glob("*/urls.py")} - {"config"}
    reached = {owner.split(".")[1] for owner, _pattern in addresses(get_resolver().url_patterns)}

    assert written <= reached


def addresses(found: list[URLPattern | URLResolver]) -> Iterator[tuple[str, URLPattern]]:
    """The patterns of our own pages, each with the package of the app whose `urls` declares it; not the API's.

    `api.urls` puts together what every app declares in its `api_urls`.
    """
    for resolver in found:
        if isinstance(resolver, URLResolver) and str(getattr(resolver.urlconf_name, "__name__", "")).startswith(
            "autocrm."
        ):
            owner = resolver.urlconf_name.__name__.removesuffix(".urls")
            yield from ((owner, each) for each in resolver.url_patterns if belongs_to_one(owner, each))


def belongs_to_one(owner: str, pattern: URLPattern | URLResolver) -> bool:
    return isinstance(pattern, URLPattern) and (owner != "autocrm.api" or pattern.callback.__module__.startswith(owner))


def view_class(pattern: URLPattern) -> object:
    return getattr(pattern.callback, "view_class", None)


def test_tests_wait_for_facts_and_not_for_time() -> None:
    """A sleep outside a loop that asks is a guess: too long on one machine, too short on another."""
    guesses = [
        f"{name(path)}:{call.lineno}"
        for path in modules()
        if "tests" in path.parts
        for function in ast.walk(parsed(path))
        if isinstance(function, Function)
        for call in outside_loops(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"time.sleep", "sleep"}
    ]

    assert guesses == []


def outside_loops(node: ast.AST) -> Iterator[ast.AST]:
    """What a function does, but for what it repeats and for functions within it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.While | ast.For | Function):
            yield child
            yield from outside_loops(child)
