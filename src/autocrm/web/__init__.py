"""Floor 9: the page shell and navigation."""
