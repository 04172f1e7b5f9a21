"""Floor 9: REST assembly and OpenAPI."""
