"""Floor 1a: job rows, leases, schedules and worker heartbeats.

Owns the truth about work that runs later: the rows that `kernel.jobs.enqueue` writes in the business transaction.
Offers `services.run_due` (claims fairly across tenants and runs), `services.sweep`, and the port `hints` that wakes
workers.
"""
