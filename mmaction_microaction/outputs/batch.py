# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Processes videos one by one, each into a folder of outputs, for
``tools/infer.py`` and ``tools/movement.py``."""
import hashlib
import os
import os.path as osp
import resource
import sys
import time
from argparse import Namespace
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence

from mmaction_microaction.inference.find_videos import check_video
from mmaction_microaction.inference.pose_input import PoseInput
from mmaction_microaction.inference.video_stream import VideoFile, is_damage
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.errors import (UserError, first_of, say,
                                               say_failure)
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.shards import WHOLE, take_shard
from mmaction_microaction.utils.tool_parts import plain_console, progress_bar
from .output_folder import OutputFolder, choose_folders, identify, list_videos
from .outputs import Job, Output


class Batch:
    """One call of a tool, and its progress.

    Args:
        key (dict): Plain values that the outputs depend on.
        outputs (dict[str, Output]): What to make, ``json`` first.
        infer (callable): Gets a :class:`VideoFile`, with its pose if there are
            ``poses``, and a progress callback; returns a VideoResult.
        poses (PoseInput, optional): Estimates are kept in the folders.
        truth (dict): Name of a video -> its true segments.
        read (callable, optional): Reads the result of an earlier call from the
            file of ``json``; default: it is computed again.
        provenance (dict, optional): What results are made with; see
            :func:`~.utils.provenance.describe_software`.
    """

    def __init__(self,
                 key: Dict[str, Any],
                 outputs: Dict[str, Output],
                 infer: Callable[[VideoFile, Callable], VideoResult],
                 poses: Optional[PoseInput] = None,
                 truth: Optional[Dict[str, List[Segment]]] = None,
                 read: Optional[Callable[[str], VideoResult]] = None,
                 provenance: Optional[dict] = None,
                 overwrite: bool = False,
                 debug: bool = False) -> None:
        self.key, self.outputs, self.infer = key, outputs, infer
        self.poses, self.truth, self.read = poses, truth or {}, read
        self.overwrite, self.debug = overwrite, debug
        self.provenance = provenance or {}
        self.failures = self.done = self.skipped = self.incomplete = 0
        self.video_seconds = self.work_seconds = 0.

    def fail(self, error: Exception, where: str) -> None:
        """Report an error; bugs show a traceback."""
        self.failures += 1
        say_failure(error, where, self.debug)

    def run(self, folders: Dict[str, str]) -> None:
        """Process videos, each into its folder."""
        with progress_bar(plain_console(True), percent=True) as progress:
            overall = progress.add_task('videos', total=len(folders))
            for video, folder in folders.items():
                task = progress.add_task('', total=1.)

                def advance(done: float, total: float) -> None:
                    progress.update(task, completed=done / total)

                def begin(what: str) -> None:
                    name = osp.basename(video)[-30:]
                    progress.reset(task, description=f'{name}: {what}')

                try:
                    self.process(video, folder, begin, advance)
                    self.done += 1
                    progress.advance(overall)
                except Exception as error:  # the other videos are to be done
                    self.fail(error, video)
                progress.remove_task(task)

    def process(self, video: str, folder: str, begin: Callable,
                advance: Callable) -> None:
        """Process one video."""
        check_video(video)
        source = VideoFile(video)
        out = OutputFolder(folder, dict(self.key, video=identify(video)),
                           self.overwrite)
        names = [n for n in self.outputs if not out.has(n)]
        start, result = time.perf_counter(), None
        if names and 'json' not in names and self.read:
            try:
                result = self.read(out.file('json'))
            except (OSError, ValueError):  # somebody changed it
                names.insert(0, 'json')
        if self.poses and names and (result is None or 'overlay' in names):
            begin('pose')
            version = repr(identify(video)).encode()
            version = hashlib.sha256(version).hexdigest()[:8]
            cache = f'pose_{self.poses.estimator}_{version}.pkl'
            source.pose = self.poses.find(source, advance,
                                          osp.join(folder, cache))
        if names and result is None:
            begin('scanning')
            result = self.infer(source, advance)
            data = dict(video=source.name, bytes=osp.getsize(video))
            result.provenance = dict(self.provenance, data=data)
            notes = result.settings.get('notes', ())
            out.problems = [
                *result.video.problems, *(f'note: {x}' for x in notes)
            ]
        for problem in out.problems:
            text = problem.removeprefix('note: ')
            kind = 'warning' if text == problem else 'note'
            say(f'{kind}: {video}: {text}')
        self.incomplete += any(map(is_damage, out.problems))
        if not names:
            self.skipped += 1
            return
        truth = self.truth.get(to_nfc(osp.splitext(source.name)[0]))
        job = Job(result, video, truth, advance, source.pose)
        for name in names:
            begin(name)
            output = self.outputs[name]
            try:
                out.make(name, output.file, partial(output.write, job))
            except Exception as error:  # the other outputs are to be made
                self.fail(error, f'{video}: no {name}')
        self.video_seconds += result.video.duration
        self.work_seconds += time.perf_counter() - start
        print(f'{video} -> {folder}', file=sys.stderr)


def start_batch(args: Namespace, make: Callable[[], Batch]) -> int:
    """Process the videos of a command line (``videos``, ``out``, ``shard``);
    returns the exit code. ``make`` is called once a video can be opened."""
    videos = list_videos(args.videos)
    _refuse_all(videos)
    # The same for every part, whatever names its own videos have.
    folders = choose_folders(videos, args.out)
    videos = take_shard(videos, args.shard, 'videos')
    if not videos:
        return 0
    os.makedirs(args.out, exist_ok=True)
    if not os.access(args.out, os.W_OK | os.X_OK):
        raise PermissionError(f'{args.out} cannot be written')
    batch = make()
    before = _peak_memory()
    try:
        batch.run({video: folders[video] for video in videos})
    except KeyboardInterrupt:
        say('stopped; the same command continues from here')
        return 130
    if batch.skipped:
        say(f'done before: {batch.skipped} of {len(videos)} videos')
    if batch.video_seconds:
        rate = batch.work_seconds / batch.video_seconds
        print(f'{batch.video_seconds:.1f} s of video in '
              f'{batch.work_seconds:.1f} s: {rate:.2f} s per second of video; '
              f'peak memory {_peak_memory() - before:.0f} MB above the loaded '
              'model')
    if batch.failures and not batch.done and args.shard == WHOLE:
        return 2
    return int(bool(batch.failures or batch.incomplete))


def _peak_memory() -> float:
    """Largest memory of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == 'darwin' else 1024)


def _refuse_all(videos: Sequence[str]) -> None:
    """UserError if none of the videos can be opened."""
    problems = []
    for video in videos:
        try:
            return check_video(video)
        except (UserError, OSError) as error:
            problems.append(str(error))
    raise UserError('; '.join(first_of(problems)))
