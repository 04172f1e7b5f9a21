"""The demo workspace of a first start, and how to sign in to it."""

import json
import sys
from pathlib import Path

from autocrm.config.cli.paths import VENV_PYTHON, DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.shell import run
from autocrm.config.supervisor.failure import CommandFailed


def main() -> int:
    """Load the demo as a step of a start; what it prints is kept, so that later starts can say how to sign in."""
    progress = Progress()
    data = DataDirectory.at(None)
    progress.line("making the demo workspace")
    command: list[str | Path] = [VENV_PYTHON, "-m", "autocrm.config.cli.manage", "load_demo", "--print-json"]
    try:
        answer = run(command, doing="making the demo workspace", remedy="Start without it: ./autocrm up --no-demo")
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code
    remember_demo(data, json.loads(answer.strip().splitlines()[-1]))
    return 0


def remember_demo(data: DataDirectory, answer: object) -> None:
    """Note that the first start is over; an empty answer stands for "none wanted"."""
    data.demo.touch(mode=0o600)
    data.demo.write_text(json.dumps(answer, indent=1))


def sign_in_lines(data: DataDirectory, address: str) -> list[str]:
    """How to sign in, for the end of a start."""
    known = json.loads(data.demo.read_text()) if data.demo.exists() else {}
    people = known.get("people", []) if isinstance(known, dict) else []
    if not people:
        return ["Make a workspace and its owner: ./autocrm manage create_workspace --help"]
    lines = ["Sign in to the demo (as long as you keep it):"]
    for person in people:
        place = person.get("url") or address
        who = f"{person.get('name', '')}, {person.get('role', '')} of {person.get('workspace', '')}"
        lines.append(f"  {person['email']}  password: {person['password']}  ({who.strip(', ')})  {place}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
