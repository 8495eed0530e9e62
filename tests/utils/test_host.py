# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os.path as osp
import sys

import mmaction
import pytest
import torch.distributed as dist

from mmaction_microaction.utils import host


def test_where_packages_are():
    for name in ('mmaction', 'mmaction2'):  # module and distribution
        assert host.get_installed_path(name) == osp.dirname(mmaction.__file__)
        assert host.is_installed(name)
    assert not host.is_installed('no_such_package')


def test_the_stock_script_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['train.py', '--help'])
    with pytest.raises(SystemExit):
        host.run_host_tool('train.py')
    assert '--auto-scale-lr' in capsys.readouterr().out
    with pytest.raises(FileNotFoundError, match='mmaction2==1.2.0'):
        host.run_host_tool('fly.py')


def test_the_process_group_is_closed(tmp_path, monkeypatch):
    scripts = tmp_path / '.mim' / 'tools'
    scripts.mkdir(parents=True)
    (scripts / 'join.py').write_text(
        'import torch.distributed as dist\n'
        'def parse_args():\n'
        '    return "as given"\n'
        'def main():\n'
        '    dist.init_process_group("gloo", rank=0, world_size=1, '
        f'init_method="file://{tmp_path}/x")\n'
        '    assert dist.is_initialized()\n')
    monkeypatch.setattr(host, 'get_installed_path', lambda _: str(tmp_path))
    checked = []
    monkeypatch.setattr('mmaction_microaction.utils.tool_parts.check_run',
                        checked.append)
    host.run_host_tool('join.py')
    assert checked == ['as given']
    assert not dist.is_initialized()
