# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp
from typing import Callable, List, Optional, Sequence, Union

from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.files import to_nfc
from .layout import require_clips
from .list_file import read_classes, read_clip_sessions, read_emotions
from .single_label import SingleLabelDataset


@DATASETS.register_module()
class EmotionDataset(SingleLabelDataset):
    """Clips with one emotion each, of any set of K emotions.

    What the labels mean, and what a model of them must not be used for,
    stands in ``docs/emotion.md``. ``ann_file`` has 'clip emotion' lines or,
    with ``clip_sessions``, 'session emotion' lines, where a session may be an
    interview, a patient's visit or a subject. ``clip_sessions``, 'clip
    session' lines, may be of all splits; without sessions a clip counts for
    the participant with whom its name begins. Formats:
    :mod:`~mmaction_microaction.datasets.list_file`.

    A data info has ``filename`` (path), ``clip_name`` (as in the list),
    ``session`` (with ``clip_sessions``) and, where known, ``label`` (int, 0
    to K - 1). Put the names into the ``meta_keys`` of ``PackActionInputs``;
    :class:`~mmaction_microaction.evaluation.EmotionMetric` then scores
    sessions as well. Files and folders are absolute or in ``data_root``.

    Args:
        classes (str | Sequence[str]): The emotions in index order, or a file.
        data_prefix (dict, optional): ``dict(video=FOLDER)``; None: the names
            are paths as they are, or in ``data_root``.
        check_files (bool): Whether to look for every clip.
        test_mode (bool): The list may then be without emotions.

    Raises:
        UserError, FileNotFoundError: If a list, session or clip is wrong.
    """

    METAINFO = dict(dataset_type='emotion')

    def __init__(self,
                 ann_file: str,
                 classes: Union[str, Sequence[str]],
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 clip_sessions: str = '',
                 data_prefix: Optional[dict] = None,
                 data_root: str = '',
                 check_files: bool = True,
                 metainfo: Optional[dict] = None,
                 **kwargs) -> None:
        if isinstance(classes, str):
            classes = osp.join(data_root, classes)
        names = read_classes(classes)
        self.clip_sessions = clip_sessions and osp.join(
            data_root, clip_sessions)
        self.check_files = check_files
        super().__init__(
            ann_file,
            pipeline=pipeline,
            data_prefix=dict(video='') if data_prefix is None else data_prefix,
            data_root=data_root,
            num_classes=len(names),
            metainfo=dict(metainfo or {}, classes=names),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the lists and look for the clips, in list order."""
        entries = read_emotions(
            self.ann_file,
            self.metainfo['classes'],
            required=not self.test_mode,
            what='session' if self.clip_sessions else 'clip')
        infos = self._spread(dict(entries)) if self.clip_sessions else [
            dict(clip_name=name, label=label) for name, label in entries
        ]
        folder = self.data_prefix.get('video') or ''
        for info in infos:
            info['filename'] = osp.join(folder, info['clip_name'])
            if info['label'] is None:
                del info['label']
        if self.check_files:
            require_clips(infos)
        return infos

    def _spread(self, labels: dict) -> List[dict]:
        """Give the label of a session to its clips."""
        mapping = read_clip_sessions(self.clip_sessions)
        labels = {to_nfc(name): label for name, label in labels.items()}
        bare = sorted(set(labels).difference(mapping.values()))
        if bare:
            raise UserError(
                f'{len(bare)} of {len(labels)} sessions in {self.ann_file} '
                f'have no clip in {self.clip_sessions}: ' +
                ', '.join(first_of(bare, 5)))
        infos = [
            dict(clip_name=clip, session=session, label=labels[session])
            for clip, session in mapping.items() if session in labels
        ]
        if len(infos) < len(mapping):
            print_log(
                f'{self.ann_file}: {len(infos)} of {len(mapping)} clips in '
                f'{self.clip_sessions} are of its {len(labels)} sessions',
                'current')
        return infos
