"""What PostgreSQL is told follows the machine, within bounds."""

from pathlib import Path

import pytest

from autocrm.config.supervisor.tuning import memory_of_machine, processors_of_machine, settings_for, stored_in


@pytest.mark.parametrize(
    ("memory", "processors", "stored", "buffers", "workers"),
    [
        (512, 1, 5_000, "128MB", "1"),
        (8_192, 2, 5_000, "1024MB", "1"),
        (24_576, 4, 0, "512MB", "2"),
        (24_576, 4, 1_000, "1500MB", "2"),
        (24_576, 4, 5_000, "3072MB", "2"),
        (262_144, 64, 50_000, "4096MB", "2"),
    ],
)
def test_buffers_and_workers_follow_the_machine_and_what_is_stored(
    memory: int, processors: int, stored: int, buffers: str, workers: str
) -> None:
    told = settings_for(memory=memory, processors=processors, stored=stored, for_tests=False)

    assert (told["shared_buffers"], told["max_parallel_workers_per_gather"]) == (buffers, workers)
    assert told["synchronous_commit"] == "on"
    assert "fsync" not in told


def test_tests_have_buffers_of_their_own_on_any_machine() -> None:
    told = settings_for(memory=memory_of_machine(), processors=processors_of_machine(), stored=0, for_tests=True)

    assert (told["shared_buffers"], told["fsync"]) == ("256MB", "off")


def test_what_is_stored_are_the_files_of_all_databases(tmp_path: Path) -> None:
    for database, megabytes in (("1", 2), ("5", 3)):
        (tmp_path / "base" / database).mkdir(parents=True)
        with (tmp_path / "base" / database / "16384").open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)

    assert stored_in(tmp_path) == 5
    assert stored_in(tmp_path / "not there") == 0
