"""Looks at the disk and the port before anything is started, so that the message comes from us and says what to do."""

import errno
import os
import socket
from pathlib import Path

from autocrm.config.supervisor.failure import CommandFailed

_ROOM_FOR_FIRST_START = 160 * 1024 * 1024
_ROOM_FOR_START = 32 * 1024 * 1024
_PORTS_TO_OFFER = 50


def require_writable(folder: Path, *, is_first_start: bool) -> None:
    """Make `folder` and try the disk by claiming the room that the start needs. Raises CommandFailed."""
    room = _ROOM_FOR_FIRST_START if is_first_start else _ROOM_FOR_START
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _claim(probe, room)
    except OSError as error:
        raise CommandFailed(_disk_problem(folder, error, room), remedy=_disk_remedy(error)) from error


def _claim(probe: Path, room: int) -> None:
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, room)
        os.write(descriptor, b"AutoCRM tries the disk.")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        probe.unlink()


def _disk_problem(folder: Path, error: OSError, room: int) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"the disk of {folder} is full: a start needs {room // 2**20} MB free."
    if error.errno == errno.EROFS:
        return f"the disk of {folder} is read-only."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"you may not write to {folder}."
    return f"{folder} cannot be used as data directory: {error.strerror}."


def _disk_remedy(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "Free some space, or keep the data elsewhere: --data-dir DIR"
    return "Keep the data elsewhere: --data-dir DIR"


def require_free_port(host: str, port: int) -> None:
    """Raise CommandFailed, naming a free port, when `port` is taken or not allowed."""
    problem = port_problem(host, port)
    if problem:
        free = next((p for p in range(port + 1, port + _PORTS_TO_OFFER) if not port_problem(host, p)), 0)
        raise CommandFailed(problem, remedy=f"Start on another one: ./autocrm up --port {free or 'N'}")


def port_problem(host: str, port: int) -> str:
    """Why nothing can listen on `port`, or an empty text."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return f"port {port} needs more rights than you have (ports below 1024 belong to root)."
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} is taken by another program."
            return f"nothing can listen on {host}:{port}: {error.strerror}."
    return ""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
