"""Pages of activities: the middle of the record page, the Today page, and what their buttons do."""
