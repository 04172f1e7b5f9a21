"""Rights about jobs."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

MANAGE_JOBS = declare_code("jobs.manage", _("See background jobs, cancel and repeat them"))
