"""Floor 2b: the in-app inbox."""
