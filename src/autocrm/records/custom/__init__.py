"""What a tenant adds to its data model: fields of its own, record types of its own, their definitions and pages."""
