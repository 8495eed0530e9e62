# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from benchmarks.method_page import Results, build_page, page_rows
from benchmarks.methods import METHODS, Budget, apply_budget


def test_all_ten_configs(repo):
    names = {path.stem for path in (repo / 'configs').glob('*_ma52.py')}
    assert names == {f'{method}_ma52' for method in METHODS}


@pytest.mark.parametrize('method', ['manet_r50', 'c3d'])
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


@pytest.mark.parametrize('arguments, words', [
    (dict(size=100), 'size.*16.*100'),
    (dict(epochs=0), 'epochs'),
    (dict(lr=-1.), 'lr'),
])
def test_impossible_budgets(arguments, words):
    with pytest.raises(ValueError, match=words):
        Budget(**arguments)


def test_results_outlive_the_process(tmp_path):
    path = str(tmp_path / 'results.json')
    results = Results(path, Budget(epochs=2), 'cpu')
    results.method('c3d')['gflops'] = 1.5
    results.save()
    again = Results(path, Budget(epochs=2), 'cpu')
    assert again.method('c3d') == dict(runs={}, gflops=1.5)
    for epochs, device in ((3, 'cpu'), (2, 'cuda')):
        with pytest.raises(ValueError, match='another --out'):
            Results(path, Budget(epochs=epochs), device)


def test_the_page_says_what_was_not_run():
    runs = {
        seed: dict(f1_mean=f1, two_way=0.9)
        for seed, f1 in (('0', 0.5), ('1', 0.7))
    }
    results = dict(
        manet_r50=dict(
            parameters=32.279, gflops=4.123, cpu_ms=99.6, runs=runs),
        tsn_r50=dict(parameters=23.6, runs={}))
    rows = {row['method'].split(']')[0][1:]: row for row in page_rows(results)}
    assert len(rows) == 10
    for name, cells in {
            'MANet': '60.0 ± 14.1|90.0 ± 0.0|32.28|4.12|100|2|-|-',
            'TSN': '-|-|23.60|-|-|-|-|-',
            'C3D': '-|-|-|-|-|-|-|-'
    }.items():
        assert list(rows[name].values())[1:] == cells.split('|')
    page = build_page(results, Budget(epochs=4), 'python x.py',
                      dict(CPU='abacus'))
    assert '| 60.0 ± 14.1 |' in page and '- CPU: abacus' in page
    assert '4 epochs' in page and 'python x.py' in page
