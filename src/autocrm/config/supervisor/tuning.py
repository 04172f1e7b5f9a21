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
_FEW_BUFFERS = 512
_FOR_TESTS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "pg_prewarm.autoprewarm": "off",
}


def settings_for(*, memory: int, processors: int, stored: int, for_tests: bool) -> Mapping[str, str]:
    """All settings of one server; `memory`, and what is `stored` already, in MB.

    Shared buffers for all that is stored and half as much again, up to an eighth of the memory: what a list without an
    index reads is then not copied from the cache of the system first. The buffers themselves are taken as they are
    used, but what describes them is there from the start, 50 MB for 3 GB, so a small workspace gets few; one that has
    grown gets more at the next start. Half of a large table is read by a second process where there is a processor.
    """
    most = min(max(memory // 8, 128), 4096)
    sized = {
        "shared_buffers": f"{min(max(stored * 3 // 2, _FEW_BUFFERS), most)}MB",
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


def stored_in(folder: Path) -> int:
    """MB of the tables and indexes in the data folder of a server; none while it is not there or cannot be read."""
    found = (Path(place) / name for place, _folders, names in os.walk(folder / "base") for name in names)
    return sum(_size_of(each) for each in found) // _MEGABYTE


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def processors_of_machine() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
