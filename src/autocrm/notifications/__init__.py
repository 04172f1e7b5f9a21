"""Floor 2b: the in-app inbox: what happened that somebody should know, live, counted by the server, with preferences.

Owns notifications, their numbering and who wants which kind. Offers `services.notify` and `kinds.declare` to the apps
above, the inbox page, the bell's list and the REST endpoints to people.
"""
