# Copyright (c) mmaction-microaction contributors. All rights reserved.
import importlib.util
import json
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
TINY = [
    '--methods', 'tsn_r50', '--epochs', '1', '--clips-per-class', '1',
    '--val-clips-per-class', '1', '--size', '32', '--batch-size', '26'
]


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location(
        'compare_tool', REPO / 'benchmarks/compare_methods.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def done(tool, sample_root, tmp_path_factory):
    """A finished run of one method: results and page."""
    out = tmp_path_factory.mktemp('compare')
    (out / 'data').mkdir()
    (out / 'data' / 'ma52').symlink_to(sample_root)
    (out / 'data' / 'complete').touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OMP_NUM_THREADS', '1')
        tool.main([*TINY, '--out', str(out), '--page', str(out / 'page.md')])
    return out


def tsn_row(page):
    row, = [x for x in page.read_text().splitlines() if '| [TSN]' in x]
    return [cell.strip() for cell in row.split('|')[2:-1]]


def test_one_method(done):
    data = json.loads((done / 'results.json').read_text())
    result = data['methods']['tsn_r50']
    assert list(data['methods']) == ['tsn_r50']
    assert result['parameters'] == 23.61 and result['gflops'] < 1
    assert result['cpu_ms'] > 0
    run = result['runs']['0']
    assert 0 <= run['f1_mean'] <= 1
    # It cannot tell forward from backward.
    assert run['two_way'] == pytest.approx(0.5, abs=0.2)
    f1, _, parameters, _, _, seeds, rate, memory = tsn_row(done / 'page.md')
    assert f1 == f'{100 * run["f1_mean"]:.1f}'
    assert (parameters, seeds, rate, memory) == ('23.61', '1', '-', '-')


def test_what_is_done_is_not_done_again(tool, done, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, 'run_tool', None)
    page = tmp_path / 'page.md'
    tool.main([*TINY, '--out', str(done), '--page', str(page)])
    assert page.read_text() == (done / 'page.md').read_text()


def test_a_failure_is_reported_and_the_rest_goes_on(tool, done, tmp_path,
                                                    monkeypatch):

    def fail(*args, **kwargs):
        raise RuntimeError('out of paper')

    monkeypatch.setattr(tool, 'run_tool', fail)
    page = tmp_path / 'page.md'
    arguments = [*TINY, '--out', str(done), '--page', str(page)]
    arguments.insert(1, 'c3d')
    with pytest.raises(SystemExit, match='c3d failed; the same command'):
        tool.main(arguments)
    assert tsn_row(page)[5] == '1'


def test_results_of_two_budgets_are_not_mixed(tool, done):
    with pytest.raises(SystemExit, match='budget.*another --out'):
        tool.main(['--page-only', '--out', str(done), '--epochs', '2'])


def test_page_only(tool, done, tmp_path):
    page = tmp_path / 'page.md'
    tool.main([*TINY, '--page-only', '--out', str(done), '--page', str(page)])
    assert tsn_row(page) == tsn_row(done / 'page.md')


@pytest.mark.parametrize('more', [[], ['--gpu']])
def test_a_page_of_nothing_is_refused(tool, tmp_path, more):
    page = tmp_path / 'page.md'
    with pytest.raises(SystemExit, match='there is no .*results.json'):
        tool.main([
            '--page-only', *more, '--out',
            str(tmp_path / 'none'), '--page',
            str(page)
        ])
    assert not page.exists()


def test_a_missing_log_ends_one_method_only(tool, tmp_path):
    with pytest.raises(RuntimeError, match='one log .* found 0'):
        tool.read_log(str(tmp_path / '*.json'))


def test_data_is_made_once(tool, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(tool, 'run_tool', lambda *args: calls.append(args))
    (tmp_path / 'data').mkdir()
    budget = tool.Budget(clips_per_class=3, val_clips_per_class=2)
    for _ in range(2):
        assert tool.make_data(str(tmp_path), budget).endswith('data/ma52')
    (_, name, *arguments), = calls
    spec = importlib.util.spec_from_file_location('sample_tool',
                                                  REPO / 'tools' / name)
    sample_tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample_tool)
    args = sample_tool.build_parser().parse_args(arguments)
    assert args.balanced and args.size == budget.clip_size == (128, 154)
    assert (args.clips_per_class, args.val_clips_per_class) == (3, 2)
