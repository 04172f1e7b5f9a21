"""Floor 2a, the record engine: one declaration makes a table, record page, form, filter, API and import.

Owns record types (the registry), the abstract `Record`, tags and the search table. Offers `services` to create,
update, archive and restore records of any type, `selectors` to list, get and search them, and the edges derived
from the declaration. A new record type costs a declaration and its real business rules, nothing else.
"""
