# Copyright (c) mmaction-microaction contributors. All rights reserved.
import contextlib
from types import SimpleNamespace

import pytest
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks import NumClassesHook


@pytest.mark.parametrize('run', ['train', 'val', 'test'])
def test_head_and_data_disagree(tiny_manet, run):
    split = tiny_manet[f'{run}_dataloader'].dataset
    split.update(classes=['nodding', 'waving'], indices=None)
    runner = Runner.from_cfg(tiny_manet)
    with pytest.raises(ValueError, match='num_classes=52.*2 classes'):
        getattr(runner, run)()


def test_a_subset_with_a_head_of_its_size(tiny_manet):
    names = ('nodding', 'waving')
    for split in ('train', 'val', 'test'):
        dataset = tiny_manet[f'{split}_dataloader'].dataset
        dataset.update(classes=names, indices=None)
    tiny_manet.model.cls_head.update(num_classes=2, label_names=names, topk=1)
    runner = Runner.from_cfg(tiny_manet)
    runner.train()
    assert 0 <= runner.test()['ma52/body_top1'] <= 1


@pytest.mark.parametrize('head, message', [
    (dict(num_classes=2), None),
    (dict(), None),
    (dict(num_classes=3), r'model\.head\.num_classes=3.* Two has 2'),
    (dict(num_classes=2, label_names=('a', 'b')), None),
    (dict(num_classes=2, label_names=('b', 'a')), "class 0 is 'b' .*'a'.*Two"),
])
def test_what_a_head_knows_is_compared(head, message):
    """A detector's head has another name."""
    taxonomy = dict(names=['a', 'b'], title='Two')
    data = SimpleNamespace(
        dataset=SimpleNamespace(metainfo=dict(taxonomy=taxonomy)))
    detector = nn.Module()
    detector.head = nn.Module()
    vars(detector.head).update(head)
    runner = SimpleNamespace(model=detector, train_dataloader=data)
    expected = contextlib.nullcontext() if message is None else \
        pytest.raises(ValueError, match=message)
    with expected:
        NumClassesHook().before_train(runner)
