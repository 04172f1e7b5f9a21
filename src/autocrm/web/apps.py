"""Wiring of the web app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from autocrm.kernel.palette import PaletteProvider, add_provider


class WebConfig(AppConfig):
    """Registers the palette's pages and commands, after everything that was found."""

    name = "autocrm.web"
    label = "web"

    def ready(self) -> None:
        add_provider(PaletteProvider("pages", import_string("autocrm.web.palette.search_pages"), order=900))
