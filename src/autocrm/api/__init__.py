"""Floor 9: the REST face: addresses, errors as problem+json, limits, idempotency keys, OpenAPI, reference."""
