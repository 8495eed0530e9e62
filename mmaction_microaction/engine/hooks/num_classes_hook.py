# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Check that head and data set have the same classes."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class NumClassesHook(Hook):
    """Compare the head's classes with those of the data set's taxonomy.

    Otherwise a label beyond the head ends in a CUDA device assert, and too
    many classes, or label vectors in another order, in silently wrong scores.
    UserError if they differ; heads and data sets without classes are not
    compared.
    """

    def before_train(self, runner) -> None:
        _compare(runner.model, runner.train_dataloader)

    def before_val(self, runner) -> None:
        _compare(runner.model, runner.val_dataloader)

    def before_test(self, runner) -> None:
        _compare(runner.model, runner.test_dataloader)


def _compare(model, dataloader) -> None:
    model = model.module if is_model_wrapper(model) else model
    name = 'cls_head' if hasattr(model, 'cls_head') else 'head'
    head = getattr(model, name, None)
    metainfo = getattr(dataloader.dataset, 'metainfo', {})
    taxonomy = metainfo.get('taxonomy') or {}
    classes = metainfo.get('classes') or taxonomy.get('names')
    if classes is None:
        return
    title = taxonomy.get('title') or metainfo.get('dataset_type', '')
    number = getattr(head, 'num_classes', None)
    if number not in (None, len(classes)):
        raise UserError(f'model.{name}.num_classes={number}, but the data '
                        f'set {title} has {len(classes)} classes')
    names = getattr(head, 'label_names', None)
    if names is not None and list(names) != list(classes):
        wrong = next(i for i, pair in enumerate(zip(names, classes))
                     if len(set(pair)) > 1)
        raise UserError(
            f'class {wrong} is {names[wrong]!r} in model.{name}, but '
            f'{classes[wrong]!r} in the data set {title}; set '
            f'model.{name}.taxonomy or label_names to those of the data')
