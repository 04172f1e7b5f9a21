"""Addresses of activities; those below a record or an activity carry the plural of its type."""

from django.urls import path, register_converter

from autocrm.activities.views import actions, compose, feeds, meetings, moving, notes, panels, repeating, today

app_name = "activities"


class ActivityConverter:
    """The plural of a type of activity; what hangs below any other type is not answered here."""

    regex = "tasks|notes|calls|meetings|emails"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ActivityConverter, "activities")

_BELOW = "<activities:plural>/<uuid:activity_id>"

urlpatterns = [
    path("today/", today.show_today, name="today"),
    path("today/done/", today.show_done, name="today-done"),
    path("today/add/", today.add_quickly, name="today-add"),
    path("calendar/<str:key>.ics", feeds.read, name="calendar-feed"),
    path("settings/calendar/", feeds.show, name="calendar"),
    path("settings/calendar/renew/", feeds.renew, name="calendar-renew"),
    path("settings/calendar/revoke/", feeds.revoke, name="calendar-revoke"),
    path("pick/attendee/", meetings.pick, name="pick-attendee"),
    path("meetings/<uuid:meeting_id>/attendees/", meetings.attendees, name="attendees"),
    path("meetings/<uuid:meeting_id>/respond/", meetings.respond, name="respond"),
    path("meetings/<uuid:meeting_id>/invite/", meetings.invite, name="invite"),
    path("meetings/<uuid:meeting_id>/meeting.ics", meetings.download, name="meeting-file"),
    path("notes/<uuid:note_id>/write/", notes.write, name="write-note"),
    path(f"{_BELOW}/complete/", actions.complete, name="complete"),
    path(f"{_BELOW}/reopen/", actions.reopen, name="reopen"),
    path(f"{_BELOW}/reschedule/", moving.reschedule, name="reschedule"),
    path(f"{_BELOW}/pin/", actions.pin, name="pin"),
    path(f"{_BELOW}/link/", actions.link, name="link"),
    path(f"{_BELOW}/unlink/", actions.unlink, name="unlink"),
    path(f"{_BELOW}/about/", actions.show_about, name="about"),
    path(f"{_BELOW}/repeat/", repeating.repeat, name="repeat"),
    path(f"{_BELOW}/change/", repeating.change, name="change"),
    path("<slug:plural>/<uuid:record_id>/compose/<slug:form>/", compose.compose, name="compose"),
    path("<slug:plural>/<uuid:record_id>/timeline/", panels.show_timeline, name="timeline"),
    path("<slug:plural>/<uuid:record_id>/timeline/authors/", panels.show_authors, name="timeline-authors"),
    path("<slug:plural>/<uuid:record_id>/upcoming/", panels.show_upcoming, name="upcoming"),
]
