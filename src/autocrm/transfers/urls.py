"""Addresses of imports; each type that a file can fill has its own upload."""

from django.urls import path

from autocrm.records.routing import typed
from autocrm.transfers import views

app_name = "transfers"
urlpatterns = [
    path("imports/", views.list_imports, name="list"),
    path("imports/new/", views.new_import, name="new"),
    path("imports/<uuid:import_id>/", views.show_import, name="show"),
    path("imports/<uuid:import_id>/preview/", views.preview, name="preview"),
    path("imports/<uuid:import_id>/start/", views.start, name="start"),
    path("imports/<uuid:import_id>/cancel/", views.cancel, name="cancel"),
    path("imports/<uuid:import_id>/faults.csv", views.faulty_rows, name="faults"),
    path("<slug:plural>/import/", typed(views.upload), name="upload"),
]
