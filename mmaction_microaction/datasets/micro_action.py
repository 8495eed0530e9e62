# Copyright (c) mmaction-microaction contributors. All rights reserved.
import logging
import os.path as osp
from typing import Callable, List, Optional, Sequence, Tuple, Union

from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from .layout import MA52_LAYOUT, SPLITS, require_clips
from .list_file import Entry, read_list
from .single_label import SingleLabelDataset
from .subject_split import split_by_subject


@DATASETS.register_module()
class MicroActionDataset(SingleLabelDataset):
    """Clips with one action each out of K, of MA-52 or your own.

    List and folder of a split are located in ``data_root`` if named as in
    MA-52 (see :mod:`mmaction_microaction.datasets.layout`). An explicit
    ``ann_file`` or ``data_prefix``, absolute or relative to ``data_root``,
    takes precedence; the data set then works like ``VideoDataset``.

    A data info has ``filename`` (path), ``clip_name`` (as in the list; for
    ``meta_keys`` of ``PackActionInputs``) and, if known, ``label`` (int, 0 to
    K - 1). ``metainfo`` has ``classes`` (names in label order) and
    ``taxonomy`` (of these classes, in plain types).

    Args:
        ann_file (str): A list of ``name.mp4 label`` lines; empty: located.
        pipeline (Sequence[dict | callable]): Transforms.
        data_prefix (dict, optional): ``dict(video=FOLDER)``; None: located.
            Without ``data_root``, the names in the list are paths.
        data_root (str): Folder of the data set.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        taxonomy (str | dict | Taxonomy): See :meth:`Taxonomy.load`.
        classes (Sequence[str | int], optional): Keep the clips of these
            (names, indices, codes), numbered in this order. None for all.
        subject_split (dict, optional): Re-split the train and val clips by
            participant: ``dict(ratio=0.2, seed=0, part='train')``, where
            ``ratio`` is the share of participants for validation and ``part``
            defaults to ``split``.
        test_labels (bool, optional): Whether the labels of the test list in
            ``data_root`` are valid. None: yes, except for ``MA52Dataset``,
            whose official list has dummy zeros.
        check_files (bool): Whether to check that all clips exist.
        test_mode (bool): Permits an explicit ``ann_file`` without labels.

    Raises:
        UserError, FileNotFoundError: If an argument, list or clip is invalid.
    """

    METAINFO = dict(dataset_type='micro_action')
    LAYOUT = MA52_LAYOUT._replace(title='the data set', advice='')
    ROOT_HINT = ''
    TEST_LABELS = True

    def __init__(self,
                 ann_file: str = '',
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 data_prefix: Optional[dict] = None,
                 data_root: str = '',
                 split: str = 'train',
                 taxonomy: Union[str, dict, Taxonomy] = 'ma52',
                 classes: Optional[Sequence[Union[str, int]]] = None,
                 subject_split: Optional[dict] = None,
                 test_labels: Optional[bool] = None,
                 check_files: bool = True,
                 metainfo: Optional[dict] = None,
                 **kwargs) -> None:
        if split not in SPLITS:
            raise UserError(
                f'split must be one of {SPLITS}, but got {split!r}')
        if not ann_file and not data_root:
            raise UserError(f'{type(self).__name__} needs data_root (the '
                            f'folder that holds the data{self.ROOT_HINT}) or '
                            'ann_file, but both are empty')
        if subject_split is not None and (ann_file or data_prefix):
            raise UserError('subject_split pools the lists in data_root, so '
                            'it goes with neither ann_file nor data_prefix')
        self.split, self.subject_split = split, subject_split
        self.check_files = check_files
        #: Files that clips and labels come from.
        self.sources: List[str] = []
        self._use_labels = bool(ann_file) or split != 'test' or (
            self.TEST_LABELS if test_labels is None else test_labels)
        #: Label set of the list; ``taxonomy`` is that of the labels.
        self._listed = Taxonomy.load(taxonomy)
        self.taxonomy = self._listed if classes is None \
            else self._listed.subset(classes)
        meta = dict(
            taxonomy=self.taxonomy.to_dict(),
            classes=list(self.taxonomy.names))
        super().__init__(
            ann_file,
            pipeline,
            data_prefix or {},
            data_root=data_root,
            num_classes=self.taxonomy.num_classes,
            metainfo=dict(meta, **(metainfo or {})),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the list and locate the clips: data infos in order."""
        data_list = self._load_split(self.split) \
            if self.subject_split is None else self._load_subject_split()
        if self.check_files:
            require_clips(data_list)
        return data_list

    def _load_subject_split(self) -> List[dict]:
        full = dict(
            dict(ratio=0.2, seed=0, part=self.split), **self.subject_split)
        if len(full) > 3 or full['part'] not in ('train', 'val'):
            raise UserError(
                "expected subject_split=dict(ratio=0.2, seed=0, part='train') "
                f"with part 'train' or 'val', but got {full}")
        pool = self._load_split('train') + self._load_split('val')
        train, val = split_by_subject([info['clip_name'] for info in pool],
                                      full['ratio'], full['seed'])
        return [pool[i] for i in (train if full['part'] == 'train' else val)]

    def _read_list(self, split: str) -> Tuple[str, List[Entry]]:
        """Path of a split's list, and its clips with listed labels."""
        ann_file = self.ann_file or self.LAYOUT.find_annotations(
            self.data_root, split)
        self.sources.append(ann_file)
        optional = self.ann_file and self.test_mode
        entries = read_list(ann_file, self._listed.num_classes,
                            self._use_labels and not optional)
        if optional and len(entries) > 1 and {x for _, x in entries} == {0}:
            print_log(
                f'every label of {ann_file} is 0: if these are the dummy '
                'labels of the official test list, scores mean nothing',
                'current', logging.WARNING)
        return ann_file, entries

    def _load_split(self, split: str) -> List[dict]:
        ann_file, entries = self._read_list(split)
        folder = self.data_prefix.get('video', '')
        if not folder and self.data_root:
            folder = self.LAYOUT.find_videos(
                self.data_root, split, must_exist=self.check_files)
        label_of = {x.name: x.index for x in self.taxonomy.labels}
        data_list = []
        for name, index in entries:
            info = dict(filename=osp.join(folder, name), clip_name=name)
            if self._use_labels and index is not None:
                action = self._listed.names[index]
                if action not in label_of:
                    continue
                info['label'] = label_of[action]
            data_list.append(info)
        if not data_list:
            raise UserError(f'{ann_file} has no clip of the classes '
                            f"{self.metainfo['classes']}")
        if len(data_list) < len(entries):
            print_log(
                f'{ann_file}: kept {len(data_list)} of {len(entries)} clips, '
                f'those of the {self.num_classes} chosen classes', 'current')
        return data_list
