"""Addresses of the sockets."""

from channels.routing import URLRouter
from django.urls import path

from autocrm.realtime.consumers import NotificationsConsumer

sockets = URLRouter([path("ws/notifications/", NotificationsConsumer.as_asgi())])
