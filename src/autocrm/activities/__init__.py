"""Floor 3a: tasks and notes, their links to records of any type, and the timeline of a record.

Owns `Task`, `Note` and `ActivityLink`. Offers `services` to add, complete and reschedule, `selectors` for a record's
upcoming tasks and its timeline (activities and journal together), the engagement signal, and the Today page.
"""
