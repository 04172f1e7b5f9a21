"""The settings pages about people, and the doors into a workspace."""
