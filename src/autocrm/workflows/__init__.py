"""Floor 7: automation."""
