"""Floor 9: WebSockets."""
