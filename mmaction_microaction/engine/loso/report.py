# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What all folds give together."""
import json
import os.path as osp
from math import isnan
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np
import pandas as pd

from mmaction_microaction.datasets.expressions import SAMPLE_DATA_MARK
from mmaction_microaction.evaluation import pool_folds, score_counts
from mmaction_microaction.utils.files import new_text_file
from .fold import EPOCH_RULES
from .run import LosoRun


class SubjectRow(NamedTuple):
    """One subject in the table, or all of them."""
    subject: str
    epoch: str  # that was tested; '' of all
    clips: int
    correct: int
    hits: List[Tuple[int, int]]  # of each class, recognised clips and clips

    @property
    def accuracy(self) -> float:
        """0 to 1."""
        return self.correct / self.clips


class LosoReport:
    """Counts of the folds that are done, pooled and then scored.

    Args:
        run (LosoRun): With at least one fold that is done.
        epoch (str): Key of ``EPOCH_RULES``.

    Attributes:
        counts (dict): See :func:`~mmaction_microaction.evaluation.pool_folds`.
        scores (dict[str, float]): Of all clips together, 0 to 1.
    """

    def __init__(self, run: LosoRun, epoch: str) -> None:
        # Once: another machine may finish a fold meanwhile.
        self._folds = run.done()
        results = [fold.result() for fold in self._folds]
        self.counts = pool_folds([result['counts'] for result in results])
        self.scores = score_counts(self.counts)
        self._epochs = {x['subject']: x['epoch'] for x in results}
        self._epoch, self._key = epoch, EPOCH_RULES[epoch]
        self._run = run
        # Whether tools/data/make_sample_data.py made the data.
        self._is_generated = osp.isfile(
            osp.join(run.dataset.data_root, SAMPLE_DATA_MARK))

    @property
    def title(self) -> str:
        """What the numbers are of, in one line."""
        done, subjects = len(self._epochs), len(self._run.dataset.subjects)
        epoch = 'last epoch' if self._key is None else \
            f'epoch CHOSEN ON THE TEST SUBJECT by {self._key}, which flatters'
        part = '' if done == subjects else ', the others are missing'
        drawn = '; generated faces' if self._is_generated else ''
        return f'{done} of {subjects} subjects{part}; {epoch}{drawn}'

    @property
    def epoch_label(self) -> str:
        """What the column of epochs is called."""
        return 'epoch' if self._key is None else \
            f'epoch chosen on the test subject by {self._key}'

    def subject_rows(self) -> List[SubjectRow]:
        """A row for each subject that was tested, and one for all."""
        rows = [
            _row(subject, str(self._epochs[subject]), matrix)
            for subject, matrix in self.counts['subjects'].items()
        ]
        return [*rows, _row('all', '', self.counts['confusion'])]

    def write(self) -> List[str]:
        """Write ``loso.json`` and, as csv, subjects, clips and findings; give
        the files."""
        header = ['subject', self.epoch_label, 'clips', 'correct', 'accuracy']
        for name in self.counts['classes']:
            header += [f'{name} correct', f'{name} clips']
        rows = [(*row[:4], f'{row.accuracy:.4f}', *sum(row.hits, ()))
                for row in self.subject_rows()]
        predictions = []
        for fold in self._folds:
            table = pd.read_csv(
                fold.predictions(), dtype=str, keep_default_na=False)
            table[self.epoch_label] = self._epochs[fold.subject]
            predictions.append(table)
        data = self._run.dataset
        findings = [(x.clip, 'dropped', x.reason) for x in data.dropped]
        findings += [(x.clip, 'noted', x.reason) for x in data.notes]
        tables = dict(
            subjects=pd.DataFrame(rows, columns=header),
            predictions=pd.concat(predictions),
            findings=pd.DataFrame(
                findings, columns=['clip', 'what', 'reason']))
        files = [osp.join(self._run.out, 'loso.json')]
        with new_text_file(files[0], shared=True) as file:
            json.dump(self.as_dict(), file, indent=1, allow_nan=False)
        for name, table in tables.items():
            files.append(osp.join(self._run.out, f'{name}.csv'))
            with new_text_file(files[-1], shared=True) as file:
                table.to_csv(file, index=False, lineterminator='\n')
        return files

    def as_dict(self) -> Dict[str, Any]:
        """All that ``loso.json`` holds; None for what is not defined."""
        return dict(
            title=self.title,
            epoch=self._epoch,
            generated_data=self._is_generated,
            chosen_on_test_subject=self._key is not None,
            folds_done=len(self._epochs),
            subjects=len(self._run.dataset.subjects),
            scores={
                key: None if isnan(score) else score
                for key, score in self.scores.items()
            },
            counts=self.counts,
            epochs=self._epochs)


def _row(subject: str, epoch: str, matrix: list) -> SubjectRow:
    matrix = np.asarray(matrix)
    hits = list(zip(np.diag(matrix).tolist(), matrix.sum(1).tolist()))
    return SubjectRow(subject, epoch, int(matrix.sum()), int(np.trace(matrix)),
                      hits)
