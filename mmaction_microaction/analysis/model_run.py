# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Run a model over its test set for an analysis. Shapes: N clips, K classes, V
views (of a 2-D network: frames) of a clip, C features."""
import os.path as osp
from contextlib import AbstractContextManager
from typing import Any, List, Optional

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.runner import Runner
from rich.progress import track
from torch import Tensor, nn

from mmaction_microaction.datasets import (MicroActionDataset, count_classes,
                                           labels_of)
from mmaction_microaction.engine.hooks import load_matching_weights
from mmaction_microaction.evaluation.predictions import pick_score, to_array
from mmaction_microaction.models.heads import JointEmbeddingHead
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tool_parts import build_model
from .analysed_clips import AnalysedClips


def load_model(cfg: Config, checkpoint: str) -> nn.Module:
    """Build a recogniser with the weights of a file or address, for
    evaluation, on the GPU if there is one; ValueError for another model, or
    without ``cls_head``."""
    _require(cfg, 'model')
    model = build_model(cfg)
    if getattr(model, 'cls_head', None) is None:
        raise UserError(f'{cfg.filename} builds a {type(model).__name__}, '
                        'which does not classify clips; expected a '
                        'recogniser with a cls_head')
    load_matching_weights(model, checkpoint, cfg.filename)
    model.requires_grad_(False)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    return model.to(device).eval()


def build_test_set(cfg: Config,
                   clips: Optional[int] = None,
                   seed: int = 0) -> Any:
    """Test set of a config, or a random sample of ``clips`` in the list's
    order; ValueError if there is none, or it is empty."""
    _require(cfg, 'test_dataloader')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if clips is not None:
        if clips < 1:
            raise UserError(f'expected at least 1 clip, but got {clips}')
        chosen = np.random.default_rng(seed).permutation(len(dataset))
        dataset.get_subset_(np.sort(chosen[:clips]).tolist())
    return dataset


def count_training_clips(cfg: Config) -> Optional[np.ndarray]:
    """Clips of each class of a config's training set, (K,) int64, without
    opening videos; None if the set or its list is missing."""
    options = (cfg.get('train_dataloader') or {}).get('dataset')
    if options is None:
        return None
    options = options.copy()
    if issubclass(DATASETS.get(options.type), MicroActionDataset):
        options.check_files = False
    try:
        dataset = DATASETS.build(options)
    except FileNotFoundError:
        return None
    return count_classes(labels_of(dataset), _taxonomy(dataset).num_classes)


def run_model(model: nn.Module, dataset: Any, loader: dict) -> AnalysedClips:
    """Classify all clips in order, and keep their features: the joint
    embedding (with the label vectors), otherwise the input of the head's last
    linear layer, averaged over the views.

    ``loader`` is the config of a data loader. ValueError for hidden labels, or
    classes other than the model's.
    """
    labels = labels_of(dataset)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    in_order = dict(type='DefaultSampler', shuffle=False)
    loader = dict(loader, dataset=dataset, sampler=in_order)
    loader.update(persistent_workers=False)  # one pass
    scores, features = [], []
    with FeatureTap(model.cls_head) as tap, torch.no_grad():
        for batch in track(Runner.build_dataloader(loader), 'Testing'):
            samples = [x.to_dict() for x in model.test_step(batch)]
            found = [pick_score(x, None, 'a prediction') for x in samples]
            scores += map(to_array, found)
            features.append(tap.take(len(samples)))
    names = [x.get('clip_name') or osp.basename(x['filename']) for x in infos]
    return AnalysedClips(
        names,
        labels,
        np.stack(scores),
        _taxonomy(dataset),
        paths=[x.get('filename') for x in infos],
        features=np.concatenate(features),
        label_vectors=tap.label_vectors)


class FeatureTap(AbstractContextManager):
    """Records a head's features for the clips of a batch; a context manager.

    ``label_vectors`` are (K, C) float32 of a joint head, else None.
    """

    def __init__(self, head: nn.Module) -> None:
        joint = isinstance(head, JointEmbeddingHead)
        outputs = getattr(head, 'num_classes', None)
        outputs = getattr(head, 'num_outputs', outputs)
        layers = [head.fc_emb] if joint else [
            m for m in head.modules()
            if isinstance(m, nn.Linear) and m.out_features == outputs
        ]
        if not layers:
            raise UserError(f'{type(head).__name__} has no linear layer '
                            'for its classes to take features before')
        self.label_vectors = to_array(head.label_vectors) if joint else None
        self._rows: List[Tensor] = []
        self._handle = layers[-1].register_forward_hook(
            lambda layer, args, out: self._rows.append(out
                                                       if joint else args[0]))

    def take(self, num_clips: int) -> np.ndarray:
        """Features of a batch: (num_clips, C) float32, means over views and
        frames."""
        rows = torch.cat(self._rows)  # clip by clip, V rows each
        self._rows.clear()
        return to_array(rows.unflatten(0, (num_clips, -1)).mean(dim=1))

    def __exit__(self, *error: Any) -> None:
        self._handle.remove()


def _require(cfg: Config, key: str) -> None:
    if cfg.get(key) is None:
        raise UserError(f'{cfg.filename} has no {key}; expected the config '
                        'of an experiment, as in configs/')


def _taxonomy(dataset: Any) -> Taxonomy:
    """Of a data set; MA-52's if it has none."""
    known = dataset.metainfo
    return Taxonomy.load(
        known.get('taxonomy')
        or MA52.subset(known.get('classes') or MA52.names))
