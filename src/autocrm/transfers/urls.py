"""Addresses of imports; each type that a file can fill has its own upload."""

from django.urls import path

from autocrm.records.routing import typed
from autocrm.transfers import export_views, views

app_name = "transfers"
urlpatterns = [
    path("imports/", views.list_imports, name="list"),
    path("imports/new/", views.new_import, name="new"),
    path("imports/<uuid:import_id>/", views.show_import, name="show"),
    path("imports/<uuid:import_id>/preview/", views.preview, name="preview"),
    path("imports/<uuid:import_id>/start/", views.start, name="start"),
    path("imports/<uuid:import_id>/read-again/", views.read_again, name="read_again"),
    path("imports/<uuid:import_id>/check/", views.check, name="check"),
    path("imports/<uuid:import_id>/check/stop/", views.stop_check, name="stop_check"),
    path("imports/<uuid:import_id>/templates/", views.save_template, name="save_template"),
    path("imports/<uuid:import_id>/apply/", views.apply_template, name="apply_template"),
    path("imports/templates/<uuid:template_id>/delete/", views.delete_template, name="delete_template"),
    path("imports/<uuid:import_id>/pause/", views.pause, name="pause"),
    path("imports/<uuid:import_id>/resume/", views.resume, name="resume"),
    path("imports/<uuid:import_id>/undo/", views.undo, name="undo"),
    path("imports/<uuid:import_id>/refusals.csv", views.refusals, name="refusals"),
    path("imports/<uuid:import_id>/cancel/", views.cancel, name="cancel"),
    path("imports/<uuid:import_id>/faults.csv", views.faulty_rows, name="faults"),
    path("exports/", export_views.list_exports, name="exports"),
    path("exports/<uuid:export_id>/file/", export_views.download, name="download"),
    path("exports/<uuid:export_id>/cancel/", export_views.cancel, name="cancel_export"),
    path("<slug:plural>/export/", typed(export_views.export), name="export"),
    path("<slug:plural>/import/", typed(views.upload), name="upload"),
]
