"""What the embedded PostgreSQL is told about itself: settings that follow the memory and processors of this machine."""

import os
from collections.abc import Mapping
from pathlib import Path

_MEGABYTE = 1024 * 1024
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

# Small when idle, sane at a million rows. PostgreSQL 18 would keep three I/O workers resident; `sync` reads in place.
_FIXED: Mapping[str, str] = {
    "max_connections": "100",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "10min",
    "synchronous_commit": "on",
    # What was in memory is read again after a start, beside the work: the first look at a large list is no slower.
    "shared_preload_libraries": "pg_stat_statements,pg_prewarm",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # Values in statements are personal data; a log is no place for them.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_FOR_TESTS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "pg_prewarm.autoprewarm": "off",
}


def settings_for(*, memory: int, processors: int, for_tests: bool) -> Mapping[str, str]:
    """All settings of one server; `memory` in MB.

    An eighth of the memory for shared buffers: what a list without an index reads is then not copied from the cache of
    the system first. It is taken page by page as it is used, so a small workspace takes little. Half of a large table
    is read by a second process where there is a processor for it.
    """
    sized = {
        "shared_buffers": f"{min(max(memory // 8, 128), 4096)}MB",
        "effective_cache_size": f"{max(memory // 2, 512)}MB",
        "max_parallel_workers_per_gather": str(min(max(processors - 1, 1), 2)),
    }
    return {**_FIXED, **sized, **(_FOR_TESTS if for_tests else {})}


def memory_of_machine() -> int:
    """MB that this machine, or the container around us, has."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = _CGROUP_LIMIT.read_text().strip()
    except OSError:
        limit = ""
    return min(memory, int(limit) if limit.isdecimal() else memory) // _MEGABYTE


def processors_of_machine() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
