"""Floor 0: what every app stands on.

Offers the tenancy context, actors and permissions, conditions, the jobs, mail, push and storage ports, errors, clock,
money and ids. It has no models (only abstract ones), imports no app and names none.
"""
