"""Wiring of the app `ui`."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from typing_extensions import override

from autocrm.ui.checks import check_templates


class UiConfig(AppConfig):
    """Registers the check that the template engine is set up as docs/apps/ui.md asks for."""

    name = "autocrm.ui"
    label = "ui"

    @override
    def ready(self) -> None:
        register(check_templates, Tags.templates)
