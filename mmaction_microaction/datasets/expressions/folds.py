# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Leave one subject out.

N folds for N subjects: fold i trains on everybody but subject i and tests on
subject i. A fold is one value, the subject, in the configs of both loaders.
"""
from typing import Any, List, Sequence, Union

from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset

from mmaction_microaction.utils.errors import UserError
from .clips import ExpressionClip, subject_name


def subjects_of(clips: Sequence[ExpressionClip]) -> List[str]:
    """The subjects, each once, sorted."""
    return sorted({clip.subject for clip in clips})


def check_fold(test_subject: Union[str, int], subjects: Sequence[str]) -> str:
    """The one of the sorted subjects that a name in any spelling, or an index,
    means; UserError if there is none, or only one subject at all."""
    if len(subjects) < 2:
        raise UserError('to leave one subject out takes two or more of them, '
                        f'but the data set has {list(subjects)}; for all of '
                        'its clips set test_subject=None')
    if isinstance(test_subject, bool) or \
            not isinstance(test_subject, (str, int)):
        raise TypeError('test_subject must be a name, an index or None, but '
                        f'got {test_subject!r}')
    if isinstance(test_subject, int):
        if not 0 <= test_subject < len(subjects):
            raise UserError(f'test_subject must be 0 to {len(subjects) - 1}, '
                            f'but got {test_subject}')
        return subjects[test_subject]
    if test_subject not in subjects:
        wanted = _canonical(test_subject, subjects)
        if wanted not in subjects:
            raise UserError(
                f'there is no subject {test_subject!r} with a clip in these '
                f'classes; the subjects are {", ".join(subjects)}')
        return wanted
    return test_subject


def _canonical(name: str, subjects: Sequence[str]) -> str:
    """The name as the data set spells it, if it can be any."""
    prefix, slash, rest = name.rpartition('/')
    for source in ('casme2', 'samm', 'smic'):
        if slash and prefix.lower() != source or not rest.strip():
            continue
        spelt = subject_name(rest, source)
        spelt = f'{source}/{spelt}' if slash else spelt
        if spelt in subjects:
            return spelt
    return name


def list_subjects(dataset: Any) -> List[str]:
    """The subjects of a data set: the folds of leave-one-subject-out.

    Args:
        dataset (dict): The config of a ``MicroExpressionDataset``, such as
            ``cfg.train_dataloader.dataset``. Its fold and its pipeline do not
            matter; MMEngine's wrappers around it do not, either.

    Returns:
        list[str]: Names, sorted; each may be ``test_subject``.
    """
    return list(build_all_folds(dataset).subjects)


def build_all_folds(dataset: Any) -> BaseDataset:
    """Build a data set with the clips of all subjects, without a pipeline, of
    the config that :func:`list_subjects` takes."""
    cfg = dict(
        innermost(dataset), test_subject=None, test_mode=True, pipeline=[])
    return DATASETS.build(cfg)


def innermost(dataset: Any) -> Any:
    """The part of a config, inside MMEngine's wrappers, whose ``test_subject``
    is the fold (not a copy); UserError if there is none."""
    while 'dataset' in dataset and 'data_root' not in dataset:
        dataset = dataset['dataset']
    kind = dataset['type']
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    if not hasattr(kind, 'subjects'):
        raise UserError('expected the config of a MicroExpressionDataset, '
                        f"but got one of {dataset['type']}")
    return dataset
