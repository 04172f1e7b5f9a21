"""The one way out: an HTTP client that people's URLs may be given to without reaching the inside of the house.

Use it as `from autocrm.kernel.egress import client as egress` and `egress.request(...)`. Other outgoing connections
(IMAP, SMTP, CalDAV) take their addresses from `egress.resolving.resolve_addresses`.
"""
