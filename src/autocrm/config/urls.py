"""Every address of the product: each app's pages, the API, sign-in, the operators' site."""

from django.urls import include, path

from autocrm.users.admin import site as operators

# The order matters only where addresses overlap: fixed words come before a record type's plural.
urlpatterns = [
    path("", include("autocrm.web.urls")),
    path("", include("autocrm.users.urls")),
    path("", include("autocrm.notifications.urls")),
    path("", include("autocrm.transfers.urls")),
    path("", include("autocrm.activities.urls")),
    path("", include("autocrm.workflows.urls")),
    path("", include("autocrm.analytics.urls")),
    path("", include("autocrm.ui.urls")),
    path("api/v1/", include("autocrm.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("operators/", operators.urls),
    path("", include("autocrm.records.urls")),
]

handler400 = "autocrm.web.errors.bad_request"
handler403 = "autocrm.web.errors.forbidden"
handler404 = "autocrm.web.errors.not_found"
handler500 = "autocrm.web.errors.server_error"
