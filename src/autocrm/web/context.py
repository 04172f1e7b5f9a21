"""The context processor of every template: the shell around a signed-in page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from autocrm.web.shell import build_shell


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell` for the layouts; built when a template first reads it, so fragments pay nothing."""
    return {"shell": SimpleLazyObject(lambda: build_shell(request))}
