# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A whole data root in, a root of small clips out; resumable at any moment.

A clip is finished when its row is in the manifest, which is written after the
clip has got its name. A run killed in between makes that clip again, byte for
byte the same. What is finished is taken away only when its source is seen to
have changed, not when the source cannot be reached.
"""
import errno
import json
import os
import os.path as osp
import shutil
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Dict, Generator, List, Optional, Tuple, Union

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import file_sha256, write_bytes
from mmaction_microaction.utils.shards import (WHOLE, Shard, find_tables,
                                               forget_shards, lock_shard,
                                               say_undone)
from mmaction_microaction.utils.workers import run_in_processes
from .encode import JobResult, prepare_clip
from .manifest import (ClipRecord, append_record, read_failures, read_manifest,
                       write_failures, write_manifest)
from .plan import plan_root, require_apart
from .recipe import Recipe

MANIFEST = 'prepared_manifest.csv'
SETTINGS = 'prepared_settings.json'
FAILURES = 'prepared_failures.csv'
#: Folder for unfinished files; hidden, so nothing takes them for clips.
SCRATCH = '.prepare_unfinished'
#: Folder for the tables of parts that several machines prepare.
PARTS = '.prepare_parts'

#: Clips, and what became of them or why nothing did.
Outcomes = Generator[Tuple[str, Union[ClipRecord, str]], None, None]

_TIMEOUT = 600.  # seconds for one clip; raw clips take less than one
_OWN_FILES = (MANIFEST, SETTINGS, FAILURES)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Preparation:
    """Prepares the clips of a root.

    .. code-block:: python

        with Preparation('data/ma52', 'data/ma52_256') as preparation:
            for name, result in preparation.run(workers=8):
                ...

    Making one looks at the source only; entering the block makes the
    destination, removes what a killed run left unfinished and copies the
    annotations; leaving it, in whatever way, writes the manifest in order.

    Args:
        target (str): The folder to make, or to go on with.
        psnr (bool): Whether to measure the quality.
        verify (bool): Whether to compare the checksums of finished clips,
            not just their sizes.
        shard (tuple): (I, N) for part I of N alone, whose manifest and
            failures stay in a folder of its own, ``tables``. A preparation
            of the whole takes them over, and copies the annotations.

    Raises:
        FileNotFoundError: If there is no source, or no clip in it.
        ValueError: If source and destination are not apart; on entering, if
            the destination holds other files, or clips of another recipe, or
            another run is writing there.
        OSError: If the destination cannot be written.
    """

    def __init__(self,
                 source: str,
                 target: str,
                 recipe: Recipe = Recipe(),
                 psnr: bool = False,
                 verify: bool = False,
                 shard: Shard = WHOLE) -> None:
        self.source, self.target = source, target
        self.recipe, self.psnr, self.verify = recipe, psnr, verify
        self.shard, self.tables = shard, target
        self._whole = plan_root(source, _OWN_FILES)
        require_apart(source, target, self._whole.folders)
        self.plan = self._whole.part(shard)
        #: The finished clips.
        self.records: Dict[str, ClipRecord] = {}
        #: Finished ones that left the source; they stay, and so do their rows.
        self.strays: Dict[str, ClipRecord] = {}
        #: Not finished on entering, without the PSNR wanted, or out of reach.
        self.todo: List[str] = []
        #: What is wrong with those of todo that could not be prepared.
        self.failures: Dict[str, str] = {}
        self._scratch = ''
        self._outcomes: Optional[Generator] = None

    def __enter__(self) -> 'Preparation':
        try:
            os.makedirs(self.target, exist_ok=True)
            with ExitStack() as stack:
                self.tables = stack.enter_context(
                    lock_shard(self.target, self._path(PARTS), self.shard))
                self._scratch = osp.join(self.tables, SCRATCH)
                self._open()
                self._lock = stack.pop_all()
        except OSError as error:
            raise self._explained(error) from error
        return self

    def __exit__(self, kind, error, traceback) -> None:
        try:
            if self._outcomes is not None:
                self._outcomes.close()  # who left in the middle wants no more
            self._write_manifest()
            write_failures(
                osp.join(self.tables, FAILURES), self.failures, self._scratch)
            shutil.rmtree(self._scratch, ignore_errors=True)
            if self.shard == WHOLE:
                forget_shards(self._path(PARTS))
        except OSError as second:
            # On a full disk the manifest stays as the rows were appended.
            if error is None:
                raise self._explained(second) from second
        finally:
            self._lock.close()

    def run(self, workers: int = 1) -> Outcomes:
        """Prepare what is left; yield clips (relative to the root) and what
        became of them, or why nothing did, in no certain order. OSError if
        the disk is full or cannot be written: the same call then goes on.

        Args:
            workers (int): Number of processes; 0 for none but this one, in
                which a damaged clip may then do any harm.
        """
        self._outcomes = self._run(workers)
        return self._outcomes

    def _run(self, workers: int) -> Outcomes:
        job = partial(
            prepare_clip,
            source=self.source,
            target=self.target,
            scratch=self._scratch,
            recipe=self.recipe,
            psnr=self.psnr)
        try:
            with open(osp.join(self.tables, MANIFEST), 'ab') as manifest, \
                    closing(run_in_processes(job, self.todo, workers,
                                             _TIMEOUT)) as results:
                for name, result in results:
                    self._note(name, result, manifest)
                    yield name, result
        except OSError as error:  # closing the manifest writes, too
            raise self._explained(error) from error

    def _note(self, name: str, result: JobResult, manifest) -> None:
        if isinstance(result, OSError):
            raise result
        if isinstance(result, ClipRecord):
            append_record(manifest, result)
            self.records[name] = result
            self.failures.pop(name, None)
            return
        self.failures[name] = result
        source, record = self._source_of(name), self.records.get(name)
        if source and not (record and record.source == source):
            # Made of another version of the clip, or not finished.
            self.records.pop(name, None)
            with suppress(FileNotFoundError):
                os.unlink(self._path(name))

    def _path(self, name: str) -> str:
        return osp.join(self.target, name)

    def _open(self) -> None:
        """Look what is finished, and write all but the clips."""
        self._check_target()
        shutil.rmtree(self._scratch, ignore_errors=True)
        os.makedirs(self._scratch)
        self._check_case()
        settings = json.dumps(self.recipe.settings(), indent=4) + '\n'
        write_bytes(self._path(SETTINGS), settings.encode(), self._scratch)
        self._read_what_is_there()
        # This also cuts off a row that was not written to its end.
        self._write_manifest()
        for name in self.plan.annotations:
            with open(osp.join(self.source, name), 'rb') as file:
                write_bytes(self._path(name), file.read(), self._scratch)

    def _read_what_is_there(self) -> None:
        planned, done, failures = set(self.plan.clips), set(), {}
        for folder in find_tables(self.target, self._path(PARTS), self.shard):
            failures.update(read_failures(osp.join(folder, FAILURES)))
            records = read_manifest(osp.join(folder, MANIFEST))
            for name, record in records.items():
                if self.shard != WHOLE and name not in planned:
                    continue  # of another part
                source = self._source_of(name)
                rows = self.records if name in planned else self.strays
                if self._holds(record, source):
                    known = rows.get(name, record)
                    # The earlier row may have the PSNR of the same clip.
                    same = known.sha256 == record.sha256
                    rows[name] = known if same and known.psnr else record
                    if source and self._is_complete(rows[name]):
                        done.add(name)
        self.todo = [x for x in self.plan.clips if x not in done]
        self.failures = {x: failures[x] for x in self.todo if x in failures}
        if self.shard == WHOLE:
            say_undone(self._path(PARTS), self.plan.clips, self.todo)

    def _check_target(self) -> None:
        found = {x for x in os.listdir(self.target) if not x.startswith('.')}
        if not found:
            return
        if SETTINGS not in found:
            raise UserError(
                f'{self.target} holds files that no preparation has made '
                f'({sorted(found)[0]}, ...); choose another folder')
        with open(self._path(SETTINGS), encoding='utf-8') as file:
            settings = json.load(file)
        wanted = self.recipe.settings()
        # What wrote no options yet had x264's tree on.
        options = {k: v for k, v in wanted['encoder'].items() if k != 'mbtree'}
        settings.setdefault('encoder', options)
        if settings != wanted:
            was, wanted = (', '.join(f'{key} {value}'
                                     for key, value in x.items())
                           for x in (settings, wanted))
            raise UserError(f'{self.target} was prepared with {was}, not '
                            f'{wanted}; give the same options or another '
                            'folder')

    def _check_case(self) -> None:
        seen: Dict[str, str] = {}
        for name in self._whole.clips:
            other = seen.setdefault(name.lower(), name)
            if other != name and self._ignores_case():
                raise UserError(
                    f'{self.target} is on a disk that takes {name} and '
                    f'{other} for one name, but they are two clips; choose '
                    'a folder on another disk')

    def _ignores_case(self) -> bool:
        """Whether the disk takes 'A' for 'a', as most of macOS and exFAT."""
        with open(osp.join(self._scratch, 'case'), 'w'):
            return osp.exists(osp.join(self._scratch, 'CASE'))

    def _source_of(self, name: str) -> Optional[Tuple[int, int]]:
        """A clip's ``ClipRecord.source``; None if it cannot be reached."""
        with suppress(OSError):
            stat = os.stat(osp.join(self.source, name))
            return stat.st_size, stat.st_mtime_ns
        return None

    def _holds(self, record: ClipRecord, source: Optional[tuple]) -> bool:
        """Whether a clip is as its row says; its source, too, if reached."""
        path = self._path(record.path)
        try:
            size = osp.getsize(path)
        except FileNotFoundError:
            return False
        return (size == record.bytes and source in (None, record.source)
                and not (self.verify and record.sha256 != file_sha256(path)))

    def _is_complete(self, record: ClipRecord) -> bool:
        """Whether a row tells all that is wanted."""
        return not self.psnr or record.psnr is not None

    def _write_manifest(self) -> None:
        rows = [*self.records.values(), *self.strays.values()]
        write_manifest(osp.join(self.tables, MANIFEST), rows, self._scratch)

    def _explained(self, error: OSError) -> OSError:
        """The error with what it means for this run."""
        done, total = len(self.records), len(self.plan.clips)
        remain = total - sum(map(self._is_complete, self.records.values()))
        text = (f'{done} of {total} clips are finished and stay usable, '
                f'{remain} remain; the same command goes on from there')
        if error.errno not in _FULL:
            return OSError(f'stopped by an error ({error}): {text}')
        free = shutil.disk_usage(self.target).free / 1e6
        mean = sum(x.bytes for x in self.records.values()) / max(done, 1)
        need = (f'about {mean * (total - done) / 1e6:.1f} MB more are needed, '
                if done else '')
        return OSError(f'the disk of {self.target} is full: {need}{free:.1f} '
                       f'MB are free; {text}')
