"""The Celery app: workers that are woken by messages; what there is to do stands in PostgreSQL.

Start a worker with `celery -A autocrm.config.celery worker`. A message may be lost, late or doubled without harm, so
there are no results, no ETAs and no retries here: attempts, schedules and order are columns of the job.
"""

import os
from typing import Any

import django
from celery import Celery
from celery.signals import import_modules
from django.apps import apps
from django.conf import settings
from kombu import Queue

from autocrm.config.startup import refuse_open_walls
from autocrm.kernel.jobs import QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autocrm.config.settings")

# After this time Redis hands out a message again that a dead worker had taken; the lease has long since done its work.
VISIBILITY_SECONDS = 600

# No fixups: Celery's own for Django would close every connection around every message.
app = Celery("autocrm", fixups=[], set_as_current=False)
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    imports=("autocrm.config.tasks",),
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="default",
    task_serializer="json",
    event_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_publish_retry=False,
    worker_pool="threads",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_soft_shutdown_timeout=5.0,
    enable_utc=True,
)


@import_modules.connect
def set_up_django(**_signal: Any) -> None:
    """A worker sets up Django and looks at the walls before it imports the tasks; elsewhere Django is there already."""
    if not apps.ready:
        django.setup()
        refuse_open_walls()
