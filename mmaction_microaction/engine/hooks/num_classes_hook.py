# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Refuse to run when head and data set disagree about the classes."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class NumClassesHook(Hook):
    """Compare the head's ``num_classes`` with the data set's class list.

    Otherwise a label beyond the head ends in a CUDA device assert, and a head
    with too many classes in silently wrong scores. Data sets and heads that
    do not say how many classes they have are left alone.
    """

    def before_train(self, runner) -> None:
        """Check the training data.

        Args:
            runner (Runner): The runner.

        Raises:
            ValueError: If the numbers differ.
        """
        self._check(runner, runner.train_dataloader)

    def before_val(self, runner) -> None:
        """Check the validation data, as :meth:`before_train`."""
        self._check(runner, runner.val_dataloader)

    def before_test(self, runner) -> None:
        """Check the test data, as :meth:`before_train`."""
        self._check(runner, runner.test_dataloader)

    @staticmethod
    def _check(runner, dataloader) -> None:
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        name = 'cls_head' if hasattr(model, 'cls_head') else 'head'
        head = getattr(getattr(model, name, None), 'num_classes', None)
        metainfo = getattr(dataloader.dataset, 'metainfo', {})
        classes = metainfo.get('classes')
        if head is None or classes is None or head == len(classes):
            return
        raise UserError(
            f'model.{name}.num_classes={head}, but the data set '
            f'{metainfo.get("dataset_type", "")} has {len(classes)} classes')
