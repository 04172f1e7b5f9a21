"""Addresses of the dashboard."""

from django.urls import path

from autocrm.analytics import views

app_name = "analytics"
urlpatterns = [
    path("dashboard/", views.show, name="dashboard"),
    path("dashboard/tasks/<uuid:task_id>/done/", views.finish_task, name="finish_task"),
    path("dashboard/tasks/<uuid:task_id>/reopen/", views.reopen_task, name="reopen_task"),
]
