"""What PostgreSQL is told follows the machine, within bounds."""

import pytest

from autocrm.config.supervisor.tuning import memory_of_machine, processors_of_machine, settings_for


@pytest.mark.parametrize(
    ("memory", "processors", "buffers", "workers"),
    [(512, 1, "128MB", "1"), (8_192, 2, "1024MB", "1"), (24_576, 4, "3072MB", "2"), (262_144, 64, "4096MB", "2")],
)
def test_buffers_and_workers_follow_the_machine(memory: int, processors: int, buffers: str, workers: str) -> None:
    told = settings_for(memory=memory, processors=processors, for_tests=False)

    assert (told["shared_buffers"], told["max_parallel_workers_per_gather"]) == (buffers, workers)
    assert told["synchronous_commit"] == "on"
    assert "fsync" not in told


def test_tests_have_buffers_of_their_own_on_any_machine() -> None:
    told = settings_for(memory=memory_of_machine(), processors=processors_of_machine(), for_tests=True)

    assert (told["shared_buffers"], told["fsync"]) == ("256MB", "off")
