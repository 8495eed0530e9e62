# Copyright (c) mmaction-microaction contributors. All rights reserved.
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


def test_detectors_have_a_head_of_another_name():
    hook = NumClassesHook()
    data = SimpleNamespace(
        dataset=SimpleNamespace(metainfo=dict(classes=('a', 'b'))))
    detector = nn.Module()
    detector.head = nn.Module()
    runner = SimpleNamespace(model=detector, train_dataloader=data)
    detector.head.num_classes = 2
    hook.before_train(runner)
    detector.head.num_classes = 3
    with pytest.raises(ValueError, match=r'model\.head\.num_classes=3'):
        hook.before_train(runner)
