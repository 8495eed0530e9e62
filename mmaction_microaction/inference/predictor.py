# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A trained model behind the one call that inference needs.

Shapes: N windows, K = 52 actions.
"""
import os
from typing import List, Optional, Protocol, Sequence, Union

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner.amp import autocast
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict

from mmaction_microaction.engine.hooks.checkpoint_match_hook import \
    weight_differences
from mmaction_microaction.labels import NUM_ACTIONS
from mmaction_microaction.models import TemporalDetector
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError


class Predictor(Protocol):
    """What gives the scores of windows: a checkpoint or an ONNX file.

    Attributes:
        device (str): Where it computes, e.g. ``'cpu'``.
        detects (bool): Whether it is a detector, which has ``detect`` in
            place of ``predict``.
    """
    device: str
    detects: bool

    def predict(self, samples: Sequence[dict]) -> np.ndarray:
        """Score windows.

        Args:
            samples (Sequence[dict]): N windows as the test pipeline packs
                them: ``inputs`` (Tensor) and ``data_samples``.

        Returns:
            np.ndarray: (N, K) float32, probabilities.
        """


def build_predictor(config: Config,
                    path: str,
                    device: Optional[str] = None) -> Predictor:
    """Load a model for inference.

    Args:
        config (Config): The experiment.
        path (str): A checkpoint, or an ``.onnx`` file exported from it.
        device (str, optional): ``'cpu'``, ``'cuda'`` or ``'cuda:1'``.
            Defaults to None, the GPU if there is one.

    Returns:
        Predictor: The model.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, is of another model, or there
            is no such device.
    """
    if os.fspath(path).lower().endswith('.onnx'):
        from .onnx_predictor import OnnxPredictor
        return OnnxPredictor(path, config, device)
    return TorchPredictor(config, path, device)


class TorchPredictor:
    """A model of a config with the weights of a checkpoint.

    Args:
        config (Config): The experiment.
        checkpoint (str): File or address.
        device (str, optional): As in :func:`build_predictor`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no checkpoint, is of another model, the
            model has other classes, or there is no such device.
    """

    def __init__(self,
                 config: Config,
                 checkpoint: Union[str, os.PathLike],
                 device: Optional[str] = None) -> None:
        self.device = pick_device(device)
        init_default_scope(config.get('default_scope') or 'mmaction')
        self.model = MODELS.build(config.model)
        head = getattr(self.model, 'cls_head', None) or \
            getattr(self.model, 'head', None)
        classes = getattr(head, 'num_classes', NUM_ACTIONS)
        if classes != NUM_ACTIONS:
            raise UserError(f'{config.filename} is of a model with {classes} '
                            f'classes; inference is for the {NUM_ACTIONS} '
                            'micro-actions of MA-52')
        self._load(os.fspath(checkpoint), config)
        self.model.to(self.device).eval().requires_grad_(False)
        self.detects = isinstance(self.model, TemporalDetector)
        self._head = head
        if getattr(head, 'average_clips', '') is None:
            # The host then hands out the logits of all views.
            head.average_clips = 'sigmoid' if head.multi_class else 'prob'
        # As mmengine's TestLoop does.
        self._half = bool((config.get('test_cfg') or {}).get('fp16'))

    def predict(self, samples: Sequence[dict]) -> np.ndarray:
        """As :meth:`Predictor.predict`.

        Raises:
            ValueError: If the model is a detector, or does not give one score
                for each class.
        """
        if self.detects:
            raise UserError('a detector gives segments: use detect()')
        scores = [sample.pred_score for sample in self._run(samples)]
        if isinstance(scores[0], dict):
            raise UserError('the model gives several scores for each clip '
                            f'({", ".join(scores[0])}), expected one')
        return self._probabilities(torch.stack(scores).float()).cpu().numpy()

    def detect(self, samples: Sequence[dict]) -> List[List[Segment]]:
        """Find the actions of windows.

        Args:
            samples (Sequence[dict]): N windows.

        Returns:
            list[list[Segment]]: N lists, best first; times in seconds from
            the start of each window.
        """
        found = []
        for sample in self._run(samples):
            instances = sample.pred_instances
            found.append([
                Segment(start, end, label, score)
                for (start,
                     end), label, score in zip(instances.segments.tolist(
                     ), instances.labels.tolist(), instances.scores.tolist())
            ])
        return found

    @torch.no_grad()
    def _run(self, samples: Sequence[dict]) -> list:
        with autocast(enabled=self._half):
            return self.model.test_step(pseudo_collate(list(samples)))

    def _probabilities(self, scores: torch.Tensor) -> torch.Tensor:
        """Of what the head gives: only ``average_clips='score'`` are logits
        still."""
        if scores.shape[1:] != (NUM_ACTIONS, ):
            raise UserError(f'expected {NUM_ACTIONS} scores of each clip, '
                            f'but got shape {tuple(scores.shape)}')
        mode = getattr(self._head, 'average_clips', None)
        outside = bool(((scores < 0) | (scores > 1)).any())
        if mode == 'score' or (mode is None and outside):
            several = getattr(self._head, 'multi_class', False)
            scores = scores.sigmoid() if several else scores.softmax(dim=1)
        return scores

    def _load(self, path: str, config: Config) -> None:
        checkpoint = CheckpointLoader.load_checkpoint(
            path, 'cpu', logger='silent')
        _, differences = weight_differences(self.model, checkpoint)
        if differences:
            raise UserError(f'checkpoint {path} is of another model than '
                            f'{config.filename}: {differences}')
        weights = checkpoint.get('state_dict', checkpoint)
        load_state_dict(self.model, {
            k.removeprefix('module.'): v
            for k, v in weights.items()
        })


def pick_device(device: Optional[str] = None) -> str:
    """Check the name of a device.

    Args:
        device (str, optional): E.g. ``'cuda:1'``; None or ``'auto'`` is the
            GPU if there is one. Defaults to None.

    Returns:
        str: Its name.

    Raises:
        ValueError: If there is no such device.
    """
    has_gpu = torch.cuda.is_available()
    if device in (None, 'auto'):
        return 'cuda' if has_gpu else 'cpu'
    try:
        found = torch.device(device)
        known = found.type == 'cpu' or (found.type == 'cuda' and has_gpu and
                                        (found.index
                                         or 0) < torch.cuda.device_count())
    except RuntimeError:
        known = False
    if not known:
        there = ['cpu'
                 ] + [f'cuda:{i}' for i in range(torch.cuda.device_count())]
        raise UserError(f'there is no device {device!r} here; there is '
                        f'{", ".join(there)}')
    return str(found)
