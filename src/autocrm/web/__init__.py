"""Floor 9: what stands around every page: shell, navigation, palette, errors, health, the way home."""
