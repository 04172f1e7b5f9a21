"""AutoCRM's database backend: PostgreSQL with the tenant pinned to every transaction and tenant-first keys."""
