"""The addresses of record types, all derived from the plural of their declaration."""

from django.urls import path

from autocrm.records.routing import typed
from autocrm.records.views import (
    besides,
    bulk,
    carrying,
    creating,
    edits,
    lists,
    objects,
    pages,
    panels,
    picking,
    removal,
    saved,
)
from autocrm.records.views import bin as recycle_bin

app_name = "records"

urlpatterns = [
    path("settings/data-model/objects/new/", objects.new_object, name="new-object"),
    path("settings/data-model/objects/<uuid:object_id>/", objects.edit_object, name="edit-object"),
    path("settings/data-model/objects/<uuid:object_id>/archive/", objects.archive_object, name="archive-object"),
    path("settings/data-model/objects/<uuid:object_id>/restore/", objects.restore_object, name="restore-object"),
    path("pick/user/", picking.pick_user, name="pick-user"),
    path("pick/<slug:kind>/", picking.pick_record, name="pick-record"),
    path("bin/", recycle_bin.show_bin, name="bin"),
    path("bulk/", bulk.list_operations, name="bulk-list"),
    path("bulk/<uuid:operation_id>/", bulk.show_operation, name="bulk"),
    path("bulk/<uuid:operation_id>/cancel/", bulk.cancel, name="bulk-cancel"),
    path("bulk/<uuid:operation_id>/undo/", bulk.undo, name="bulk-undo"),
    path("bulk/<uuid:operation_id>/results.csv", bulk.results, name="bulk-results"),
    path("<slug:plural>/", typed(lists.show_list), name="list"),
    path("<slug:plural>/count/", typed(lists.show_count), name="count"),
    path("<slug:plural>/filter/", typed(lists.show_filter), name="filter"),
    path("<slug:plural>/board/column/", typed(carrying.show_column), name="board-column"),
    path("<slug:plural>/views/new/", typed(saved.new_view), name="view-new"),
    path("<slug:plural>/views/<uuid:view_id>/edit/", typed(saved.edit_view), name="view-edit"),
    path("<slug:plural>/views/<uuid:view_id>/save/", typed(saved.save_view), name="view-save"),
    path("<slug:plural>/views/<uuid:view_id>/duplicate/", typed(saved.duplicate_view), name="view-duplicate"),
    path("<slug:plural>/views/<uuid:view_id>/delete/", typed(saved.delete_view), name="view-delete"),
    path("<slug:plural>/views/<uuid:view_id>/move/", typed(saved.move_view), name="view-move"),
    path("<slug:plural>/views/<uuid:view_id>/pin/", typed(saved.pin_view), name="view-pin"),
    path("<slug:plural>/views/<uuid:view_id>/default/", typed(saved.open_with_view), name="view-default"),
    path("<slug:plural>/new/", typed(creating.create), name="create"),
    path("<slug:plural>/duplicates/", typed(creating.show_duplicates), name="duplicates"),
    path("<slug:plural>/bulk/field/", typed(bulk.show_field), name="bulk-field"),
    path("<slug:plural>/bulk/<slug:action>/", typed(bulk.begin), name="bulk-begin"),
    path("<slug:plural>/<uuid:record_id>/", typed(pages.show_record), name="record"),
    path("<slug:plural>/<uuid:record_id>/peek/", typed(pages.show_peek), name="peek"),
    path("<slug:plural>/<uuid:record_id>/beside/", typed(besides.show_beside), name="beside"),
    path("<slug:plural>/<uuid:record_id>/move/", typed(carrying.move), name="move"),
    path("<slug:plural>/<uuid:record_id>/edit/<slug:field>/", typed(edits.edit_field), name="edit"),
    path("<slug:plural>/<uuid:record_id>/archive/", typed(removal.archive), name="archive"),
    path("<slug:plural>/<uuid:record_id>/restore/", typed(removal.restore), name="restore"),
    path("<slug:plural>/<uuid:record_id>/erase/", typed(recycle_bin.erase), name="erase"),
    path("<slug:plural>/<uuid:record_id>/panels/<slug:panel>/", typed(panels.show_panel), name="panel"),
]
