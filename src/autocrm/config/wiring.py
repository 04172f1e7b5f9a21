"""Binds the wake-up hints of jobs to Celery."""

from autocrm.config import env
from autocrm.config.waking import waker
from autocrm.jobs import hints

# Off where nobody listens: the test suite runs what is due itself.
if env.flag("AUTOCRM_JOB_HINTS", default=True):
    hints.bind(waker.wake)
