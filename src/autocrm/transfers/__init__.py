"""Floor 2b: import, export and their undo.

Owns imports, the files they came in, their faults and their chunks. Offers others nothing to call: an import is
asked for on its page or over the API, and ends in records, journal entries and one notice to whoever asked.
"""
