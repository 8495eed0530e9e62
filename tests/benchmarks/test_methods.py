# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from glob import glob

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from benchmarks import compare_methods as tool
from benchmarks.method_page import Results, page_rows
from benchmarks.methods import METHODS, Budget, apply_budget

TINY = ('--methods tsn_r50 --epochs 1 --clips-per-class 1 '
        '--val-clips-per-class 1 --size 32 --batch-size 26').split()


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
    # 8/7 of the input, in the recipes themselves 256 for 224.
    size, short = (112, 128) if method == 'c3d' else (32, 37)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        assert loader.batch_size == 2
        decoding = loader.dataset.pipeline[2]
        assert decoding.type == 'DecodeResized'
        assert decoding.scale == (-1, short)
        loader.dataset.indices = 1
        loader.update(num_workers=0, persistent_workers=False, batch_size=1)
        clip, = next(iter(Runner.build_dataloader(loader)))['inputs']
        assert clip.shape[-2:] == (size, size)
        assert len(clip) in (1, 8)  # one view, or 8 frames


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


def test_rows_say_what_was_not_run_and_scores_wait_for_seeds(repo):
    results = dict(
        manet_r50=dict(parameters=32.279, gflops=4.123, cpu_ms=99.6),
        tsn_r50=dict(parameters=23.6, runs={}))

    def rows():
        return {
            row['method'].split(']')[0][1:]: '|'.join([*row.values()][1:])
            for row in page_rows(results)
        }

    configs = [f'{repo}/configs/{method}_ma52.py' for method in METHODS]
    assert set(configs) <= set(glob(f'{repo}/configs/*_ma52.py'))
    assert len(rows()) == len(configs) == 10
    assert rows().items() >= {
        'MANet': '32.28|4.12|100|-|-', 'TSN': '23.60|-|-|-|-',
        'C3D': '-|-|-|-|-'}.items()  # yapf: disable
    run = dict(f1_mean=.5, two_way=.9)
    for method in METHODS:
        results.setdefault(method, {})['runs'] = dict.fromkeys('012', run)
    results['manet_r50']['runs'] = {'0': run, '1': dict(run, f1_mean=.7)}
    assert rows()['MANet'] == '32.28|4.12|100|-|-'  # two seeds are too few
    results['manet_r50']['runs']['2'] = dict(run, f1_mean=.6)
    assert rows()['MANet'].endswith('|-|-|60.0 ± 10.0|90.0 ± 0.0')
    assert rows()['C3D'] == '-|-|-|-|-|50.0 ± 0.0|90.0 ± 0.0'


@pytest.fixture(scope='module')
def done(sample_root, tmp_path_factory):
    """A finished run of one method: results and page."""
    out = tmp_path_factory.mktemp('compare')
    (out / 'data').mkdir()
    (out / 'data' / 'ma52').symlink_to(sample_root)
    (out / 'data' / 'complete').touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OMP_NUM_THREADS', '1')
        tool.main([*TINY, '--out', str(out)])
    return out


def tsn_row(page):
    row, = [x for x in page.read_text().splitlines() if '| [TSN]' in x]
    return [cell.strip() for cell in row.split('|')[2:-1]]


def test_one_method(done):
    data = json.loads((done / 'results.json').read_text())
    assert list(data['methods']) == ['tsn_r50']
    result = data['methods']['tsn_r50']
    assert result['parameters'] == 23.61 and result['gflops'] < 1
    assert result['cpu_ms'] > 0
    run = result['runs']['0']
    assert 0 <= run['f1_mean'] <= 1
    # It cannot tell forward from backward.
    assert run['two_way'] == pytest.approx(0.5, abs=0.2)
    parameters, _, cpu, *rest = tsn_row(done / 'methods.md')
    assert (parameters, cpu) == ('23.61', f'{result["cpu_ms"]:.0f}')
    assert rest == ['-', '-']


def test_what_is_done_is_not_done_again(done, monkeypatch, capsys):
    """Another method fails, which is said; the section is written."""

    def fail(*args, **kwargs):
        raise RuntimeError('out of paper')

    monkeypatch.setattr(tool, 'call_tool', fail)
    page = done / 'methods.md'
    before = tsn_row(page)
    for more, code in (([], 0), (['--page-only'], 0),
                       (['--methods', 'c3d', 'tsn_r50'], 1)):
        page.unlink()
        assert tool.main([*TINY, *more, '--out', str(done)]) == code
        assert tsn_row(page) == before
    assert 'c3d failed; the same command' in capsys.readouterr().out


@pytest.mark.parametrize('more', [[], ['--gpu']])
def test_page_of_no_results(more, tmp_path, capsys):
    args = ['--page-only', '--out', str(tmp_path / 'none'), *more]
    assert tool.main(args) == 2
    assert 'there is no ' in capsys.readouterr().err


def test_data_is_made_once(tmp_path, monkeypatch, load_tool):
    calls = []
    monkeypatch.setattr(tool, 'call_tool', lambda *args: calls.append(args))
    (tmp_path / 'data').mkdir()
    budget = tool.Budget(clips_per_class=3, val_clips_per_class=2)
    for _ in range(2):
        assert tool.make_data(str(tmp_path), budget).endswith('data/ma52')
    (_, name, *arguments), = calls
    args = load_tool(name).build_parser().parse_args(arguments)
    assert args.balanced and args.size == budget.clip_size == (128, 154)
    assert (args.clips_per_class, args.val_clips_per_class) == (3, 2)
