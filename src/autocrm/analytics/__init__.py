"""Floor 8: dashboards."""
