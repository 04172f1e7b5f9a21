"""Start-up check: the template engine has the loaders and builtins that every template of the product relies on."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

NEEDED_BUILTINS = (
    "django_cotton.templatetags.cotton",
    "template_partials.templatetags.partials",
    "autocrm.ui.templatetags.ui",
)


def check_templates(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Errors for each builtin that is missing from the first template engine."""
    del app_configs
    engine: dict[str, Any] = settings.TEMPLATES[0] if settings.TEMPLATES else {}
    builtins = engine.get("OPTIONS", {}).get("builtins", [])
    return [
        Error(f"TEMPLATES lacks the builtin {name}.", hint="See docs/apps/ui.md, section 1.", id="ui.E001")
        for name in NEEDED_BUILTINS
        if name not in builtins
    ]
