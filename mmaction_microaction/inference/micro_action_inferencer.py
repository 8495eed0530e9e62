# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Inference on videos of any length. Times in seconds."""
import copy
import os
import os.path as osp
from dataclasses import replace
from itertools import islice
from typing import Callable, Iterator, List, Optional, Sequence, Union

import numpy as np
from mmaction.registry import INFERENCERS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmaction_microaction.pose import KeypointLayout, require_layout
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tool_parts import (list_configs, load_config,
                                                   merge_options)
from .calibration import UNMEASURED, measure_appearance
from .onnx_predictor import OnnxPredictor
from .pose_input import HOW_TO_GIVE_POSE, Pose, PoseInput, VideoPose
from .predictor import TorchPredictor, latest_checkpoint
from .settings import Settings
from .video_stream import DEFAULT_FPS, FrameArray, VideoFile
from .window_pipeline import WindowPipeline
from .windows import (Window, join_chunks, label_clip, make_steps, merge_steps,
                      plan_chunks, plan_windows, segment_scores_to_steps,
                      shift_segments, window_scores_to_steps)

_DETECTION_STEP = .5  # seconds
_BATCH_SIZE = 8

Video = Union[str, os.PathLike, np.ndarray]
#: Called with the seconds processed and the length of the video.
Progress = Callable[[float, float], None]


