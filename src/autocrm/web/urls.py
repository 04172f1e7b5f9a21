"""Addresses of the shell."""

from django.urls import path

from autocrm.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("palette/", views.palette, name="palette"),
    path("jobs/", views.tray, name="tray"),
]
