"""The addresses of record types, all derived from the plural of their declaration."""

from django.urls import path

from autocrm.records.routing import typed
from autocrm.records.views import carrying, creating, edits, lists, pages, panels, picking, removal

app_name = "records"

urlpatterns = [
    path("pick/user/", picking.pick_user, name="pick-user"),
    path("pick/<slug:kind>/", picking.pick_record, name="pick-record"),
    path("<slug:plural>/", typed(lists.show_list), name="list"),
    path("<slug:plural>/count/", typed(lists.show_count), name="count"),
    path("<slug:plural>/filter/", typed(lists.show_filter), name="filter"),
    path("<slug:plural>/board/column/", typed(carrying.show_column), name="board-column"),
    path("<slug:plural>/new/", typed(creating.create), name="create"),
    path("<slug:plural>/duplicates/", typed(creating.show_duplicates), name="duplicates"),
    path("<slug:plural>/bulk/archive/", typed(removal.archive_several), name="bulk-archive"),
    path("<slug:plural>/bulk/restore/", typed(removal.restore_several), name="bulk-restore"),
    path("<slug:plural>/<uuid:record_id>/", typed(pages.show_record), name="record"),
    path("<slug:plural>/<uuid:record_id>/peek/", typed(pages.show_peek), name="peek"),
    path("<slug:plural>/<uuid:record_id>/move/", typed(carrying.move), name="move"),
    path("<slug:plural>/<uuid:record_id>/edit/<slug:field>/", typed(edits.edit_field), name="edit"),
    path("<slug:plural>/<uuid:record_id>/archive/", typed(removal.archive), name="archive"),
    path("<slug:plural>/<uuid:record_id>/restore/", typed(removal.restore), name="restore"),
    path("<slug:plural>/<uuid:record_id>/panels/<slug:panel>/", typed(panels.show_panel), name="panel"),
]
