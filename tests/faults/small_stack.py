"""A stack of tiny children under the real supervisor: `python -m tests.faults.small_stack FOLDER CHILD...`."""

import sys
from pathlib import Path

from autocrm.config.supervisor.child import ChildSpec, Tier
from autocrm.config.supervisor.watch import ChildFailed, Supervisor

_SLEEPS = "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid()));"
CHILDREN = {
    "obedient": _SLEEPS + "signal.pause()",
    "stubborn": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    + _SLEEPS
    + "\nwhile True: signal.pause()",
    "parent": "import subprocess, sys;"
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.signal(15, signal.SIG_IGN);"
    + _SLEEPS.replace("'", '"')
    + "\\nwhile True: signal.pause()', sys.argv[1]]).wait()",
    "broken": "import sys; sys.exit('I cannot find my configuration')",
}


def spec(folder: Path, name: str, needs: tuple[str, ...]) -> ChildSpec:
    """The child `name`, ready once it has written its pid."""
    pid_file = folder / f"{name}.pid"
    return ChildSpec(
        name=name,
        command=(sys.executable, "-c", CHILDREN[name], str(pid_file)),
        environment={},
        folder=folder,
        log=folder / f"{name}.log",
        needs=needs,
        is_ready=lambda: pid_file.exists() and pid_file.read_text() != "",
        tier=Tier.PRODUCT if needs else Tier.STORAGE,
    )


def main(folder: Path, names: list[str]) -> int:
    """Each child needs the one before it."""

    def report(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    with Supervisor(report) as supervisor:
        supervisor.add(spec(folder, name, tuple(names[:place][-1:])) for place, name in enumerate(names))
        try:
            supervisor.start()
        except ChildFailed as failed:
            report(f"failed: {failed.name} {failed.happened}: {failed.last_words}")
            return 1
        report("ready")
        supervisor.run()
    report("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
