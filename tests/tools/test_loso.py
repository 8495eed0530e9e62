# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The real tools: three folds of a tiny network, killed and not."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from unittest import mock

import pytest
import torch

from mmaction_microaction.utils.locks import lock_folder

TOOL = 'micro_expression/loso.py'


@pytest.fixture(scope='module')
def start(repo, tiny_mmnet, tool_env):
    """A function that starts the tool in a group of its own, in a folder."""
    command = [sys.executable, repo / 'tools' / TOOL, tiny_mmnet[1]]
    return lambda out: subprocess.Popen(
        [*command, '--folds=sub02', '--out', out],
        env=tool_env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True)


@pytest.fixture(scope='module')
def run(expect, tiny_mmnet, tool_env):
    """A function that runs the tool here: exit code to expect, folder ..."""

    def run(code, out, *args):
        before = signal.getsignal(signal.SIGTERM)
        with mock.patch.dict(os.environ, tool_env, COLUMNS='80'):
            done = expect(code, TOOL, tiny_mmnet[1], '--out', out, *args)
        assert signal.getsignal(signal.SIGTERM) is before
        return done

    return run


@pytest.fixture(scope='module')
def whole(run, tmp_path_factory):
    """Folder and output of a run of one fold that nobody disturbed."""
    out = tmp_path_factory.mktemp('loso') / 'whole'
    return out, run(0, out, '--folds', 2).out


def wait(process, condition):
    while process.poll() is None and not condition():
        time.sleep(0.02)


def test_errors_are_one_line(run, one_line, tmp_path, monkeypatch):
    one_line(run(2, tmp_path, '--folds', 'sub77'), "is no subject 'sub77'")
    monkeypatch.setitem(sys.modules, 'openpyxl', None)
    one_line(run(2, tmp_path, '--list'), 'openpyxl is required for workbooks')


@pytest.mark.slow
def test_killed_and_started_again(start, whole, tmp_path):
    fold, process = tmp_path / 'folds' / 'sub02', start(tmp_path)
    # Written when the checkpoint of an epoch is whole.
    wait(process, (fold / 'train' / 'last_checkpoint').is_file)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (fold / 'result.json').exists()
    process = start(tmp_path)
    text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    assert re.search('resumed epoch: [1-8]', (fold / 'train.log').read_text())
    # Not only the same table: the very same weights.
    expected, found = (
        torch.load(
            out / 'folds' / 'sub02' / 'weights.pth',
            weights_only=False)['state_dict'] for out in (whole[0], tmp_path))
    assert all(torch.equal(found[k], value) for k, value in expected.items())
    tables = [(x / 'loso.json').read_text() for x in (whole[0], tmp_path)]
    assert tables[0] == tables[1]


@pytest.mark.slow
@pytest.mark.parametrize('blow', [signal.SIGTERM, signal.SIGKILL])
def test_only_the_tool_is_killed(start, tmp_path, blow):
    """With SIGTERM what it has started ends, too; after SIGKILL the rest is
    still at work, and the next run notices."""
    log = tmp_path / 'folds' / 'sub02' / 'train.log'
    process, alone = start(tmp_path), contextlib.nullcontext()
    try:
        wait(process, lambda: log.is_file() and log.read_text())
        os.kill(process.pid, blow)
        process.wait(60)
        if blow == signal.SIGTERM:
            assert process.returncode == 143
            assert 'the same command goes on' in process.stdout.read()
        else:
            alone = pytest.raises(ValueError, match='another run')
        with alone, lock_folder(str(log.parent)):
            pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_table_files_and_list(run, whole):
    out, text = whole
    assert '1 of 3 subjects, the others are missing; last epoch' in text
    # At 80 columns the classes are not cut off, either.
    for word in ('sub02', 'all clips: UF1', 'F1: happiness', 'repression',
                 'generated faces', '3 clips left out by the scheme'):
        assert word in text
    result = json.loads((out / 'loso.json').read_text())
    assert sum(map(sum, result['counts']['confusion'])) == 5
    assert result['epochs'] == dict(sub02=8)
    for name in ('subjects.csv', 'predictions.csv', 'findings.csv',
                 'confusion.png'):
        assert (out / name).stat().st_size > 0
    listed = run(0, out, '--list').out
    for word in ('8 of 8', '0 of 8', 'fear is in none'):
        assert word in listed
    # What somebody has changed stays, also in a later run.
    (out / 'subjects.csv').write_text('mine')
    done = run(0, out, '--folds', 2)
    assert 'the new one is subjects.new.csv' in done.err
    assert f'{out}/subjects.new.csv' in done.out.replace('\n', '')
    assert (out / 'subjects.csv').read_text() == 'mine'
    assert not (out / 'loso.new.json').exists()
