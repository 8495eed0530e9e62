# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp
from dataclasses import replace
from typing import Callable, List, Mapping, Optional, Sequence, Union

from mmaction.registry import DATASETS
from mmengine.dataset import force_full_init

from mmaction_microaction.utils.errors import UserError
from .expressions import (APEX_RULES, FIRST_PLACES, ExpressionClip, Finding,
                          check_fold, find_frames, find_root, find_table,
                          join_composite, list_frames, locate_clips,
                          log_findings, make_schemes, not_found,
                          read_expression_table, read_megc2019, read_smic,
                          resolve_frames)
from .single_label import SingleLabelDataset

KINDS = ('casme2', 'samm', 'smic', 'megc2019')
_KEYS = ('frame_dir', 'onset', 'apex', 'offset', 'subject', 'source',
         'emotion', 'action_units')


@DATASETS.register_module()
class MicroExpressionDataset(SingleLabelDataset):
    """Clips with one micro-expression each, with onset, apex and offset: of
    CASME II, SAMM, SMIC-HS or the MEGC 2019 composite.

    Layout, classes and folds: ``docs/micro_expression.md``. Known errors are
    corrected by
    :func:`~mmaction_microaction.datasets.expressions.resolve_frames`, or the
    clip is dropped; both are logged, see :attr:`notes` and :attr:`dropped`.

    A data info has ``frame_dir``, ``onset``, ``apex``, ``offset`` (numbers of
    existing frames), ``clip_name`` (``'sub01/EP02_01f'``), ``subject``,
    ``source`` (``'casme2'``, ...), ``emotion``, ``action_units`` and
    ``label`` (int, 0 to K - 1, of K classes).

    Args:
        ann_file (str): The table; empty: located. SMIC has none.
        data_prefix (dict, optional): ``dict(img=FOLDER)``, parent of the
            subjects' folders; for ``'megc2019'`` ``dict(casme2=FOLDER, ...)``
            for data sets elsewhere. None: located.
        data_root (str): Folder of the data set.
        kind (str): ``'casme2'``, ``'samm'``, ``'smic'`` or ``'megc2019'``.
        scheme (int | dict): Number of classes, or ``{class: [emotion]}``.
        test_subject (str | int, optional): The fold: this subject, by name or
            index among the sorted ones, is the test set, the others are the
            training set. None: all clips.
        missing_apex (str): Replacement of an apex outside onset to offset:
            ``'middle'``, ``'find'`` (reads all frames of these clips) or
            ``'drop'``.
        check_files (bool): False reads only annotations and folder names:
            missing frames are replaced at loading, clips without onset or
            offset are dropped.

    Raises:
        UserError, FileNotFoundError: If an argument, row or fold is invalid.
    """

    METAINFO = dict(dataset_type='micro_expression')

    def __init__(self,
                 ann_file: str = '',
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 data_prefix: Optional[dict] = None,
                 data_root: str = '',
                 kind: str = 'casme2',
                 scheme: Union[int, Mapping[str, Sequence[str]]] = 3,
                 test_subject: Optional[Union[str, int]] = None,
                 missing_apex: str = 'middle',
                 check_files: bool = True,
                 metainfo: Optional[dict] = None,
                 **kwargs) -> None:
        for name, value, known in (('kind', kind, KINDS),
                                   ('missing_apex', missing_apex, APEX_RULES)):
            if value not in known:
                raise UserError(
                    f'{name} must be one of {known}, but got {value!r}')
        if not check_files and (missing_apex == 'find'
                                or kind in ('smic', 'megc2019')):
            raise UserError(
                'check_files=False does not look at the frames, but '
                f'kind={kind!r} with missing_apex={missing_apex!r} has to')
        if not data_root:
            raise UserError(
                'MicroExpressionDataset needs data_root, the folder '
                f'that holds the data set, such as data/{kind}')
        self.kind, self.missing_apex = kind, missing_apex
        self.test_subject, self.check_files = test_subject, check_files
        self._schemes = make_schemes(kind, scheme)
        classes = next(iter(self._schemes.values())).classes
        super().__init__(
            ann_file,
            pipeline=pipeline,
            data_prefix=data_prefix or dict(),
            data_root=data_root,
            num_classes=len(classes),
            metainfo=dict(classes=classes, **(metainfo or {})),
            **kwargs)

    @property
    @force_full_init
    def subjects(self) -> List[str]:
        """All subjects with a clip in the classes, sorted."""
        return self._subjects

    def load_data_list(self) -> List[dict]:
        """Read the annotations, locate the frames, select the fold; data infos
        are in the order of the table."""
        #: Dropped clips with the reason, of all folds.
        self.dropped: List[Finding] = []
        #: Corrections, of all folds.
        self.notes: List[Finding] = []
        self._folders: List[str] = []
        #: Tables that clips and labels come from.
        self.sources: List[str] = []
        if self.kind == 'megc2019':
            clips = self._load_composite()
        else:
            clips = self._load_source(self.kind, self.data_root, self.ann_file,
                                      self.data_prefix.get('img', ''))
            self._schemes[self.kind].check_emotions({x.emotion for x in clips})
        wanted = [x for x in clips if self._label(x) is not None]
        self.dropped += [
            Finding(x.key, f'{x.emotion} is in none of the classes', True)
            for x in clips if self._label(x) is None
        ]
        clips = [x for x in map(self._resolve, wanted) if x is not None]
        where = f'{self.kind} in {", ".join(self._folders)}'
        log_findings(where, self.dropped, self.notes)
        if not clips:
            raise FileNotFoundError(
                f'none of {len(wanted)} clips of {self.kind} in '
                f'{self.data_root} can be used; the log says why')
        self._subjects = sorted({clip.subject for clip in clips})
        return [
            dict({key: getattr(clip, key)
                  for key in _KEYS},
                 clip_name=clip.key,
                 label=self._label(clip)) for clip in self._take_fold(clips)
        ]

    def _load_source(self,
                     source: str,
                     root: str,
                     table: str = '',
                     folder: str = '') -> List[ExpressionClip]:
        """Clips of one data set with their folders."""
        if source == 'smic':
            folder = folder or find_frames(root, source)
            self._folders.append(folder)
            clips, findings = read_smic(folder)
            self.notes += findings
            return clips
        self.sources.append(table or find_table(root, source))
        clips, findings = read_expression_table(self.sources[-1], source)
        self.notes += findings
        if self.check_files or osp.isdir(folder or root):
            root, folder = folder or root, folder or find_frames(root, source)
            self._folders.append(folder)
            clips, findings = locate_clips(clips, folder)
            self.notes += findings
            if self.check_files and not any(x.frame_dir for x in clips):
                raise not_found(root, source)
        if self.check_files:
            return clips
        # A path for the error message of the loader.
        folder = folder or osp.join(root, FIRST_PLACES[source])
        return [
            x if x.frame_dir else replace(
                x, frame_dir=osp.join(folder, x.subject, x.name))
            for x in clips
        ]

    def _load_composite(self) -> List[ExpressionClip]:
        self.sources = [
            self.ann_file or find_table(self.data_root, 'megc2019')
        ]
        entries, findings = read_megc2019(self.sources[0])
        self.notes += findings
        roots = {
            x.source: find_root(self.data_root, x.source)
            for x in entries
        }
        clips = {
            source: self._load_source(source,
                                      self.data_prefix.get(source, root))
            for source, root in roots.items()
        }
        chosen, missing = join_composite(entries, clips)
        self.dropped += missing
        return chosen

    def _resolve(self, clip: ExpressionClip) -> Optional[ExpressionClip]:
        """Resolve onset, apex and offset, or drop the clip."""
        if self.check_files:
            frames = list_frames(clip.frame_dir)
        elif None in (clip.onset, clip.offset):
            why = ('no onset or no offset annotated; only check_files=True '
                   'finds the first and the last frame')
            self.dropped.append(Finding(clip.key, why))
            return None
        else:
            frames = dict.fromkeys(range(clip.onset, clip.offset + 1), '')
        settled, notes = resolve_frames(clip, frames, self.missing_apex)
        log = self.dropped if settled is None else self.notes
        log += [Finding(clip.key, note) for note in notes]
        return settled

    def _take_fold(self, clips: List[ExpressionClip]) -> List[ExpressionClip]:
        if self.test_subject is not None:
            one = check_fold(self.test_subject, self._subjects)
            clips = [x for x in clips if (x.subject == one) == self.test_mode]
        classes = {self._label(clip) for clip in clips}
        if not self.test_mode and len(classes) < 2:
            name = self.metainfo['classes'][classes.pop()]
            raise UserError(
                'a training set needs two or more classes, but all clips '
                f'without subject {self.test_subject!r} are {name!r}')
        return clips

    def _label(self, clip: ExpressionClip) -> Optional[int]:
        try:
            return self._schemes[clip.source].label(clip.emotion)
        except ValueError as error:
            raise UserError(f'{clip.key}: {error}') from None
