"""The floors, read from the one place that names them: the import contract in pyproject.toml."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "autocrm"


def _read_floors() -> dict[str, int]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return {app: height for height, layer in enumerate(reversed(layers)) for app in re.findall(r"\w+", layer)}


FLOORS = _read_floors()


def app_of(path: Path) -> str:
    """The app that a file below the package belongs to."""
    return path.relative_to(PACKAGE).parts[0]


def may_use(upper: str, lower: str) -> bool:
    """Whether app `upper` may build on app `lower`: itself, or a floor below."""
    return upper == lower or FLOORS[upper] > FLOORS[lower]
