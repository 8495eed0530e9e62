# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From a video to typed results, in one call. Times in seconds."""
import os
import os.path as osp
from itertools import islice
from typing import Callable, Iterator, Optional, Sequence, Union

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmaction_microaction.pose import KeypointLayout, require_layout
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tool_parts import load_config
from .calibration import UNMEASURED
from .onnx_predictor import OnnxPredictor
from .pose_input import HOW_TO_GIVE_POSE, Pose, PoseInput, VideoPose
from .predictor import TorchPredictor, latest_checkpoint
from .video_stream import DEFAULT_FPS, FrameArray, VideoFile
from .window_pipeline import WindowPipeline
from .windows import (Window, check_merging, join_chunks, label_clip,
                      make_steps, merge_steps, plan_chunks, plan_windows,
                      scores_of_segments, scores_of_steps, shift_segments)

# That starts a segment: three in ten among 52. Where the F1 of detectors on
# generated sessions is largest, too (0.3 to 0.35).
THRESHOLD = .3
MIN_DURATION = .5  # seconds
_DETECTION_STEP = .5  # seconds
_BATCH_SIZE = 8

Video = Union[str, os.PathLike, np.ndarray]
#: Called with the seconds that are done and those of the whole video.
Progress = Callable[[float, float], None]


class MicroActionInferencer:
    """Finds micro-actions in videos of any length.

    .. code-block:: python

        inferencer = MicroActionInferencer('configs/manet_r50_ma52.py',
                                           'epoch_80.pth')
        result = inferencer('interview.mp4')
        result.to_dataframe()

    A recogniser sees :func:`~.windows.plan_windows` through the config's test
    pipeline, so a window's scores are those of ``tools/test.py`` for a file of
    its frames; :func:`~.windows.merge_steps` makes segments of them. A video
    in one window has one prediction: its best class, and whatever else reaches
    the threshold. A detector's segments are taken as they are; a video longer
    than its window is seen in overlapping ones, and every action as the one
    around it has seen it. Frames are read once.

    Args:
        config (str | Config): The experiment.
        checkpoint (str, optional): Its weights, or an ``.onnx`` file; by
            default the latest checkpoint in the config's work folder.
        device (str, optional): By default the GPU if there is one.
        window (float, optional): By default 2, but up to 4 s are one clip.
        stride (float, optional): By default a quarter of the window.
        threshold (float, optional): Probability that starts a segment; by
            default 0.3, for a calibrated detector as fitted. Of such a one
            it is of confidences.
        stay (float, optional): That keeps it up; by default half of that.
        min_duration (float): Shortest segment from windows.
        max_gap (float): Longest gap from windows that is closed.
        batch_size (int, optional): Windows at a time; by default that of the
            config's test loader, at most 8.
        cfg_options (dict, optional): Settings to override in the config.
        pose (str | dict | Sequence[dict], optional): That of the videos, see
            :class:`~.pose_input.PoseInput`; for models that need it.

    Raises:
        ValueError: If a setting makes no sense, or they do not go together.
    """

    def __init__(self,
                 config: Union[str, os.PathLike, Config],
                 checkpoint: Optional[Union[str, os.PathLike]] = None,
                 device: Optional[str] = None,
                 window: Optional[float] = None,
                 stride: Optional[float] = None,
                 threshold: Optional[float] = None,
                 stay: Optional[float] = None,
                 min_duration: float = MIN_DURATION,
                 max_gap: float = 0.,
                 batch_size: Optional[int] = None,
                 cfg_options: Optional[dict] = None,
                 pose: Optional[Pose] = None) -> None:
        if isinstance(config, Config):
            config.merge_from_dict(cfg_options or {})
        else:
            config = load_config(os.fspath(config), cfg_options)
        if 'test_dataloader' not in config:
            raise UserError(f'config {config.filename} has no test_dataloader')
        self.config = config
        self.source = osp.splitext(osp.basename(config.filename
                                                or 'config'))[0]
        checkpoint = os.fspath(
            checkpoint or latest_checkpoint(config, self.source))
        self.checkpoint = osp.basename(checkpoint)
        init_default_scope(config.get('default_scope') or 'mmaction')
        loader = config.test_dataloader
        self.pipeline = WindowPipeline(loader.dataset.pipeline)
        self.poses = None if pose is None else PoseInput(pose)
        self._layout = KeypointLayout.load(
            loader.dataset.get('layout', 'openpose28'))
        self.predictor = OnnxPredictor(checkpoint, config, device) \
            if checkpoint.lower().endswith('.onnx') else \
            TorchPredictor(config, checkpoint, device)
        self.detects = self.predictor.detects
        self.taxonomy = self.predictor.taxonomy
        self.calibration = self.predictor.calibration
        self.features = None  # of the last video
        self.window, self.stride = window, stride
        #: That the user wants.
        self.threshold = threshold
        threshold = THRESHOLD if threshold is None else threshold
        self.merging = dict(
            threshold=threshold,
            stay=threshold / 2 if stay is None else stay,
            min_duration=min_duration,
            max_gap=max_gap)
        check_merging(**self.merging)
        plan_windows(np.zeros(1), 1., window, stride)  # checks them
        self.batch_size = min(loader.get('batch_size', 1), _BATCH_SIZE) \
            if batch_size is None else batch_size
        if self.batch_size < 1:
            raise UserError('batch_size must be at least 1, but got '
                            f'{self.batch_size}')

    def __call__(self,
                 videos: Union[Video, Sequence[Video]],
                 fps: float = DEFAULT_FPS,
                 progress: Optional[Progress] = None,
                 pose: Union[Pose, PoseInput, None] = None):
        """Look for micro-actions: a VideoResult, or a list of them.

        Args:
            videos (str | np.ndarray | Sequence): A file, frames (T, H, W, 3)
                uint8 RGB, or several of them; errors as of VideoFile.
            fps (float): Of an array.
            progress (callable, optional): See :data:`Progress`; an estimator
                of the pose comes first, and tells its own.
            pose: In place of that of the inferencer.
        """
        if not (pose is None or isinstance(pose, PoseInput)):
            pose = PoseInput(pose)
        if isinstance(videos, (list, tuple)):
            return [self(video, fps, progress, pose) for video in videos]
        if isinstance(videos, (str, os.PathLike)):
            source = VideoFile(videos)
        elif isinstance(videos, np.ndarray):
            source = FrameArray(videos, fps)
        else:
            raise TypeError('expected a file name or an array of frames, or a '
                            f'list of them, but got {type(videos).__name__}')
        if pose is not None:
            source.pose = pose.find(source, progress)
        return self.infer(source, progress)

    def infer(self,
              source: VideoFile,
              progress: Optional[Progress] = None) -> VideoResult:
        """As :meth:`__call__`, in a video that is opened already, and may
        have its ``pose``."""
        if self.pipeline.needs_pose:
            self.require_pose(source.pose or self.poses)
            source.pose = source.pose or self.poses.find(source, progress)
            require_layout(source.pose.entry, self._layout)
        work = self._detect if self.detects else self._recognise
        self.predictor.take_features()  # of a video that broke off
        result = work(source, progress or (lambda done, total: None))
        self.features = self.predictor.take_features()
        if self.calibration:
            result.settings.update(
                self.calibration.claims(self.features, self.threshold is None))
        return result

    def require_pose(self, pose: Union[PoseInput, VideoPose, None]) -> None:
        """UserError if the model needs pose and there is none."""
        if self.pipeline.needs_pose and pose is None:
            raise UserError(f'{self.source} needs the pose of the person: '
                            f'{HOW_TO_GIVE_POSE}')

    def _recognise(self, source: VideoFile, progress: Progress) -> VideoResult:
        plan = plan_windows(source.times, source.end, self.window, self.stride)
        windows, scores = [], []
        for part, packed in self._batches(source, plan.windows, progress):
            windows += part
            scores.append(self.predictor.predict(packed))
        scores = np.concatenate(scores)
        if not self.pipeline.needs_frames:
            seen = source.pose.seen
            scores[[not seen[w.frames].any() for w in windows]] = 0
        steps = plan.step_starts, plan.step_ends
        settings = dict(
            window=windows[0].end - windows[0].start,
            stride=plan.step,
            num_windows=len(windows),
            **self.merging)
        result = self._result(source, *steps,
                              scores_of_steps(windows, scores, *steps),
                              settings)
        result.scores = scores.mean(axis=0)
        if len(plan.windows) == 1:
            result.segments = label_clip(result.scores, result.step_starts[0],
                                         result.step_ends[-1],
                                         self.merging['threshold'],
                                         self.taxonomy)
        else:
            steps = result.step_starts, result.step_ends, result.step_scores
            result.segments = merge_steps(
                *steps, taxonomy=self.taxonomy, **self.merging)
            if not self.predictor.multi_label:
                result.settings['notes'] = [UNMEASURED]
        return result

    def _detect(self, source: VideoFile, progress: Progress) -> VideoResult:
        chunks = plan_chunks(source.times, source.end, self._chunk_frames())
        starts, ends = make_steps(
            float(source.times[0]), source.end, _DETECTION_STEP)
        middles, seen = (starts + ends) / 2, np.zeros(len(starts), bool)
        parts, found = [], []
        for part, packed in self._batches(source, chunks, progress):
            parts += part
            for chunk, segments in zip(part, self.predictor.detect(packed)):
                found.append(shift_segments(segments, chunk, source))
                seen |= (chunk.start <= middles) & (middles < chunk.end)
        found = join_chunks(parts, found)
        sure = self.calibration.apply(found) if self.calibration else found
        steps = scores_of_segments(sure, starts, ends,
                                   self.taxonomy.num_classes)
        steps[~seen] = np.nan  # that is not the same as no action
        settings = dict(
            step=_DETECTION_STEP,
            num_chunks=len(chunks),
            chunk=chunks[0].end - chunks[0].start)
        least = self.merging['threshold']
        if self.threshold is not None or not self.calibration:
            settings = dict(threshold=least, **settings)
        result = self._result(source, starts, ends, steps, settings)
        result.scores = result.step_scores.max(axis=0)
        result.segments = self.calibration.show(found, self.threshold) \
            if self.calibration else [s for s in found if s.score >= least]
        return result

    def _result(self, source: VideoFile, starts: np.ndarray, ends: np.ndarray,
                scores: np.ndarray, settings: dict) -> VideoResult:
        """Of the steps that something was seen in, yet without segments."""
        video = source.info()
        if self.pipeline.needs_pose:
            settings.update(source.pose.facts)
        kept = (starts < video.duration) & ~np.isnan(scores).any(axis=1)
        steps = starts, np.minimum(ends, video.duration), scores
        settings = dict(
            domain=self.predictor.domain,  # '' where nobody says it
            checkpoint=self.checkpoint,
            task='detection' if self.detects else 'recognition',
            device=str(self.predictor.device),
            confidence='not calibrated',
            **settings)
        return VideoResult(video, scores[:0], *(x[kept] for x in steps), [],
                           self.source, settings, self.taxonomy)

    def _batches(self, source: VideoFile, windows: Sequence[Window],
                 progress: Progress) -> Iterator[tuple]:
        """Yield tuples of windows and of what is packed of them."""
        # Asked first, and so once more, the pipeline reads to the file's end.
        pairs = zip(self.pipeline.run(source, windows), windows)
        usable, part = ((w, x) for x, w in pairs if x is not None), None
        while batch := list(islice(usable, self.batch_size)):
            part, packed = zip(*batch)
            yield part, packed
            progress(part[-1].end, source.end)
        if part is None:
            raise UserError(f'{source.path} is damaged: too few of its '
                            'frames can be decoded')

    def _chunk_frames(self) -> int:
        """Frames that a detector's window holds at its own stride."""
        for step in self.config.test_dataloader.dataset.pipeline:
            if step['type'] == 'SampleWholeClip':
                return step['max_frames'] * step.get('stride', 1)
        raise UserError('a detector needs SampleWholeClip in '
                        'test_dataloader.dataset.pipeline')
