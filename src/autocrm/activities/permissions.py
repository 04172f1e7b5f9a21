"""The record types this app owns, as permissions name them: "task.update", "note.read"."""

TASK = "task"
NOTE = "note"
