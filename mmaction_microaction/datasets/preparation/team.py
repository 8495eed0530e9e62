# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Runs a job on many names, in processes that may crash."""
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import Any, Callable, Generator, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError
from ..check import Worker

_TIMEOUT = 600.  # seconds for one clip; raw clips take less than one


def run_in_team(job: Callable[[str], Any], names: Sequence[str],
                workers: int) -> Generator[Tuple[str, Any], None, None]:
    """Call a job for every name.

    Args:
        job (Callable[[str], Any]): What to do; it can be pickled.
        names (Sequence[str]): What to call it with.
        workers (int): Number of processes; 0 for none but this one.

    Yields:
        tuple[str, Any]: A name and what the job returned for it, or a text
        that says how its process died. As they are finished, in any order.

    Raises:
        ValueError: If ``workers`` is negative.
    """
    if workers < 0:
        raise UserError(f'workers must be at least 0, but got {workers}')
    if workers == 0:
        for name in names:
            yield name, job(name)
        return
    team = [Worker(job, _TIMEOUT) for _ in range(min(workers, len(names)))]
    idle: SimpleQueue = SimpleQueue()
    for worker in team:
        idle.put(worker)

    def run(name: str) -> Tuple[str, Any]:
        worker = idle.get()
        try:
            return name, worker.run(name)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(max(len(team), 1))
    try:
        for future in as_completed([threads.submit(run, x) for x in names]):
            yield future.result()
    finally:
        # Whoever stops listening waits for the clips that are under way, and
        # for no others.
        threads.shutdown(cancel_futures=True)
        for worker in team:
            worker.stop()
