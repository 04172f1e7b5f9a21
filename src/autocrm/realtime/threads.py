"""The bridge from sockets to the database: a few threads of their own, so that pages never wait for sockets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

WORKERS = 3

Args = ParamSpec("Args")
Result = TypeVar("Result")

_threads = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="sockets")


async def in_thread(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run `work`, which may ask the database, and return its result."""
    done: Result = await sync_to_async(_tidily, thread_sensitive=False, executor=_threads)(work, *args, **kwargs)
    return done


def _tidily(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """What requests do around a view: broken and overdue connections are not used again."""
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()
