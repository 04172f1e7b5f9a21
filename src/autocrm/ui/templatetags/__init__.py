"""Template tags of the app `ui`."""
