# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the metrics of clips with one label each have in common.

Shapes: K classes.
"""
from typing import Any, Dict, Optional, Sequence

from .labelled_metric import LabelledMetric, class_label, class_scores


class SingleLabelMetric(LabelledMetric):
    """Keeps scores and label of every clip; a subclass scores them.

    Args:
        score_key (str, optional): Which scores to take if ``pred_score`` is a
            dict of scores. Defaults to None.
        artifacts (bool): Whether to write tables and pictures.
            Defaults to True.
        out_dir (str, optional): Where to write them. Defaults to None: the
            run's own folder beside its log, or nowhere without a log file.
        collect_device (str): See ``BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Replaces the subclass's. Defaults to None.
    """

    def __init__(self,
                 score_key: Optional[str] = None,
                 artifacts: bool = True,
                 out_dir: Optional[str] = None,
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.score_key = score_key
        self.artifacts = artifacts
        self.out_dir = out_dir

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the scores and labels of one batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Predictions and labels.

        Raises:
            ValueError: If scores or label do not fit the classes, or scores
                are missing or NaN.
        """
        for sample in data_samples:
            clip = f'the prediction for {sample.get("clip_name", "a clip")}'
            result = dict(
                score=class_scores(sample, len(self.names), clip,
                                   self.score_key))
            if 'gt_label' in sample:
                result['label'] = class_label(sample['gt_label'],
                                              len(self.names), clip)
            self.results.append(dict(self.details(sample, clip), **result))

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """What else to keep of a clip, beside ``score`` and ``label``.

        Args:
            sample (dict): The data sample.
            clip (str): What to call it in an error.

        Returns:
            dict: Nothing, unless a subclass says so.
        """
        return {}
