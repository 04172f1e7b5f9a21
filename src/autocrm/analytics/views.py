"""The dashboard's page, and Done beside one's own tasks on it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from autocrm.activities import services as activities
from autocrm.activities.permissions import TASK
from autocrm.analytics.presentation import page_context
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users.door import actor_of


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The page; the tiles alone when they load themselves again."""
    return render_page(request, "analytics/dashboard.html", page_context(actor_of(request)), partial="tiles")


@require_POST
def finish_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Mark one task done, with Undo."""
    task = activities.complete_task(task_id, actor=actor_of(request))
    undo = reverse("analytics:reopen_task", args=[task.id])
    return changed(no_content(_("Done: %(task)s") % {"task": task.subject}, undo), TASK, [task.id])


@require_POST
def reopen_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take it back."""
    task = activities.reopen_task(task_id, actor=actor_of(request))
    return changed(no_content(_("Open again: %(task)s") % {"task": task.subject}), TASK, [task.id])
