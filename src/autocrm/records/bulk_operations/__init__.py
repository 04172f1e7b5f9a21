"""Many records changed at once as a job: selection, actions, progress, results, undo."""
