"""Addresses of activities; those below a record carry the plural of its type."""

from django.urls import path

from autocrm.activities.views import compose, notes, panels, tasks, today

app_name = "activities"

urlpatterns = [
    path("today/", today.show_today, name="today"),
    path("today/done/", today.show_done, name="today-done"),
    path("tasks/<uuid:task_id>/complete/", tasks.complete, name="complete"),
    path("tasks/<uuid:task_id>/reopen/", tasks.reopen, name="reopen"),
    path("tasks/<uuid:task_id>/reschedule/", tasks.reschedule, name="reschedule"),
    path("notes/<uuid:note_id>/write/", notes.write, name="write-note"),
    path("notes/<uuid:note_id>/pin/", notes.pin, name="pin-note"),
    path("<slug:plural>/<uuid:record_id>/compose/<slug:form>/", compose.compose, name="compose"),
    path("<slug:plural>/<uuid:record_id>/timeline/", panels.show_timeline, name="timeline"),
    path("<slug:plural>/<uuid:record_id>/timeline/authors/", panels.show_authors, name="timeline-authors"),
    path("<slug:plural>/<uuid:record_id>/upcoming/", panels.show_upcoming, name="upcoming"),
]
