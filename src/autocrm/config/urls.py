"""Every address of the product: each app's pages, the API, sign-in, the operators' site."""

from importlib.util import find_spec
from typing import Any

from django.urls import include, path

from autocrm.users.admin import site as operators

# The order matters only where addresses overlap: fixed words come before a record type's plural.
PAGES = (
    ("", "autocrm.web.urls"),
    ("", "autocrm.users.urls"),
    ("", "autocrm.notifications.urls"),
    ("", "autocrm.transfers.urls"),
    ("", "autocrm.activities.urls"),
    ("", "autocrm.contacts.urls"),
    ("", "autocrm.workflows.urls"),
    ("", "autocrm.analytics.urls"),
    ("", "autocrm.ui.urls"),
    ("", "autocrm.jobs.urls"),
    ("api/v1/", "autocrm.api.urls"),
    ("accounts/", "allauth.urls"),
    ("", "autocrm.records.urls"),
)


def _included(pages: tuple[tuple[str, str], ...]) -> list[Any]:
    return [path(prefix, include(module)) for prefix, module in pages if find_spec(module)]


urlpatterns = [*_included(PAGES), path("operators/", operators.urls)]

handler400 = "autocrm.web.errors.bad_request"
handler403 = "autocrm.web.errors.forbidden"
handler404 = "autocrm.web.errors.not_found"
handler500 = "autocrm.web.errors.server_error"
