# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Analysis of a visitor's video: checks, model or measurement, and all result
files."""
import logging
import math
import os
import os.path as osp
import threading
import zipfile
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Callable, Dict, List, NamedTuple, Optional

from mmengine.logging import print_log

from mmaction_microaction.inference.micro_action_inferencer import \
    MicroActionInferencer
from mmaction_microaction.inference.pose_input import PoseInput
from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.kinematics import MOVEMENT
from mmaction_microaction.outputs.movement import (MOVEMENT_OUTPUTS,
                                                   measure_source)
from mmaction_microaction.outputs.outputs import OUTPUTS, Job, Output
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import safe_name
from mmaction_microaction.utils.workers import run_in_processes
from .storage import link_or_copy, remove

#: Called with the part that is done, 0 to 1, and what is being done.
Progress = Callable[[float, str], None]
#: The least that a visitor can ask for, seconds: others wait.
MIN_WINDOW, MIN_STRIDE = .5, .1
_SCAN, _SLOW = .6, 'overlay'  # share of the model; the output that takes long
_TRIAL = 120.  # seconds, and the length of the video, to decode it all


class Stopped(Exception):
    """The visitor no longer waits for the result."""


@dataclass(frozen=True)
class Limits:
    """Largest file, MiB; longest video; most pixels of all its frames, 10^9
    (10 minutes of 1080p at 30 frames per second have 37); videos that are
    analysed at once; and visitors that wait for their turn."""
    megabytes: float = 200.
    minutes: float = 10.
    gigapixels: float = 60.
    jobs: float = 1.
    waiting: float = 8.

    def __post_init__(self) -> None:
        for name, x in vars(self).items():
            if not 0 < x < math.inf:
                raise UserError(f'max {name} must be positive, but got {x}')
        if self.jobs < 1:
            raise UserError(f'max jobs must be 1 or more, but got {self.jobs}')


class Options(NamedTuple):
    """Settings of a visitor; None, or 0 seconds: the model's default. ``stay``
    keeps its ratio to the threshold."""
    threshold: Optional[float] = None
    window: Optional[float] = None
    stride: Optional[float] = None


@dataclass
class Analysis:
    """The result of a video, its files, named after it: a zip of all, then in
    the order of ``outputs``; and a line for each failed output."""
    result: VideoResult
    folder: str
    files: List[str] = field(default_factory=list)
    failures: List[str] = field(default_factory=list)
    outputs: Dict[str, Output] = field(default_factory=lambda: OUTPUTS)

    def find(self, output: str) -> Optional[str]:
        """The file of an output, or None."""
        kind = self.outputs.get(output)
        path = self.name(kind.file) if kind else ''
        return path if path in self.files else None

    def name(self, file: str) -> str:
        """Path of a file with the video's name in it."""
        stem = safe_name(osp.splitext(self.result.video.name)[0])
        return osp.join(self.folder, f'{stem}_{file}')


def _try_out(path: str, limits: Limits) -> None:
    """Decode a video; UserError if it is none, or above the limits."""
    try:
        source = VideoFile(path)
    except OSError as error:  # of FFmpeg; the file can be read
        raise UserError(f'{osp.basename(path)} is not a video, or its '
                        f'pictures are too large ({error.strerror})') \
            from error
    pixels = len(source) * math.prod(source.shape) / 1e9
    for what, found, most in (('lasts {:.1f} minutes', source.end / 60,
                               limits.minutes),
                              ('has {:.1f} gigapixels (width x height x '
                               'frames)', pixels, limits.gigapixels)):
        if found > most:
            raise UserError(f'{source.name} {what.format(found)}, but this '
                            f'page takes {most:g} at most')
    for _ in source.frames():
        pass


