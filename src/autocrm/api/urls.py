"""Everything below /api/v1/: each app's own addresses first, then those of the record types."""

from django.urls import path

from autocrm.activities.api import api_urls as activities
from autocrm.analytics.api import api_urls as analytics
from autocrm.api import views
from autocrm.contacts.api import api_urls as contacts
from autocrm.notifications.api import api_urls as notifications
from autocrm.records.api import api_urls as records
from autocrm.records.api_bulk import api_urls as bulk
from autocrm.records.api_fields import api_urls as custom_fields
from autocrm.records.api_merging import api_urls as merging
from autocrm.records.api_objects import api_urls as custom_objects
from autocrm.records.api_tags import api_urls as tags
from autocrm.records.view_api import api_urls as views_of_lists
from autocrm.transfers.api import api_urls as transfers
from autocrm.transfers.api_exports import api_urls as transfers_exports
from autocrm.transfers.api_wizard import api_urls as transfers_wizard
from autocrm.users.api import api_urls as users
from autocrm.workflows.api import api_urls as workflows

urlpatterns = [
    path("", views.IndexView.as_view(), name="api-index"),
    path("schema/", views.SchemaView.as_view(), name="api-schema"),
    path("docs/", views.docs, name="api-docs"),
    *users,
    *notifications,
    *contacts,
    *activities,
    *workflows,
    *analytics,
    *transfers_exports,
    *transfers_wizard,
    *transfers,
    *custom_fields,
    *bulk,
    *custom_objects,
    *tags,
    *views_of_lists,
    *merging,
    *records,
]
