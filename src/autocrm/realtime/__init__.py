"""Floor 9: the socket of open pages: hints that something changed, and the notifications that were missed.

Offers `consumers.NotificationsConsumer` at /ws/notifications/ and the sender behind the kernel's push port. A hint may
be lost; the rows never are: every socket looks at its person's counter each WATCH_SECONDS and catches up by number.
"""
