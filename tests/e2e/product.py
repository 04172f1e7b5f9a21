"""The product under its own supervisor, without its storage: `python -m tests.e2e.product FOLDER PORT`.

The servers come from the suite through the environment; what is under test is what `./autocrm up` starts beside them.
"""

import os
import sys
from pathlib import Path

from autocrm.config.supervisor.table import product_specs
from autocrm.config.supervisor.watch import ChildFailed, Supervisor


def main(folder: Path, port: int) -> int:
    """Run web, worker and scheduler until SIGTERM."""

    def report(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    with Supervisor(report) as supervisor:
        supervisor.add(product_specs(dict(os.environ), folder=folder, logs=folder, port=port, needs=()))
        try:
            supervisor.start()
        except ChildFailed as failed:
            report(f"failed: {failed.name} {failed.happened}: {failed.last_words}")
            return 1
        report("ready")
        supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
