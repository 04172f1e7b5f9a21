"""`./autocrm up`: from nothing to a running installation, and a clean end on Ctrl-C."""

import sys
from dataclasses import dataclass
from pathlib import Path

from autocrm.config.cli import fingerprint
from autocrm.config.cli.demo import remember_demo, sign_in_lines
from autocrm.config.cli.installation import SETUP_ADMIN_URL, SETUP_MARK, SETUP_MARK_FILE, Installation
from autocrm.config.cli.paths import ROOT, DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.services import storage_failed
from autocrm.config.supervisor.child import ChildSpec
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.instance_lock import InstanceLock, read_holder
from autocrm.config.supervisor.preflight import require_free_port, require_writable
from autocrm.config.supervisor.spawning import rotate
from autocrm.config.supervisor.table import product_specs
from autocrm.config.supervisor.watch import ChildFailed, Supervisor


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What the command line asked for."""

    data: DataDirectory
    host: str
    port: int
    demo: bool

    @property
    def address(self) -> str:
        """Where a browser finds the pages; `localhost`, because workspaces are subdomains of it."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::1", "::"} else self.host  # noqa: S104 - compared only
        return f"http://{host}:{self.port}"


def up(options: UpOptions, progress: Progress) -> int:
    """Start, watch, stop. Raises CommandFailed with the way out when something stands in the way."""
    data = options.data
    require_writable(data.path, is_first_start=not data.secrets.exists())
    lock = InstanceLock(data.lock)
    if not lock.acquire("up", options.address):
        raise _already_running(data)
    try:
        require_free_port(options.host, options.port)
        with Supervisor(progress.line) as supervisor:
            return _run(options, progress, lock, supervisor)
    finally:
        lock.release()


def _already_running(data: DataDirectory) -> CommandFailed:
    holder = read_holder(data.lock)
    if holder is None or holder.command != "up":
        who = f"`./autocrm {holder.command}` (process {holder.pid})" if holder else "another command"
        return CommandFailed(f"{who} works on {data.path} at the moment.", remedy="Wait until it has ended.")
    return CommandFailed(
        f"AutoCRM runs already on {data.path}: process {holder.pid}, {holder.address}",
        remedy=f"Stop it (Ctrl-C in its terminal, or kill {holder.pid}), or start another one: --data-dir DIR --port N",
    )


def _run(options: UpOptions, progress: Progress, lock: InstanceLock, supervisor: Supervisor) -> int:
    installation = Installation(options.data)
    try:
        progress.line("starting")
        storage = installation.prepare_storage()
        steps = _steps(options, installation, needs=tuple(spec.name for spec in storage))
        supervisor.add([*storage, *steps, *_product(options, installation, storage, steps)])
        started = supervisor.start()
    except ChildFailed as error:
        raise _start_failed(error, options.data) from error
    if started:
        if not options.data.demo.exists():
            remember_demo(options.data, {})
        lock.mark_ready("up", options.address)
        progress.line("ready")
        progress.text("\n".join(["", f"  AutoCRM runs at {options.address}", *_indented(options), "", ""]))
        supervisor.run()
    progress.line("stopping")
    supervisor.stop()
    progress.line("stopped")
    return 0


def _indented(options: UpOptions) -> list[str]:
    lines = [*sign_in_lines(options.data, options.address), f"Logs: {options.data.logs}    Stop: Ctrl-C"]
    return [f"  {line}" for line in lines]


def _steps(options: UpOptions, installation: Installation, needs: tuple[str, ...]) -> list[ChildSpec]:
    """What has to happen before the web process: front end, preparation, demo; only those that are due."""
    environment = installation.environment(port=options.port, host=options.host)
    due = [_step("assets", environment, needs=())]
    mark, mark_file = fingerprint.of_preparation(), installation.preparation_mark
    if mark_file is None or not mark_file.exists() or mark_file.read_text() != mark:
        rotate(options.data.logs / "setup.log")
        setup = {SETUP_ADMIN_URL: installation.admin_url, SETUP_MARK: mark, "AUTOCRM_DB_ROLE": "owner"}
        if mark_file is not None:
            setup[SETUP_MARK_FILE] = str(mark_file)
        due.append(_step("prepare", environment | setup, needs=needs))
        needs = ("prepare",)
    if options.demo and not options.data.demo.exists():
        due.append(_step("demo", environment, needs=(*needs, "assets")))
    return due


def _step(name: str, environment: dict[str, str], needs: tuple[str, ...]) -> ChildSpec:
    command = (sys.executable, "-m", f"autocrm.config.cli.{name}")
    return ChildSpec(name=name, command=command, environment=environment, folder=ROOT, needs=needs, once=True)


def _product(
    options: UpOptions, installation: Installation, storage: list[ChildSpec], steps: list[ChildSpec]
) -> list[ChildSpec]:
    # The demo is not waited for: pages open while it is being made, and only the last line waits.
    needs = tuple(spec.name for spec in [*storage, *steps] if spec.name != "demo")
    environment = installation.environment(port=options.port, host=options.host)
    return product_specs(environment, folder=ROOT, logs=options.data.logs, port=options.port, needs=needs)


def _start_failed(error: ChildFailed, data: DataDirectory) -> CommandFailed:
    if Path(data.logs / f"{error.name}.log").exists():
        return storage_failed(error, data)
    return CommandFailed(f"the start ended in the step `{error.name}` (see above).")
