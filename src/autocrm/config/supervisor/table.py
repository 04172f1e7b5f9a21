"""The processes of the product, each with its command; the only place that knows them."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from autocrm.config.supervisor.child import ChildSpec

QUEUES = ("workflows", "integrations", "notifications", "analytics", "default")
_WORKER_THREADS = 4


def product_specs(
    environment: Mapping[str, str], *, folder: Path, logs: Path, port: int, needs: tuple[str, ...]
) -> list[ChildSpec]:
    """Web at once; worker and scheduler after it, so that the first page does not wait for them on a small machine."""

    def spec(name: str, *arguments: str, after: tuple[str, ...], start_limit: float = 60) -> ChildSpec:
        return ChildSpec(
            name=name,
            command=(sys.executable, *arguments),
            environment=environment,
            folder=folder,
            log=logs / f"{name}.log",
            needs=after,
            is_ready=(lambda: answers(port, "/readyz")) if name == "web" else None,
            announcement="the pages answer" if name == "web" else "",
            start_limit=start_limit,
        )

    celery = ("-m", "celery", "-A", "autocrm.config.celery", "worker", "--pool", "threads")
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    return [
        spec("web", "-m", "autocrm.config.web", after=needs, start_limit=120),
        spec(
            "worker",
            *(*celery, "--concurrency", str(_WORKER_THREADS), "--queues", ",".join(QUEUES), *quiet),
            after=("web",),
        ),
        spec("scheduler", "-m", "autocrm.config.cli.manage", "run_scheduler", after=("web",)),
    ]


def answers(port: int, path: str, host: str = "127.0.0.1") -> bool:
    """Whether the web process answers `path` with 200. By hand: http.client would keep eight megabytes for it."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(request.encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
