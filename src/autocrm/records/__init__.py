"""Floor 2a: record types, fields, views, search, tags."""