@INFERENCERS.register_module()
class MicroActionInferencer:
    """Recognise or detect micro-actions in videos of any length.

    .. code-block:: python

        inferencer = MicroActionInferencer('manet_r50_ma52', 'epoch_80.pth')
        result = inferencer('interview.mp4', threshold=.4)
        result.to_dataframe()

    A recogniser gets sliding windows (:func:`~.windows.plan_windows`) through
    the config's test pipeline, so that the scores of a window equal those of
    ``tools/test.py`` for a file with its frames;
    :func:`~.windows.merge_steps` turns them into segments. A video of one
    window gets its best class and any other above the threshold. A detector's
    segments are kept as predicted; a longer video is cut into overlapping
    windows (:func:`~.windows.join_chunks`). Frames are decoded once.

    Args:
        model (str | Config): A config, its file, or its name in
            :meth:`list_models`.
        weights (str, optional): A checkpoint, or an ``.onnx`` file; by default
            the latest checkpoint in the config's work folder.
        device (str, optional): By default the GPU if there is one.
        cfg_options (dict, optional): Settings to override in the config.
        pose (str | dict | Sequence[dict], optional): Pose of the videos, for
            models that need it; see :class:`~.pose_input.PoseInput`.
        settings: Fields of :class:`~.settings.Settings`: ``window``,
            ``threshold`` and so on.

    Raises:
        ValueError: If settings are invalid or incompatible.
    """

    def __init__(self,
                 model: Union[str, os.PathLike, Config],
                 weights: Optional[Union[str, os.PathLike]] = None,
                 device: Optional[str] = None,
                 cfg_options: Optional[dict] = None,
                 pose: Optional[Pose] = None,
                 **settings) -> None:
        self.settings = Settings(**settings)
        if isinstance(model, Config):
            config = copy.deepcopy(model)  # which stays as it is
            merge_options(config, cfg_options or {})
        else:
            config = load_config(os.fspath(model), cfg_options)
        if 'test_dataloader' not in config:
            raise UserError(f'config {config.filename} has no test_dataloader')
        self.config = config
        self.source = osp.splitext(osp.basename(config.filename
                                                or 'config'))[0]
        checkpoint = os.fspath(
            weights or latest_checkpoint(config, self.source))
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
        #: :func:`measure_appearance` of a detector's last video, mean.
        self.appearance = None

    @staticmethod
    def list_models() -> List[str]:
        """Names of the configs that come with the package."""
        return sorted(list_configs())

    def with_settings(self, **settings) -> 'MicroActionInferencer':
        """The same model with other settings."""
        other = copy.copy(self)
        other.settings = replace(self.settings, **settings)
        return other

    def __call__(self,
                 inputs: Union[Video, Sequence[Video]],
                 fps: float = DEFAULT_FPS,
                 progress: Optional[Progress] = None,
                 pose: Union[Pose, PoseInput, None] = None,
                 **settings):
        """Run inference.

        Args:
            inputs (str | np.ndarray | Sequence): A file, frames (T, H, W, 3)
                uint8 RGB, or a list of these.
            fps (float): Frame rate of an array, Hz.
            progress (callable, optional): See :data:`Progress`; also called
                by a pose estimator, which runs first.
            pose: Overrides the pose of the inferencer.
            settings: Override :class:`~.settings.Settings` for this call.

        Returns:
            VideoResult | list[VideoResult]: A list for a list.

        Raises:
            ValueError: If a video or a setting is invalid.
        """
        if settings:
            return self.with_settings(**settings)(inputs, fps, progress, pose)
        if not (pose is None or isinstance(pose, PoseInput)):
            pose = PoseInput(pose)
        if isinstance(inputs, (list, tuple)):
            return [self(video, fps, progress, pose) for video in inputs]
        if isinstance(inputs, (str, os.PathLike)):
            source = VideoFile(inputs)
        elif isinstance(inputs, np.ndarray):
            source = FrameArray(inputs, fps)
        else:
            raise TypeError('expected a file name or an array of frames, or a '
                            f'list of them, but got {type(inputs).__name__}')
        if pose is not None:
            source.pose = pose.find(source, progress)
        return self.infer(source, progress)

    def infer(self,
              source: VideoFile,
              progress: Optional[Progress] = None) -> VideoResult:
        """As :meth:`__call__`, for an open video, with or without ``pose``."""
        if self.pipeline.needs_pose:
            self.require_pose(source.pose or self.poses)
            source.pose = source.pose or self.poses.find(source, progress)
            require_layout(source.pose.entry, self._layout)
        work = self._detect if self.detects else self._recognise
        return work(source, progress or (lambda done, total: None))

    def require_pose(self, pose: Union[PoseInput, VideoPose, None]) -> None:
        """UserError if the model needs pose and there is none."""
        if self.pipeline.needs_pose and pose is None:
            raise UserError(f'{self.source} needs the pose of the person: '
                            f'{HOW_TO_GIVE_POSE}')

    def _recognise(self, source: VideoFile, progress: Progress) -> VideoResult:
        plan = plan_windows(source.times, source.end, self.settings.window,
                            self.settings.stride)
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
            **self.settings.merging)
        result = self._result(source, *steps,
                              window_scores_to_steps(windows, scores, *steps),
                              settings)
        result.scores = scores.mean(axis=0)
        if len(plan.windows) == 1:
            result.segments = label_clip(result.scores, result.step_starts[0],
                                         result.step_ends[-1],
                                         self.settings.merging['threshold'],
                                         self.taxonomy)
        else:
            steps = result.step_starts, result.step_ends, result.step_scores
            result.segments = merge_steps(
                *steps, taxonomy=self.taxonomy, **self.settings.merging)
            if not self.predictor.multi_label:
                result.settings['notes'] = [UNMEASURED]
        return result

    def _detect(self, source: VideoFile, progress: Progress) -> VideoResult:
        chunks = plan_chunks(source.times, source.end, self._chunk_frames())
        starts, ends = make_steps(
            float(source.times[0]), source.end, _DETECTION_STEP)
        middles, seen = (starts + ends) / 2, np.zeros(len(starts), bool)
        parts, found, looks = [], [], []
        for part, packed in self._batches(source, chunks, progress):
            parts += part
            looks += [measure_appearance(x['inputs']) for x in packed]
            for chunk, segments in zip(part, self.predictor.detect(packed)):
                found.append(shift_segments(segments, chunk, source))
                seen |= (chunk.start <= middles) & (middles < chunk.end)
        found = join_chunks(parts, found)
        sure = self.calibration.apply(found) if self.calibration else found
        steps = segment_scores_to_steps(sure, starts, ends,
                                        self.taxonomy.num_classes)
        steps[~seen] = np.nan  # unknown, not "no action"
        settings = dict(
            step=_DETECTION_STEP,
            num_chunks=len(chunks),
            chunk=chunks[0].end - chunks[0].start)
        asked, least = (self.settings.threshold,
                        self.settings.merging['threshold'])
        if asked is not None or not self.calibration:
            settings = dict(threshold=least, **settings)
        result = self._result(source, starts, ends, steps, settings)
        result.scores = result.step_scores.max(axis=0)
        result.segments = self.calibration.select(found, asked) \
            if self.calibration else [s for s in found if s.score >= least]
        looks = [x for x in looks if x is not None]
        self.appearance = np.mean(looks, axis=0) if looks else None
        if self.calibration:
            result.settings.update(
                self.calibration.report(self.appearance, asked is None))
        return result

    def _result(self, source: VideoFile, starts: np.ndarray, ends: np.ndarray,
                scores: np.ndarray, settings: dict) -> VideoResult:
        """The result of the steps with valid scores, without segments."""
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
        """Yield tuples of windows and their packed inputs."""
        # Asked first, and so once more, the pipeline reads to the file's end.
        pairs = zip(self.pipeline.run(source, windows), windows)
        usable, part = ((w, x) for x, w in pairs if x is not None), None
        size = self.settings.batch_size or min(
            self.config.test_dataloader.get('batch_size', 1), _BATCH_SIZE)
        while batch := list(islice(usable, size)):
            part, packed = zip(*batch)
            yield part, packed
            progress(part[-1].end, source.end)
        if part is None:
            raise UserError(f'{source.path} is damaged: too few of its '
                            'frames can be decoded')

    def _chunk_frames(self) -> int:
        """Frames in a detector's window, at its stride."""
        for step in self.config.test_dataloader.dataset.pipeline:
            if step['type'] == 'SampleWholeClip':
                return step['max_frames'] * step.get('stride', 1)
        raise UserError('a detector needs SampleWholeClip in '
                        'test_dataloader.dataset.pipeline')
