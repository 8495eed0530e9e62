# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp
from functools import cached_property
from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmaction_microaction.utils.errors import (UserError, UserRuntimeError,
                                               reason_of)
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.limits import load_json, read_array

INDEX_FILE = 'index.json'


@TRANSFORMS.register_module()
class LoadClipFeatures(BaseTransform):
    """Load features written by ``tools/data/extract_features.py``.

    The folder ``root`` has a numbered ``.npy`` file per clip (names of MMA-52
    may differ in case only), and ``index.json``: ``{clip_name: {file,
    grid_fps, duration, total_frames}}``.

    Required keys: ``clip_name``. Added keys: ``imgs`` ((C, T) float32, C
    channels, T grid steps; the key of MMAction2's model inputs),
    ``grid_fps`` (steps per second), ``duration`` (seconds), ``total_frames``.
    """

    def __init__(self, root: str) -> None:
        self.root = root

    @cached_property
    def _index(self) -> Dict[str, dict]:
        path = osp.join(self.root, INDEX_FILE)
        if not osp.isfile(path):
            raise FileNotFoundError(
                f'{path} does not exist; run tools/data/extract_features.py '
                f'with --out {self.root}, or set root of LoadClipFeatures')
        return {to_nfc(x): y for x, y in load_json(path).items()}

    def transform(self, results: dict) -> dict:
        """Load the features of ``results['clip_name']``."""
        name = results['clip_name']
        if to_nfc(name) not in self._index:
            raise UserError(
                f'{INDEX_FILE} in {self.root} has no clip {name!r}; run '
                'tools/data/extract_features.py for this split, too')
        entry = dict(self._index[to_nfc(name)])
        path = osp.join(self.root, osp.basename(entry.pop('file')))
        try:
            feats = read_array(path)
        except (OSError, EOFError, ValueError) as error:
            new = UserRuntimeError(
                f'{path} has no features ({reason_of(error, path)}); remove '
                'it and run tools/data/extract_features.py again')
            new.clip = path
            raise new from error
        return dict(results, imgs=feats.astype(np.float32), **entry)
