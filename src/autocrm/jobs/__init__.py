"""Floor 1a: job rows, leases, schedules and worker heartbeats."""
