"""Floor 1a: the append-only log of everything that happened; audit trail, outbox and timeline at once.

Owns the partitioned `Entry` rows, the cursors of their consumers and the dead letters. Offers `services.write` (in the
caller's transaction), `consumers.register` for whoever acts on what happened, and `selectors.entries_of` for timelines.
"""
