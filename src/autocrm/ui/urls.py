"""Addresses of the app `ui`; included at the root by `config`."""

from django.urls import path

from autocrm.ui import views

app_name = "ui"

urlpatterns = [path("_style/", views.style_page, name="style")]
