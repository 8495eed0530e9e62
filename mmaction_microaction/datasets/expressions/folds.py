# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Leave-one-subject-out cross-validation: N folds for N subjects.

A fold is the value of ``test_subject`` in the configs of both loaders.
"""
from typing import Any, Iterator, List, Sequence, Union

from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset

from mmaction_microaction.utils.errors import UserError, UserTypeError
from .clips import SOURCES, subject_name


def check_fold(test_subject: Union[str, int], subjects: Sequence[str]) -> str:
    """Resolve a name in any spelling, or an index, to one of the sorted
    subjects; UserError if there is none, or only one subject."""
    if len(subjects) < 2:
        raise UserError('to leave one subject out takes two or more of them, '
                        f'but the data set has {list(subjects)}; for all of '
                        'its clips set test_subject=None')
    if isinstance(test_subject, bool) or \
            not isinstance(test_subject, (str, int)):
        raise UserTypeError(
            'test_subject must be a name, an index or None, but '
            f'got {test_subject!r}')
    if isinstance(test_subject, int):
        if not 0 <= test_subject < len(subjects):
            raise UserError(f'test_subject must be 0 to {len(subjects) - 1}, '
                            f'but got {test_subject}')
        return subjects[test_subject]
    for name in _spellings(test_subject):
        if name in subjects:
            return name
    raise UserError(
        f'there is no subject {test_subject!r} with a clip in these '
        f'classes; the subjects are {", ".join(subjects)}')


def _spellings(name: str) -> Iterator[str]:
    """The name, and its spellings in the possible data sets."""
    yield name
    prefix, slash, rest = name.rpartition('/')
    for source in SOURCES if rest.strip() else ():
        if not slash or prefix.lower() == source:
            yield (source + slash if slash else '') + subject_name(
                rest, source)


def list_subjects(dataset: Any) -> List[str]:
    """The subjects of a data set, sorted: the folds of leave-one-subject-out.

    Args:
        dataset (dict): The config of a ``MicroExpressionDataset``, or of a
            wrapper of MMEngine; fold and pipeline are ignored.
    """
    return list(build_all_folds(dataset).subjects)


def build_all_folds(dataset: Any) -> BaseDataset:
    """Build a data set with all subjects and without a pipeline, from a config
    as in :func:`list_subjects`."""
    changes = dict(test_subject=None, test_mode=True, pipeline=[])
    return DATASETS.build(dict(unwrap_dataset_config(dataset), **changes))


def unwrap_dataset_config(dataset: Any) -> Any:
    """The config of the data set inside MMEngine's wrappers, not copied: its
    ``test_subject`` is the fold. UserError if it cannot have one."""
    while 'dataset' in dataset and 'data_root' not in dataset:
        dataset = dataset['dataset']
    kind = dataset['type']
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    if not hasattr(kind, 'subjects'):
        raise UserError('expected the config of a MicroExpressionDataset, '
                        f"but got one of {dataset['type']}")
    return dataset
