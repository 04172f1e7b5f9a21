"""Addresses of the workflow pages."""

from django.urls import path

from autocrm.workflows import views

app_name = "workflows"
urlpatterns = [
    path("workflows/", views.show_list, name="list"),
    path("workflows/new/", views.create, name="new"),
    path("workflows/new/draft/", views.redraw, name="new_draft"),
    path("workflows/runs/<uuid:run_id>/replay/", views.replay, name="replay"),
    path("workflows/<uuid:workflow_id>/", views.edit, name="workflow"),
    path("workflows/<uuid:workflow_id>/draft/", views.redraw, name="draft"),
    path("workflows/<uuid:workflow_id>/switch/", views.switch, name="switch"),
    path("workflows/<uuid:workflow_id>/runs/", views.show_runs, name="runs"),
    path("workflows/<uuid:workflow_id>/versions/", views.show_versions, name="versions"),
]
