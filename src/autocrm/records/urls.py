"""The addresses of record types, all derived from the plural of their declaration."""

from django.urls import path, register_converter

from autocrm.records.converters import RecordTypeConverter
from autocrm.records.views import creating, edits, lists, pages, panels, picking, removal

register_converter(RecordTypeConverter, "record_type")

app_name = "records"

urlpatterns = [
    path("pick/user/", picking.pick_user, name="pick-user"),
    path("pick/<slug:kind>/", picking.pick_record, name="pick-record"),
    path("<record_type:record_type>/", lists.show_list, name="list"),
    path("<record_type:record_type>/count/", lists.show_count, name="count"),
    path("<record_type:record_type>/filter/", lists.show_filter, name="filter"),
    path("<record_type:record_type>/new/", creating.create, name="create"),
    path("<record_type:record_type>/duplicates/", creating.show_duplicates, name="duplicates"),
    path("<record_type:record_type>/bulk/archive/", removal.archive_several, name="bulk-archive"),
    path("<record_type:record_type>/bulk/restore/", removal.restore_several, name="bulk-restore"),
    path("<record_type:record_type>/<uuid:record_id>/", pages.show_record, name="record"),
    path("<record_type:record_type>/<uuid:record_id>/peek/", pages.show_peek, name="peek"),
    path("<record_type:record_type>/<uuid:record_id>/edit/<slug:field>/", edits.edit_field, name="edit"),
    path("<record_type:record_type>/<uuid:record_id>/archive/", removal.archive, name="archive"),
    path("<record_type:record_type>/<uuid:record_id>/restore/", removal.restore, name="restore"),
    path("<record_type:record_type>/<uuid:record_id>/panels/<slug:panel>/", panels.show_panel, name="panel"),
]
