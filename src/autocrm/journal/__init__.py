"""Floor 1a: the append-only log of everything that happened."""
