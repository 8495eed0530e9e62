# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Worker processes that may crash or hang, and commands with a log."""
import multiprocessing
import os
import os.path as osp
import subprocess
import threading
from concurrent.futures import Future, TimeoutError, wait
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Callable, Generator, Mapping, Optional, Sequence, Set

import pebble

from .errors import UserError, UserRuntimeError

# A forked child would inherit locks of this process's threads, and a spawned
# one would import everything anew; a fork server has neither fault.
_METHOD = 'forkserver'


def run_in_processes(
        job: Callable[[Any], Any],
        items: Sequence[Any],
        workers: int,
        timeout: float,
        in_order: bool = False,
        watch: Callable[[], Any] = bool) -> Generator[tuple, None, None]:
    """Map a job over items in ``workers`` processes (0: in this one), with a
    ``timeout`` (seconds) per item. Yields each item with its result, or with a
    text about a crash or a hang. Closing the generator stops the workers, and
    so does an error of ``watch``, which is called twice a second."""
    if workers < 0:
        raise UserError(f'workers must be at least 0, but got {workers}')
    if workers == 0 or not items:
        yield from ((item, job(item)) for item in items)
        return
    context = multiprocessing.get_context(_METHOD)
    if _METHOD == 'forkserver':  # import once, not once per process
        context.set_forkserver_preload([getattr(job, 'func', job).__module__])
    pool = pebble.ProcessPool(
        min(workers, len(items)), initializer=_silence, context=context)
    try:
        futures = {
            pool.schedule(job, (item, ), timeout=timeout): item
            for item in items
        }
        done: SimpleQueue = SimpleQueue()
        for future in futures:
            future.add_done_callback(done.put)
        for future in futures:
            while in_order and not wait([future], .5).done:
                watch()
            while not in_order:
                with suppress(Empty):
                    future = done.get(timeout=.5)
                    break
                watch()
            yield futures[future], _result(future, timeout)
    finally:
        pool.stop()
        pool.join()


def _result(future: Future, timeout: float) -> Any:
    try:
        return future.result()
    except TimeoutError:
        return f'the decoder hung (for more than {timeout:g} s)'
    except pebble.ProcessExpired:
        return 'the decoder crashed'


def call_in_time(function: Callable[[], Any], timeout: float) -> Any:
    """Result of a function that runs in a thread; after ``timeout`` seconds
    UserRuntimeError, and the thread ends when the function does."""
    future: Future = Future()

    def work() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return future.result(timeout)
    except TimeoutError:
        if future.done():  # the function's own
            raise
        raise UserRuntimeError(
            f'the decoder hung (for more than {timeout:g} s)') from None


def _silence() -> None:
    """Silence FFmpeg, which writes to file descriptor 2."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


class LoggedProcesses:
    """Runs commands, from any thread, until :meth:`stop`."""

    def __init__(self) -> None:
        self._running: Set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        log: str,
        env: Optional[Mapping[str, str]] = None,
        handles: Sequence[int] = ()
    ) -> str:
        """Run a command to completion with inherited ``handles``; returns its
        output, which is also written to ``log``."""
        os.makedirs(osp.dirname(osp.abspath(log)), exist_ok=True)
        with open(log, 'wb') as file:
            with self._lock:
                if self._stopped:
                    raise RuntimeError('stopped')
                process = subprocess.Popen(
                    command,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    pass_fds=handles)
                self._running.add(process)
            try:
                code = process.wait()
            except BaseException:  # such as Ctrl-C
                process.kill()
                process.wait()
                raise
            finally:
                with self._lock:
                    self._running.discard(process)
        with open(log, encoding='utf-8', errors='replace') as file:
            text = file.read()
        if code < 0:  # the last line would have nothing to do with it
            raise RuntimeError(f'ended by signal {-code}; with 9, memory may '
                               f'have run out (see {log})')
        if code:
            last = text.strip().rpartition('\n')[2] or f'exit status {code}'
            raise RuntimeError(f'{last[-300:]} (see {log})')
        return text

    def stop(self) -> None:
        """Terminate all commands and prevent new ones."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()
