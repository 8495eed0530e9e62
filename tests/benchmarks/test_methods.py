# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from benchmarks.methods import METHODS, Budget, apply_budget


def test_all_ten_configs(repo):
    names = {path.stem for path in (repo / 'configs').glob('*_ma52.py')}
    assert names == {f'{method}_ma52' for method in METHODS}


@pytest.mark.parametrize('method', METHODS)
def test_everyone_gets_the_same(repo, method, sample_root):
    source = Config.fromfile(str(repo / 'configs' / f'{method}_ma52.py'))
    text = source.dump()
    budget = Budget(epochs=3, size=32, batch_size=2)
    cfg = apply_budget(source, budget, sample_root, seed=7)
    assert source.dump() == text
    assert cfg.load_from is None and cfg.randomness.seed == 7
    assert cfg.optim_wrapper.optimizer.type == 'AdamW'
    assert cfg.train_cfg.max_epochs == 3
    assert cfg.test_dataloader == cfg.val_dataloader
    size = 112 if method == 'c3d' else 32
    for split in ('train', 'val'):
        loader = cfg[f'{split}_dataloader']
        assert loader.batch_size == 2
        decoding = loader.dataset.pipeline[2]
        assert decoding.type == 'DecodeResized'
        # 8/7 of the input, in the recipes themselves 256 for 224.
        assert decoding.scale == (-1, 128 if method == 'c3d' else 37)
        loader.dataset.indices = 1
        loader.update(num_workers=0, persistent_workers=False, batch_size=1)
        batch = next(iter(Runner.build_dataloader(loader)))
        assert batch['inputs'][0].shape[-2:] == (size, size), split
        assert batch['inputs'][0].shape[0] in (1, 8)  # one view, or 8 frames
    # The network can be built for that.
    if method == 'timesformer_divst':
        assert MODELS.build(
            cfg.model.backbone).pos_embed.shape[1] == 1 + (32 // 16)**2


@pytest.mark.parametrize('arguments, words', [
    (dict(size=100), 'size.*16.*100'),
    (dict(epochs=0), 'epochs'),
    (dict(lr=-1.), 'lr'),
])
def test_impossible_budgets(arguments, words):
    with pytest.raises(ValueError, match=words):
        Budget(**arguments)


def test_clips_are_a_little_larger_than_the_input():
    assert Budget(size=224).clip_size == (256, 308)
    assert Budget(size=112).clip_size == (128, 154)
