# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MA-52, the micro-action data set, as an MMAction2 data set.

Source: Guo et al., "Benchmarking Micro-action Recognition: Dataset, Methods,
and Applications", IEEE TCSVT 34(7), 2024, Sec. III.

Shapes: K classes (52, or fewer for a subset).
"""
import logging
import os.path as osp
from typing import Callable, Dict, List, Optional, Sequence, Union

from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mmaction_microaction.labels import (ACTION_NAMES, ACTION_TO_BODY,
                                         BODY_NAMES, get_action)
from mmaction_microaction.utils.errors import UserError
from .label_stats import long_tail_stats
from .list_file import read_list
from .ma52_layout import SPLITS, find_list, find_video_dir, require_clips
from .single_label import SingleLabelDataset
from .subject_split import split_by_subject


@DATASETS.register_module()
class MA52Dataset(SingleLabelDataset):
    """Clips of MA-52 with one of 52 micro-actions each.

    List and video folder of a split are found in ``data_root`` by themselves
    (see :mod:`mmaction_microaction.datasets.ma52_layout`):

    .. code-block:: python

        dict(type='MA52Dataset', data_root='data/ma52', split='train',
             pipeline=train_pipeline)

    An explicit ``ann_file`` or ``data_prefix`` wins; the data set then works
    like MMAction2's ``VideoDataset``:

    .. code-block:: python

        dict(type='MA52Dataset', ann_file='my_list.txt',
             data_prefix=dict(video='my_clips'), pipeline=train_pipeline)

    A data info has ``filename`` (path), ``clip_name`` (as in the list; put it
    into the ``meta_keys`` of ``PackActionInputs`` and it travels to the
    predictions) and, where it is known, ``label`` (int, 0 to K - 1).

    Args:
        ann_file (str): A list of ``name.mp4 label`` lines, absolute or
            relative to ``data_root``. Empty to find it. Defaults to ''.
        pipeline (list[dict | Callable]): Transforms. Defaults to none.
        data_prefix (dict, optional): ``dict(video=FOLDER)``, absolute or
            relative to ``data_root``. None to find it; with ``ann_file`` and
            no ``data_root``, the list's names are paths as they are.
            Defaults to None.
        data_root (str): The folder that holds MA-52. Defaults to ''.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
            Defaults to 'train'.
        classes (Sequence[str | int], optional): Keep the clips of these
            classes only (names, indices or manual codes) and number them in
            this order; ``metainfo['classes']`` says which is which. None for
            all 52. Defaults to None.
        num_classes (int, optional): If given, checked against the number of
            classes. Defaults to None.
        subject_split (dict, optional): Pool the train and val lists and split
            them anew so that no participant is in both parts:
            ``dict(ratio=0.2, seed=0, part='train')``, where ``ratio`` is the
            validation part's share of the participants and ``part``
            (``'train'`` or ``'val'``) defaults to ``split``. None for the
            official split. Defaults to None.
        test_labels (bool): Whether the test list found in ``data_root`` has
            true labels. The official one has dummy zeros, so its clips get no
            label. Labels of an explicit ``ann_file`` are always used.
            Defaults to False.
        check_files (bool): Whether to look for every clip at loading. False
            reads the annotations only (or for clips that are not on a local
            disk). Defaults to True.
        metainfo (dict, optional): Added to the meta information.
            Defaults to None.
        test_mode (bool): Whether this is validation or test data; an explicit
            ``ann_file`` may then be without labels. Defaults to False.
        **kwargs: Further arguments of ``BaseActionDataset`` and
            ``BaseDataset``.

    Raises:
        ValueError: If an argument or a line of the list is wrong.
        FileNotFoundError: If list, video folder or clips are not there.
    """

    METAINFO = dict(
        dataset_type='ma52',
        classes=ACTION_NAMES,
        bodies=BODY_NAMES,
        class_to_body=tuple(ACTION_TO_BODY.tolist()))

    def __init__(self,
                 ann_file: str = '',
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 data_prefix: Optional[dict] = None,
                 data_root: str = '',
                 split: str = 'train',
                 classes: Optional[Sequence[Union[str, int]]] = None,
                 num_classes: Optional[int] = None,
                 subject_split: Optional[dict] = None,
                 test_labels: bool = False,
                 check_files: bool = True,
                 metainfo: Optional[dict] = None,
                 test_mode: bool = False,
                 **kwargs) -> None:
        if split not in SPLITS:
            raise UserError(
                f'split must be one of {SPLITS}, but got {split!r}')
        if not ann_file and not data_root:
            raise UserError(
                'MA52Dataset needs data_root (the folder that holds MA-52, '
                'in the configs {{$MA52_ROOT:data/ma52}}) or ann_file, but '
                'both are empty')
        self.split = split
        self.check_files = check_files
        self.subject_split = self._check_subject_split(subject_split, ann_file,
                                                       data_prefix)
        self._explicit_list = bool(ann_file)
        self._use_labels = self._explicit_list or split != 'test' \
            or test_labels
        self._new_label = self._number_classes(classes)
        if num_classes not in (None, len(self._new_label)):
            raise UserError(
                f'num_classes of MA52Dataset is {num_classes}, but there are '
                f'{len(self._new_label)} classes; leave it out, or name a '
                'subset with `classes`')
        super().__init__(
            ann_file,
            pipeline=pipeline,
            data_prefix=data_prefix or dict(),
            data_root=data_root,
            num_classes=len(self._new_label),
            metainfo={
                **self._subset_metainfo(),
                **(metainfo or {})
            },
            test_mode=test_mode,
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the list and look for the clips.

        Returns:
            list[dict]: ``filename``, ``clip_name`` and ``label`` (left out
            where unknown) of every clip, in list order.
        """
        if self.subject_split is not None:
            data_list = self._load_subject_split()
        else:
            data_list = self._load_split(self.split)
        if self.check_files:
            require_clips([info['filename'] for info in data_list])
        return data_list

    def long_tail_stats(self) -> dict:
        """Describe the long tail.

        Returns:
            dict: ``counts``, ``imbalance_ratio``, ``head``, ``medium``,
            ``tail`` and ``absent``; see
            :func:`~mmaction_microaction.datasets.long_tail_stats`.

        Raises:
            ValueError: If the clips have no labels.
        """
        return long_tail_stats(self.class_counts())

    def __repr__(self) -> str:
        size = f'{len(self)} clips' if self._fully_initialized else 'not read'
        split = self.split if self.subject_split is None \
            else f'subject_split={self.subject_split}'
        return (f'{type(self).__name__}({split}, {size}, {self.num_classes} '
                f'classes, labels={self._use_labels}, '
                f'ann_file={self.ann_file!r}, data_prefix={self.data_prefix})')

    def _check_subject_split(self, subject_split: Optional[dict],
                             ann_file: str,
                             data_prefix: Optional[dict]) -> Optional[dict]:
        if subject_split is None:
            return None
        if ann_file or data_prefix:
            raise UserError('subject_split pools the lists found in '
                            'data_root, so it goes with neither ann_file '
                            'nor data_prefix')
        full = {'ratio': 0.2, 'seed': 0, 'part': self.split, **subject_split}
        if len(full) > 3 or full['part'] not in ('train', 'val'):
            raise UserError(
                "expected subject_split=dict(ratio=0.2, seed=0, part='train') "
                f"with part 'train' or 'val', but got {full}")
        return full

    @staticmethod
    def _number_classes(
            classes: Optional[Sequence[Union[str, int]]]) -> Dict[int, int]:
        """Map MA-52's indices to labels, in label order."""
        if classes is None:
            return {index: index for index in range(len(ACTION_NAMES))}
        if isinstance(classes, str) or len(classes) == 0:
            raise UserError('classes must be a list of names, indices or '
                            f'manual codes, but got {classes!r}')
        indices = [get_action(key).index for key in classes]
        if len(set(indices)) < len(indices):
            raise UserError(f'classes names a class twice: {classes}')
        return {index: label for label, index in enumerate(indices)}

    def _subset_metainfo(self) -> dict:
        return dict(
            classes=tuple(ACTION_NAMES[i] for i in self._new_label),
            class_to_body=tuple(
                int(ACTION_TO_BODY[i]) for i in self._new_label))

    def _load_subject_split(self) -> List[dict]:
        pool = self._load_split('train') + self._load_split('val')
        options = self.subject_split
        train, val = split_by_subject([info['clip_name'] for info in pool],
                                      options['ratio'], options['seed'])
        return [
            pool[i] for i in (train if options['part'] == 'train' else val)
        ]

    def _load_split(self, split: str) -> List[dict]:
        ann_file = self.ann_file if self._explicit_list \
            else find_list(self.data_root, split)
        optional = self._explicit_list and self.test_mode
        entries = read_list(
            ann_file, labels_required=self._use_labels and not optional)
        if optional and len(entries) > 1 and {x for _, x in entries} == {0}:
            print_log(
                f'every label of {ann_file} is 0: if these are the dummy '
                'labels of the official test list, scores mean nothing',
                logger='current',
                level=logging.WARNING)
        folder = self._video_dir(split)
        data_list = []
        for name, index in entries:
            info = dict(filename=osp.join(folder, name), clip_name=name)
            if self._use_labels and index is not None:
                if index not in self._new_label:
                    continue
                info['label'] = self._new_label[index]
            data_list.append(info)
        self._report_left_out(ann_file, len(entries), len(data_list))
        return data_list

    def _video_dir(self, split: str) -> str:
        if 'video' in self.data_prefix:
            return self.data_prefix['video']
        if not self.data_root:
            return ''
        return find_video_dir(
            self.data_root, split, must_exist=self.check_files)

    def _report_left_out(self, ann_file: str, total: int, kept: int) -> None:
        if kept == 0:
            raise UserError(f'{ann_file} has no clip of the classes '
                            f"{self.metainfo['classes']}")
        if kept < total:
            print_log(
                f'{ann_file}: kept {kept} of {total} clips, those of the '
                f'{self.num_classes} chosen classes',
                logger='current')
