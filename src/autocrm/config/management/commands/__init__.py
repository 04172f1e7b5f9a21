"""Commands that need more than one app."""
