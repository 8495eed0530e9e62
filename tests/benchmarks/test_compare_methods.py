# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import pytest

from benchmarks import compare_methods as tool

TINY = ('--methods tsn_r50 --epochs 1 --clips-per-class 1 '
        '--val-clips-per-class 1 --size 32 --batch-size 26').split()


@pytest.fixture(scope='module')
def done(sample_root, tmp_path_factory):
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


def test_a_failure_is_reported_and_the_rest_goes_on(done, tmp_path, capsys,
                                                    monkeypatch):

    def fail(*args, **kwargs):
        raise RuntimeError('out of paper')

    monkeypatch.setattr(tool, 'call_tool', fail)
    page = tmp_path / 'page.md'
    arguments = [*TINY, '--out', str(done), '--page', str(page)]
    arguments.insert(1, 'c3d')
    assert tool.main(arguments) == 1
    assert 'c3d failed; the same command' in capsys.readouterr().out
    assert tsn_row(page)[5] == '1'


@pytest.mark.parametrize('more', [[], ['--page-only']])
def test_what_is_done_is_not_done_again(more, done, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, 'call_tool', None)
    page = tmp_path / 'page.md'
    tool.main([*TINY, *more, '--out', str(done), '--page', str(page)])
    assert tsn_row(page) == tsn_row(done / 'page.md')


def test_page_of_other_results(done, tmp_path, capsys):
    args = ['--page-only', '--out', str(done), '--epochs', '2']
    assert tool.main(args) == 2
    assert 'budget' in (error := capsys.readouterr().err)
    assert 'another --out' in error
    args = ['--page-only', '--out', str(tmp_path / 'none')]
    for more in ([], ['--gpu']):
        assert tool.main(args + more) == 2
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
