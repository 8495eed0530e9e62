# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds video files that cannot be decoded, before a training run does.

Files are opened in processes of their own: a damaged one may crash or hang
the decoder, which must cost no more than that one file.
"""
import multiprocessing
import os
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import Callable, Iterator, Optional, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError

# A forked child would inherit locks of this process's threads, and a spawned
# one would import everything anew; a fork server has neither fault.
_METHOD = 'forkserver' if 'forkserver' in \
    multiprocessing.get_all_start_methods() else 'spawn'


def check_video(path: str, full: bool = False) -> Optional[str]:
    """Decode the first and the last frame of a video.

    Args:
        path (str): The file.
        full (bool): Decode every frame, which also finds damage in the
            middle, at many times the cost. Defaults to False.

    Returns:
        str | None: What is wrong with the file, or None.
    """
    import decord
    if not osp.isfile(path):
        return 'the file is missing'
    if osp.getsize(path) == 0:
        return 'the file is empty (0 bytes)'
    # decord raises RuntimeError or its own exception, with no common base.
    try:
        reader = decord.VideoReader(path, num_threads=1)
        total = len(reader)
        for index in sorted({0, total - 1}):
            reader[index]
        if full:
            _decode_strictly(path)
    except Exception as error:
        reason = str(error).strip().partition('\n')[0]
        return f'not a video, cut off or damaged ({reason})'
    return None if total else 'the video has no frames'


def _decode_strictly(path: str) -> None:
    """Decode every frame; decord hides damage in the middle now and then."""
    import av
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = 'NONE'
        stream.codec_context.options = dict(err_detect='explode')
        for _ in container.decode(stream):
            pass


def check_videos(paths: Sequence[str],
                 workers: int = 1,
                 full: bool = False,
                 timeout: float = 60.) -> Iterator[Tuple[str, Optional[str]]]:
    """Check many videos at once, in processes that may crash.

    Args:
        paths (Sequence[str]): The files.
        workers (int): Number of processes. Defaults to 1.
        full (bool): Decode every frame. Defaults to False.
        timeout (float): Seconds after which a file counts as one that hangs
            the decoder. Defaults to 60.

    Yields:
        tuple[str, str | None]: Path and problem (None if there is none) of
        each file, in the order of ``paths``.

    Raises:
        ValueError: If ``workers`` is less than 1.
    """
    if workers < 1:
        raise UserError(f'workers must be at least 1, but got {workers}')
    check = partial(check_video, full=full)
    team = [Worker(check, timeout) for _ in range(workers)]
    idle: SimpleQueue = SimpleQueue()
    for worker in team:
        idle.put(worker)

    def run(path: str) -> Tuple[str, Optional[str]]:
        worker = idle.get()
        try:
            return path, worker.run(path)
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(workers) as threads:
            yield from threads.map(run, paths)
    finally:
        for worker in team:
            worker.stop()


class Worker:
    """A process that checks one file after the other, and may crash over it.

    Args:
        check (Callable[[str], str | None]): Runs in the process.
        timeout (float): Seconds to wait for its answer.
    """

    def __init__(self, check: Callable[[str], Optional[str]],
                 timeout: float) -> None:
        self.check = check
        self.timeout = timeout
        self.process: Optional[multiprocessing.process.BaseProcess] = None

    def run(self, path: str) -> Optional[str]:
        """Check a file; replace the process if the file was too much."""
        if self.process is None:
            self._start()
        try:
            self.pipe.send(path)
            if self.pipe.poll(self.timeout):
                return self.pipe.recv()
            problem = f'the decoder hung (for more than {self.timeout:g} s)'
        except (EOFError, ConnectionError):
            problem = 'the decoder crashed'
        self.stop()
        return problem

    def stop(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None

    def _start(self) -> None:
        context = multiprocessing.get_context(_METHOD)
        if _METHOD == 'forkserver':  # import once, not once per process
            context.set_forkserver_preload([__name__])
        self.pipe, far_end = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(far_end, self.check), daemon=True)
        self.process.start()
        far_end.close()
        # The first answer says that all imports are done, so that the timeout
        # measures decoding alone.
        self.pipe.recv()


def _serve(pipe, check: Callable[[str], Optional[str]]) -> None:
    """Answer paths with problems until the other end hangs up."""
    # FFmpeg writes its complaints to file descriptor 2 and would tear the
    # progress bar; the problem is returned anyway.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    pipe.send(None)
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        pipe.send(check(path))
