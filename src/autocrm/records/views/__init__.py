"""The pages of record types, one module for each kind of page."""
