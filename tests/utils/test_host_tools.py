# Copyright (c) mmaction-microaction contributors. All rights reserved.
import sys

import pytest

from mmaction_microaction.utils.host_tools import run_host_tool


def test_the_stock_script_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['train.py', '--help'])
    with pytest.raises(SystemExit) as end:
        run_host_tool('train.py')
    assert end.value.code == 0
    assert '--auto-scale-lr' in capsys.readouterr().out


def test_no_such_script():
    with pytest.raises(FileNotFoundError, match='mmaction2==1.2.0'):
        run_host_tool('fly.py')
