# Copyright (c) mmaction-microaction contributors. All rights reserved.
import logging
import os.path as osp
from typing import Callable, List, Optional, Sequence, Union

from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of
from .layout import (SPLITS, find_annotations, find_mma52_videos, map_videos,
                     unlisted_videos)
from .mma52_annotations import (DEFAULT_FPS, VideoRecord, read_mma52,
                                suspicious_annotations)

TASKS = ('detection', 'multilabel')


@DATASETS.register_module()
class MMA52Dataset(BaseActionDataset):
    """Videos of MMA-52, each with any number of overlapping micro-actions.

    Annotations and videos are located in ``data_root`` (see
    :mod:`mmaction_microaction.datasets.layout`); an explicit ``ann_file``
    (formats: :mod:`mmaction_microaction.datasets.mma52_annotations`) or
    ``data_prefix``, absolute or relative to ``data_root``, takes precedence.
    Your own videos need both and a ``taxonomy``.

    A data info has ``filename`` (path), ``clip_name`` (id of the video, for
    ``meta_keys``), ``total_frames``, ``fps``, ``duration`` (seconds) and, if
    labels are known, of M instances ``gt_segments`` ((M, 2) float64, seconds,
    half-open), ``gt_labels`` ((M,) int64) and ``label``: the classes that
    occur, a sorted list of int, or for ``task='multilabel'`` a (K,) float32
    tensor of 0 and 1. ``metainfo`` has ``classes`` (K names) and ``taxonomy``
    (in plain types).

    Source: Li et al., "MMAD: Multi-label Micro-Action Detection in Videos",
    ICCV 2025, Sec. 3.

    Args:
        ann_file (str): CSV or JSON; with subsets in the file, only those of
            ``split`` are read.
        data_prefix (dict, optional): ``dict(video=FOLDER)``.
        data_root (str): Folder of the data set.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        taxonomy (str | dict | Taxonomy): See :meth:`Taxonomy.load`.
        task (str): ``'detection'`` or ``'multilabel'``, see ``label`` above.
        labels (bool, optional): Whether the annotations are valid. None: yes,
            except for the test split in ``data_root`` (the official test.csv
            has dummies).
        check_files (bool): Whether to check that all videos exist.
        default_fps (float): Frame rate of files without one (v1, JSON), Hz.

    Raises:
        UserError, FileNotFoundError: If an argument, row or video is invalid.
    """

    METAINFO = dict(dataset_type='mma52')

    def __init__(self,
                 ann_file: str = '',
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 data_prefix: Optional[dict] = None,
                 data_root: str = '',
                 split: str = 'train',
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 task: str = 'detection',
                 labels: Optional[bool] = None,
                 check_files: bool = True,
                 default_fps: float = DEFAULT_FPS,
                 metainfo: Optional[dict] = None,
                 **kwargs) -> None:
        if split not in SPLITS or task not in TASKS:
            raise UserError(f'split must be one of {SPLITS} and task one of '
                            f'{TASKS}, but got {split!r} and {task!r}')
        if not data_root and not (ann_file and data_prefix):
            raise UserError(
                'MMA52Dataset needs data_root (the folder that holds MMA-52, '
                'in the configs {{$MMA52_ROOT:data/mma52}}), or ann_file and '
                'data_prefix=dict(video=FOLDER)')
        self.split, self.check_files = split, check_files
        self.taxonomy = Taxonomy.load(taxonomy)
        self.default_fps = default_fps
        self.has_labels = labels if labels is not None else (
            bool(ann_file) or split != 'test')
        meta = dict(
            taxonomy=self.taxonomy.to_dict(),
            classes=list(self.taxonomy.names))
        super().__init__(
            ann_file,
            pipeline,
            data_prefix or {},
            data_root=data_root,
            # The host makes the label a multi-hot vector; it needs one.
            multi_class=task == 'multilabel' and self.has_labels,
            num_classes=self.taxonomy.num_classes,
            metainfo=dict(meta, **(metainfo or {})),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the annotations and locate the videos: data infos in the order
        of the file."""
        path = self.ann_file or find_annotations(self.data_root, self.split)
        self.sources = [path]  # as of MicroActionDataset
        records = read_mma52(path, self.has_labels, self.default_fps,
                             self.taxonomy.num_classes)
        records = _of_split(records, path, self.split)
        ids = [x.video_id for x in records]
        folder = self.data_prefix.get('video') or find_mma52_videos(
            self.data_root, self.split, must_exist=self.check_files)
        files = {i: osp.join(folder, f'{i}.mp4') for i in ids}
        if self.check_files:
            files = map_videos(ids, folder)
            # A folder for all splits has videos of the others.
            if osp.basename(osp.normpath(folder)) != 'videos':
                _warn('videos without a row in ' + path,
                      unlisted_videos(ids, folder))
        data_list = [
            dict(
                filename=files[x.video_id],
                clip_name=x.video_id,
                total_frames=x.total_frames,
                fps=x.fps,
                duration=x.duration) for x in records
        ]
        if self.has_labels:
            _warn('odd annotations', suspicious_annotations(records, path))
            for x, info in zip(records, data_list):
                info.update(
                    gt_segments=x.segments,
                    gt_labels=x.labels,
                    label=sorted(set(x.labels.tolist())))
        return data_list

    def get_cat_ids(self, idx: int) -> List[int]:
        """The classes of a video, for MMEngine's ``ClassBalancedDataset``."""
        return sorted(set(self.get_data_info(idx)['gt_labels'].tolist()))


def _warn(what: str, found: List[str]) -> None:
    """Log a list of findings, if any."""
    if found:
        lines = [f'MMA-52: {len(found)} {what}:', *first_of(found, 20)]
        print_log('\n    '.join(lines), 'current', logging.WARNING)


def _of_split(records: List[VideoRecord], path: str,
              split: str) -> List[VideoRecord]:
    """The videos of the split, if the file has subsets."""
    subsets = {x.subset for x in records}
    if subsets == {''}:
        return records
    without = [x.video_id for x in records if not x.subset]
    if without:
        raise UserError(f'{path}: {len(without)} videos name no subset, but '
                        'others do; give one to all or to none. Without: ' +
                        ', '.join(first_of(without)))
    # 'train' and 'training', 'val' and 'validation', ...
    chosen = [x for x in records if x.subset.lower().startswith(split)]
    if not chosen:
        raise UserError(f'{path} has no video of split {split!r}; '
                        f'its subsets are {sorted(subsets)}')
    return chosen
