"""Floor 3a: tasks, notes and the timeline."""
