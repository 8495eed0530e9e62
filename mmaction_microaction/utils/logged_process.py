# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Child processes whose output goes into files."""
import os
import os.path as osp
import subprocess
import threading
from typing import Mapping, Optional, Sequence, Set


class LoggedProcesses:
    """Runs commands, several at once if called from threads.

    One that is still at work is ended by :meth:`stop`.
    """

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
        """Run a command to its end.

        Args:
            command (Sequence[str]): Program and arguments.
            log (str): File for all that it prints, made anew.
            env (Mapping[str, str], optional): Its environment. Defaults to
                that of this process.
            handles (Sequence[int]): Open files that it inherits.

        Returns:
            str: What it printed.

        Raises:
            RuntimeError: If it fails, with the last line that it printed, or
                all were told to stop.
        """
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
        """End what runs, and let nothing start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()
