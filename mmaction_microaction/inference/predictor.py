# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Trained PyTorch models, of K classes, for inference."""
import ast
import os
import os.path as osp
import re
from typing import List, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import find_latest_checkpoint
from mmengine.runner.amp import autocast

from mmaction_microaction.engine.hooks import load_matching_weights
from mmaction_microaction.models import TemporalDetector
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tool_parts import build_model
from .calibration import KEY, Calibration


class TorchPredictor:
    """A config's model with the weights of a checkpoint (file or URL) on a
    :func:`device <pick_device>`; :meth:`predict` is for recognisers,
    :meth:`detect` for detectors (``detects``). ``calibration`` is that of the
    checkpoint, or None."""

    def __init__(self,
                 config: Config,
                 checkpoint: Union[str, os.PathLike],
                 device: Optional[str] = None) -> None:
        self.device = pick_device(device)
        init_default_scope(config.get('default_scope') or 'mmaction')
        self.model = build_model(config)
        self._head = head = getattr(self.model, 'cls_head', None) or \
            getattr(self.model, 'head', None)
        saved = load_matching_weights(self.model, os.fspath(checkpoint),
                                      config.filename)
        meta = saved.get('meta')
        meta = meta if isinstance(meta, dict) else {}
        self.taxonomy = find_taxonomy(config, meta,
                                      getattr(head, 'num_classes', None))
        self.domain = find_domain(config, meta)
        self.calibration = KEY in saved and Calibration.from_dict(
            saved[KEY], self.taxonomy.num_classes) or None
        self.model.to(self.device).eval().requires_grad_(False)
        self.detects = isinstance(self.model, TemporalDetector)
        if getattr(head, 'average_clips', '') is None:
            # The host would then return the logits of all views.
            head.average_clips = 'sigmoid' if head.multi_class else 'prob'
        #: Whether a recogniser is multi-label.
        self.multi_label = bool(getattr(head, 'multi_class', False))
        # As mmengine's TestLoop does.
        self._half = bool((config.get('test_cfg') or {}).get('fp16'))

    def predict(self, samples: Sequence[dict]) -> np.ndarray:
        """Probabilities (N, K) float32 of N packed windows, averaged over the
        streams of the head."""
        scores = [sample.pred_score for sample in self._run(samples)]
        streams = [[x[key] for x in scores] for key in scores[0]] \
            if isinstance(scores[0], dict) else [scores]
        scores = [self._probabilities(torch.stack(x).float()) for x in streams]
        return torch.stack(scores).mean(dim=0).cpu().numpy()

    def detect(self, samples: Sequence[dict]) -> List[List[Segment]]:
        """Actions of N packed windows, best first; times in seconds from the
        start of the window."""
        found = [sample.pred_instances for sample in self._run(samples)]
        return [[
            Segment(*times, label, score, self.taxonomy)
            for times, label, score in zip(
                x.segments.tolist(), x.labels.tolist(), x.scores.tolist())
        ] for x in found]

    @torch.no_grad()
    def _run(self, samples: Sequence[dict]) -> list:
        with autocast(enabled=self._half):
            return self.model.test_step(pseudo_collate(list(samples)))

    def _probabilities(self, scores: torch.Tensor) -> torch.Tensor:
        """Normalise scores, which are logits for ``average_clips='score'``."""
        if scores.shape[1:] != (self.taxonomy.num_classes, ):
            raise UserError(f'expected {self.taxonomy.num_classes} scores of '
                            f'each clip, but got shape {tuple(scores.shape)}')
        mode = getattr(self._head, 'average_clips', None)
        outside = bool(((scores < 0) | (scores > 1)).any())
        if mode == 'score' or (mode is None and outside):
            several = getattr(self._head, 'multi_class', False)
            scores = scores.sigmoid() if several else scores.softmax(dim=1)
        check_scores(bool(scores.isfinite().all()))
        return scores


def check_scores(finite: bool) -> None:
    """UserError for scores that are not finite."""
    if not finite:
        raise UserError('the model gives NaN or infinity as scores: the '
                        'training has diverged, or float16 is too narrow '
                        '(test_cfg.fp16)')


def find_taxonomy(config: Config, meta: dict,
                  num_classes: Optional[int]) -> Taxonomy:
    """The label set of a model with ``num_classes`` (None: unknown): the first
    match of that of the training data, in a checkpoint's ``meta``, and that
    of the config's test data; else MA-52."""
    dataset = config.test_dataloader.dataset
    own = dataset.get('taxonomy')
    if dataset.get('classes'):
        own = Taxonomy.load(own or MA52).subset(dataset.classes)
    sources = (meta.get('dataset_meta') or {}).get('taxonomy'), own
    known = [Taxonomy.load(source) for source in sources if source] or [MA52]
    for taxonomy in known:
        if num_classes in (None, taxonomy.num_classes):
            return taxonomy
    raise UserError(
        f'{config.filename} is of a model of {num_classes} classes, but ' +
        ' and '.join(f'{x.title} has {x.num_classes}' for x in known) +
        ': set test_dataloader.dataset.taxonomy to the .yaml or .csv file of '
        'its label set (tools: --cfg-options '
        'test_dataloader.dataset.taxonomy=FILE)')


def find_domain(config: Config, meta: dict) -> str:
    """The kind of videos a model is for, e.g. ``'drawn people only'``:
    ``domain`` of the config in a checkpoint's ``meta``, else of this config;
    '' without one."""
    own = re.search(r'^domain = (([\'"])(\\.|(?!\2)[^\\\n])*\2)$',
                    str(meta.get('cfg')), re.M)
    return ast.literal_eval(own[1]) if own else config.get('domain') or ''


def latest_checkpoint(config: Config, name: str) -> str:
    """The latest checkpoint in the work folder of a config."""
    folder = config.get('work_dir') or osp.join('work_dirs', name)
    latest = find_latest_checkpoint(folder) if osp.isdir(folder) else None
    if latest is None:
        raise FileNotFoundError(f'there is no checkpoint in {folder}; train '
                                'one, or name a file')
    return latest


def pick_device(device: Optional[str] = None) -> str:
    """Validate ``'cpu'``, ``'cuda'`` or ``'cuda:1'``; None or ``'auto'`` means
    the GPU if there is one."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device in (None, 'auto'):
        return 'cuda' if gpus else 'cpu'
    try:
        found = torch.device(device)
        known = found.type == 'cpu' or (found.type == 'cuda' and
                                        (found.index or 0) < gpus)
    except RuntimeError:
        known = False
    if not known:
        there = ', '.join(['cpu', *(f'cuda:{i}' for i in range(gpus))])
        raise UserError(
            f'there is no device {device!r} here; there is {there}')
    return str(found)
