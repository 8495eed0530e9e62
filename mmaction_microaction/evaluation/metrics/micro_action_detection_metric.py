# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Temporal detection of micro-actions as a metric of the runner."""
import os.path as osp
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import plain_table
from ..functional import (TIOU_THRESHOLDS, check_flavour, check_thresholds,
                          detection_ap, mean_detection_ap)
from ..predictions import to_array
from .labelled_metric import CHALLENGE_HINT, LabelledMetric


@METRICS.register_module()
class MicroActionDetectionMetric(LabelledMetric):
    """Mean average precision of detection at action and at body level.

    Returns ``mma52/action_mAP@0.1`` etc. for every threshold, their mean
    ``mma52/action_mAP``, and the same for ``body``, 0 to 1, by the rules in
    :mod:`~mmaction_microaction.evaluation.functional.detection`. Data samples
    need ``clip_name`` (from the ``meta_keys`` of the packing transform),
    ``pred_instances`` with ``segments`` (P, 2) in seconds, ``labels`` (P,) and
    ``scores`` (P,), and ``gt_instances`` with ``segments`` (M, 2) and
    ``labels`` (M,). Neither the order of the clips nor a sampler's repetitions
    in the last batch matter. The tables ``ap_action.csv`` and ``ap_body.csv``
    have one row per class; AP is empty for a class without instances.

    Args:
        thresholds (Sequence[float]): T values of tIoU; 0.1, 0.2, ... 0.9.
        flavour (str): ``'baseline'``: as the official evaluator, over all
            classes. ``'opentad'``: over the classes that occur.
    """
    default_prefix = 'mma52'
    unlabelled_hint = CHALLENGE_HINT

    def __init__(self,
                 thresholds: Sequence[float] = TIOU_THRESHOLDS,
                 flavour: str = 'baseline',
                 **kwargs) -> None:
        super().__init__(**kwargs)
        check_thresholds(thresholds)
        check_flavour(flavour)
        self.thresholds = thresholds
        self.flavour = flavour

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predictions and instances of one batch."""
        for sample in data_samples:
            if 'clip_name' not in sample:
                raise UserError(
                    f'a data sample has no clip_name, only {sorted(sample)}; '
                    "add 'clip_name' to the meta_keys of the transform that "
                    'packs the inputs')
            name = sample['clip_name']
            result = dict(
                name=name,
                found=_take(sample, 'pred_instances', name,
                            ('segments', 'labels', 'scores')))
            if 'gt_instances' in sample:
                result['label'] = _take(sample, 'gt_instances', name,
                                        ('segments', 'labels'))
            self.results.append(result)

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and write the tables."""
        truth, found = {}, {}
        for result in results:
            name = result['name']
            first = truth.setdefault(name, result['label'])
            if not all(map(np.array_equal, first, result['label'])):
                raise UserError(f'two clips are named {name!r}, and their '
                                'ground truth differs; names must be unique')
            found.setdefault(name, result['found'])
        ap = detection_ap(truth, found, self.thresholds, self.flavour,
                          self.taxonomy)
        out_dir = self.table_dir()
        if out_dir:
            labels = np.concatenate([x for _, x in truth.values()])
            self._write_tables(out_dir, ap, labels.astype(int))
        return mean_detection_ap(ap, self.thresholds, self.flavour)

    def _write_tables(self, out_dir: str, ap: Dict[str, np.ndarray],
                      labels: np.ndarray) -> None:
        import pandas
        taxonomy = self.taxonomy
        bodies = taxonomy.group_index[labels]
        for level, names, present in (('action', taxonomy.names, labels),
                                      ('body', taxonomy.groups, bodies)):
            counts = np.bincount(present, minlength=len(names))
            table = pandas.DataFrame(dict(name=names, instances=counts))
            for threshold, values in zip(self.thresholds, ap[level]):
                table[f'AP@{threshold:g}'] = values
            table['AP'] = [values.mean() for values in ap[level].T]
            path = osp.join(out_dir, f'ap_{level}.csv')
            plain_table(table).to_csv(
                path, index_label='index', lineterminator='\n')


def _take(sample: dict, field: str, name: str,
          keys: Sequence[str]) -> Tuple[np.ndarray, ...]:
    """Columns of the instances of one data sample, as arrays."""
    instances = sample.get(field, {})
    missing = [key for key in keys if key not in instances]
    if missing:
        raise UserError(f'{field} of {name!r} must have {list(keys)}, but '
                        f'{missing} are missing')
    # Seconds of double precision stay so.
    return tuple(to_array(instances[key], np.float64) for key in keys)
