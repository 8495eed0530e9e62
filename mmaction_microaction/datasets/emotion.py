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

    ``docs/emotion.md`` explains the meaning of the labels, and for what models
    of them must not be used. A session may be an interview, a visit of a
    patient or a subject. File formats:
    :mod:`~mmaction_microaction.datasets.list_file`.

    A data info has ``filename`` (path), ``clip_name`` (as in the list),
    ``session`` (with ``clip_sessions``) and, if known, ``label`` (int, 0 to K
    - 1). With these names in ``meta_keys`` of ``PackActionInputs``,
    :class:`~mmaction_microaction.evaluation.EmotionMetric` also scores
    sessions. Files and folders are absolute or relative to ``data_root``.

    Args:
        ann_file (str): Lines 'clip emotion', or with ``clip_sessions``
            'session emotion'.
        classes (str | Sequence[str]): The emotions in index order, or a file.
        clip_sessions (str): Lines 'clip session', also of several splits;
            without sessions, the participant in the clip's name.
        data_prefix (dict, optional): ``dict(video=FOLDER)``; None: names are
            paths, absolute or relative to ``data_root``.
        check_files (bool): Whether to check that all clips exist.
        test_mode (bool): Permits lists without emotions.

    Raises:
        UserError, FileNotFoundError: If a list, session or clip is invalid.
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
        """Read the lists and locate the clips, in list order."""
        entries = read_emotions(
            self.ann_file,
            self.metainfo['classes'],
            required=not self.test_mode,
            what='session' if self.clip_sessions else 'clip')
        if self.clip_sessions:
            infos = self._assign_sessions(dict(entries))
        else:
            infos = [dict(clip_name=x, label=label) for x, label in entries]
        folder = self.data_prefix.get('video') or ''
        for info in infos:
            info['filename'] = osp.join(folder, info['clip_name'])
            if info['label'] is None:
                del info['label']
        if self.check_files:
            require_clips(infos)
        return infos

    def _assign_sessions(self, labels: dict) -> List[dict]:
        """Assign the label of a session to its clips."""
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
