"""The record types this app owns, as permissions name them: "task.update", "note.read"."""

TASK = "task"
NOTE = "note"
CALL = "call"
MEETING = "meeting"
EMAIL = "email"

# Every kind of activity, in the order in which pages name them.
ACTIVITIES = (NOTE, TASK, CALL, MEETING, EMAIL)
# What may lie ahead of somebody: it has a time, is open, and is done at some point.
PLANNED = (TASK, CALL, MEETING)
