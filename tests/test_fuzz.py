# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The short form of ``make fuzz``, and what it takes for a failure."""
import importlib
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_twenty_cases(repo, tmp_path, tool_env):
    command = [sys.executable, repo / 'tests/fuzz.py', '--count=20']
    done = subprocess.run([*command, '--keep', tmp_path],
                          env=tool_env,
                          stdout=subprocess.PIPE,
                          text=True)
    assert done.returncode == 0, done.stdout
    assert '0 of 20 cases failed' in done.stdout


GOOD = 'x.py: error: a.csv:3: no number'


@pytest.mark.parametrize('named, kind, code, text, problem', [
    (True, 'none', 0, '', ''),
    (True, 'none', 2, GOOD, 'good files'),
    (True, 'flip', 2, f'a:  10 % 0:01\n{GOOD}', ''),
    (True, 'flip', 1, 'x.py: error: a.mp4 is empty', ''),
    (True, 'flip', -11, '', 'exit code -11'),
    (True, 'gone', 0, '', 'not there'),
    (False, 'gone', 0, '', ''),
    (True, 'odd', 2, 'no number', 'no error'),
    (True, 'odd', 2, GOOD + '.' * 1000, '1 lines'),
    (True, 'odd', 2, f'{GOOD}\n' * 6, '6 lines'),
    (True, 'odd', 1, f'Traceback (most recent\n{GOOD}', 'a traceback'),
    (True, 'taken', 0, '', 'output folder'),
])
def test_what_is_a_failure(repo, monkeypatch, named, kind, code, text,
                           problem):
    monkeypatch.syspath_prepend(repo / 'tests')
    found = importlib.import_module('fuzz').judge(named, kind, code, text)
    assert problem in found and bool(problem) == bool(found)
