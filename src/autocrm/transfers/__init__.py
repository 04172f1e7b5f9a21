"""Floor 2b: import, export and their undo."""
