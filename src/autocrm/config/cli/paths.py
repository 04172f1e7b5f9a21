"""Where things are: the source tree, and one installation's data directory."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
SOURCE = ROOT / "src"
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The folder that holds everything one installation owns; copying it copies the installation."""

    path: Path

    @classmethod
    def at(cls, given: str | None) -> "DataDirectory":
        """From `--data-dir`, else AUTOCRM_DATA_DIR, else `data` beside the source."""
        chosen = given or os.environ.get("AUTOCRM_DATA_DIR") or str(ROOT / "data")
        return cls(Path(chosen).expanduser().absolute())

    @property
    def lock(self) -> Path:
        """Held while services of this directory run; names the holder."""
        return self.path / "autocrm.lock"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, mode 0600."""
        return self.path / "secrets.json"

    @property
    def demo(self) -> Path:
        """What `load_demo --print-json` answered: how to sign in."""
        return self.path / "demo.json"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Sockets and generated configuration of the running services."""
        return self.path / "run"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's files, unless this folder is closed to its account (see supervisor.postgres)."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's working folder."""
        return self.path / "valkey"