class Analyser:
    """Analyses the videos of visitors with a model."""
    outputs, title = OUTPUTS, 'Micro-actions, by the model'
    _drawing = threading.Lock()  # Matplotlib is not for several threads

    def __init__(self, inferencer: MicroActionInferencer,
                 limits: Limits) -> None:
        self.inferencer, self.limits = inferencer, limits

    def __call__(self, video: str, folder: str, options: Options,
                 progress: Progress) -> Analysis:
        """Analyse a video into an empty folder.

        Args:
            video (str): Its name, without its folder, is in result and errors.
            folder (str): Empty output folder.
            options (Options): Settings of the visitor.
            progress (Callable): Gets the share done, 0 to 1, and the step.

        Raises:
            FileNotFoundError, ValueError: For a missing or invalid video.
        """
        infer = self._prepare(options)
        # In a place of its own, the video cannot be removed during the run.
        name = osp.basename(video)
        if name.casefold() in {x.file for x in self.outputs.values()}:
            name = f'video-{name}'  # overlays may be analysed, too
        own = osp.join(folder, name)
        try:
            if not osp.isfile(video):
                raise FileNotFoundError(
                    f'{name} is no longer here; choose it once more')
            link_or_copy(video, own)
            source = self._open(own, lambda: progress(0., 'Reading the video'))
            result = infer(source, progress)
            result.video = replace(result.video, path=name)
            analysis = Analysis(result, folder, outputs=self.outputs)
            self._write(analysis, source, progress)
        except (ValueError, FileNotFoundError) as error:
            text = str(error).replace(f'{folder}{os.sep}', '')
            kind = FileNotFoundError if isinstance(error, OSError) else \
                UserError
            raise kind(text.replace(video, name)) from error
        finally:
            remove(own)
        self._pack(analysis)
        return analysis

    def _open(self, path: str, watch: Callable[[], None]) -> VideoFile:
        name, size = osp.basename(path), osp.getsize(path) / 2**20
        if size > self.limits.megabytes:
            raise UserError(f'{name} has {size:.0f} MB, but this page takes '
                            f'{self.limits.megabytes:g} MB at most')
        # A decoder that crashes or hangs does so in another process.
        (_, answer), = run_in_processes(
            partial(_try_out, limits=self.limits), [path],
            1,
            _TRIAL + 60 * self.limits.minutes,
            watch=watch)
        if answer:
            raise UserError(f'{name}: {answer}')
        return VideoFile(path)

    def _prepare(self, options: Options) -> Callable:
        """What makes a result of a source and a :data:`Progress`."""
        inferencer = self._with_options(options)

        def infer(source: VideoFile, progress: Progress) -> VideoResult:
            return inferencer.infer(
                source, lambda done, total: progress(
                    _SCAN * done / total, 'Looking for micro-actions'))

        return infer

    def _with_options(self, options: Options) -> MicroActionInferencer:
        """The same model with other settings."""
        own, changes = self.inferencer.settings, {}
        threshold, before = options.threshold, own.merging['threshold']
        if threshold not in (None, before):
            stay = threshold * (own.merging['stay'] / before)
            changes.update(threshold=threshold, stay=stay)
        for name, least in (('window', MIN_WINDOW), ('stride', MIN_STRIDE)):
            asked = getattr(options, name)
            # Whoever runs the page may have set less.
            if asked and asked != getattr(own, name):
                if not asked >= least:
                    raise UserError(f'{name} must be {least:g} s or more (0: '
                                    f'automatic), but got {asked:g}')
                changes[name] = asked
        return self.inferencer.with_settings(**changes)

    def _write(self, analysis: Analysis, source: VideoFile,
               progress: Progress) -> None:
        """Make every output; failures are noted."""
        for name, output in self.outputs.items():

            def advance(done: float = 0., total: float = 1.) -> None:
                start = .65 if name == _SLOW else _SCAN
                progress(start + (1 - start) * done / total,
                         f'Making {output.file}')

            advance()
            job = Job(analysis.result, source.path, None, advance, source.pose)
            try:
                with self._drawing:
                    output.write(job, osp.join(analysis.folder, output.file))
            except Stopped:
                raise
            except Exception as error:  # the others are to be made
                print_log(f'no {name}: {error!r}', 'current', logging.WARNING)
                analysis.failures.append(f'{output.file}: {error}')
            paths = (osp.join(analysis.folder, x) for x in output.files)
            analysis.files += sorted(filter(osp.isfile, paths))

    def _pack(self, analysis: Analysis) -> None:
        """Name the files after the video, and zip them: unpacked beside the
        video, they link to it."""
        named = [analysis.name(osp.basename(x)) for x in analysis.files]
        for file, new in zip(analysis.files, named):
            os.rename(file, new)
        packed = analysis.name('all.zip')
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
            for file in named:
                archive.write(file, osp.basename(file))
        analysis.files = [packed, *named]


class MovementAnalyser(Analyser):
    """Measures movement and contacts on key points, without a model."""
    outputs, title = MOVEMENT_OUTPUTS, 'Movement and touch, no model'
    taxonomy = MOVEMENT

    def __init__(self, pose: str, limits: Limits) -> None:
        self.poses, self.limits = PoseInput(pose), limits

    def _prepare(self, options: Options) -> Callable:

        def infer(source: VideoFile, progress: Progress) -> VideoResult:
            source.pose = self.poses.find(
                source, lambda done, total: progress(_SCAN * done / total,
                                                     'Following the person'))
            return measure_source(source)

        return infer
