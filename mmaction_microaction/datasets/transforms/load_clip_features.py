# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os.path as osp
from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmaction_microaction.utils.errors import UserError

INDEX_FILE = 'index.json'


@TRANSFORMS.register_module()
class LoadClipFeatures(BaseTransform):
    """Load the features that ``tools/data/extract_features.py`` has written.

    The folder ``root`` has one ``.npy`` file per clip, named by a running
    number, as names of MMA-52 differ in case only and hold odd characters, and
    ``index.json``: ``{clip_name: {file, grid_fps, duration, total_frames}}``.

    Required keys: ``clip_name``. Added keys: ``imgs`` ((C, T) float32, C
    channels, T grid steps; where MMAction2 expects a model's input),
    ``grid_fps`` (steps per second), ``duration`` (seconds), ``total_frames``.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._index: Optional[Dict[str, dict]] = None

    def transform(self, results: dict) -> dict:
        """Load the features of ``results['clip_name']``."""
        path = osp.join(self.root, INDEX_FILE)
        if self._index is None:
            if not osp.isfile(path):
                raise FileNotFoundError(
                    f'{path} does not exist; run tools/data/extract_features.'
                    f'py with --out {self.root}, or set root of '
                    'LoadClipFeatures')
            with open(path, encoding='utf-8') as file:
                self._index = json.load(file)
        name = results['clip_name']
        if name not in self._index:
            raise UserError(
                f'{path} has no clip {name!r}; run '
                'tools/data/extract_features.py for this split, too')
        entry = dict(self._index[name])
        feats = np.load(osp.join(self.root, entry.pop('file')))
        results.update(imgs=feats.astype(np.float32), **entry)
        return results
