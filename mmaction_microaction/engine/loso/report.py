# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Joint results of all folds."""
import json
import os.path as osp
from math import isnan
from typing import List

import numpy as np
import pandas as pd

from mmaction_microaction.datasets.expressions import SAMPLE_DATA_MARK
from mmaction_microaction.evaluation import pool_folds, score_counts
from mmaction_microaction.utils.tables import plain_table
from .fold import EPOCH_RULES
from .run import LosoRun


class LosoReport:
    """Counts of the finished folds, pooled and then scored.

    Args:
        run (LosoRun): With at least one finished fold.
        epoch (str): Key of ``EPOCH_RULES``.

    Attributes:
        counts (dict): See :func:`~mmaction_microaction.evaluation.pool_folds`.
        scores (dict[str, float]): Of all clips together, 0 to 1.
        subjects (DataFrame): A row for each tested subject, and one for all:
            ``subject, epoch, clips, correct, accuracy`` and, for each class,
            ``<class> correct`` and ``<class> clips``.
        title (str): Description of the numbers, in one line.
    """

    def __init__(self, run: LosoRun, epoch: str) -> None:
        # Once: another machine may finish a fold meanwhile.
        self._run, self._folds = run, run.done()
        results = [fold.result() for fold in self._folds]
        self.counts = pool_folds([result['counts'] for result in results])
        self.scores = score_counts(self.counts)
        self._epochs = {x['subject']: x['epoch'] for x in results}
        self._epoch, key = epoch, EPOCH_RULES[epoch]
        what, self._column = ('last epoch', 'epoch') if key is None else (
            f'epoch CHOSEN ON THE TEST SUBJECT by {key}, which flatters',
            f'epoch chosen on the test subject by {key}')
        # Whether tools/data/make_sample_data.py made the data.
        self._is_generated = osp.isfile(
            osp.join(run.dataset.data_root, SAMPLE_DATA_MARK))
        drawn = '; generated faces' if self._is_generated else ''
        done, subjects = len(results), len(run.folds)
        part = '' if done == subjects else ', the others are missing'
        self.title = f'{done} of {subjects} subjects{part}; {what}{drawn}'
        self.subjects = self._by_subject()

    def _by_subject(self) -> pd.DataFrame:
        subjects = self.counts['subjects']
        # (S + 1, K, K) -> (S + 1, K)
        matrices = np.array([*subjects.values(), self.counts['confusion']])
        hits, clips = matrices.diagonal(axis1=1, axis2=2), matrices.sum(2)
        table = pd.DataFrame(
            dict(
                subject=[*subjects, 'all'],
                epoch=[*(str(self._epochs[x]) for x in subjects), ''],
                clips=clips.sum(1),
                correct=hits.sum(1)))
        table['accuracy'] = table.correct / table.clips
        for i, name in enumerate(self.counts['classes']):
            table[f'{name} correct'] = hits[:, i]
            table[f'{name} clips'] = clips[:, i]
        return table

    def write(self, folder: str) -> List[str]:
        """Write ``loso.json`` (None: not defined) and, as csv, subjects, clips
        and findings; returns the files."""
        content = dict(
            title=self.title,
            epoch=self._epoch,
            generated_data=self._is_generated,
            chosen_on_test_subject=EPOCH_RULES[self._epoch] is not None,
            folds_done=len(self._folds),
            subjects=len(self._run.folds),
            scores={
                key: None if isnan(score) else score
                for key, score in self.scores.items()
            },
            counts=self.counts,
            epochs=self._epochs)
        data = self._run.dataset
        findings = [(x.clip, 'dropped', x.reason) for x in data.dropped]
        findings += [(x.clip, 'noted', x.reason) for x in data.notes]
        predictions = [
            pd.read_csv(fold.predictions(), dtype=str,
                        keep_default_na=False).assign(
                            **{self._column: self._epochs[fold.subject]})
            for fold in self._folds
        ]
        tables = dict(
            subjects=self.subjects.rename(columns=dict(epoch=self._column)),
            predictions=pd.concat(predictions),
            findings=pd.DataFrame(
                findings, columns=['clip', 'what', 'reason']))
        files = [osp.join(folder, 'loso.json')]
        with open(files[0], 'w', encoding='utf-8') as file:
            json.dump(content, file, indent=1, allow_nan=False)
        for name, table in tables.items():
            files.append(osp.join(folder, f'{name}.csv'))
            plain_table(table).to_csv(
                files[-1],
                index=False,
                lineterminator='\n',
                float_format='%.4f')
        return files
