"""Addresses of the notification pages."""

from django.urls import path

from autocrm.notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.bell, name="bell"),
    path("notifications/counts/", views.counts, name="counts"),
    path("notifications/read/", views.read, name="read"),
    path("notifications/archive/", views.put_away, name="archive"),
    path("notifications/archive/undo/", views.put_back, name="put-back"),
    path("notifications/<uuid:notification_id>/", views.open_one, name="open"),
    path("follow/<slug:kind>/<uuid:record_id>/", views.follow, name="follow"),
    path("inbox/", views.inbox, name="inbox"),
    path("settings/notifications/", views.preferences, name="preferences"),
]
