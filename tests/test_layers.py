# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The arrows between the rooms of the package, as ``.importlinter`` says."""
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def lint(tmp_path):
    """A function that checks a copy of the package's source."""
    pytest.importorskip('importlinter')
    shutil.copytree(
        REPO / 'mmaction_microaction',
        tmp_path / 'mmaction_microaction',
        ignore=lambda folder, names:
        [x for x in names if x == '.mim' or x == '__pycache__'])
    shutil.copy(REPO / '.importlinter', tmp_path)

    def run():
        return subprocess.run([
            sys.executable, '-c',
            'from importlinter.cli import lint_imports_command as run; run()',
            '--no-cache'
        ],
                              cwd=tmp_path,
                              capture_output=True,
                              text=True)

    return run


def test_arrows_run_one_way(lint):
    done = lint()
    assert done.returncode == 0, done.stdout
    assert '1 kept, 0 broken' in done.stdout


@pytest.mark.parametrize('room, line', [
    ('evaluation', 'from mmaction_microaction.visualization import style'),
    ('inference', 'def f():\n    import mmaction_microaction.formats'),
    ('web', 'from mmaction_microaction import synthetic'),
])
def test_an_import_the_wrong_way_is_found(lint, tmp_path, room, line):
    path = tmp_path / 'mmaction_microaction' / room / 'wrong.py'
    path.write_text(line + '\n')
    done = lint()
    assert done.returncode == 1
    assert f'mmaction_microaction.{room}.wrong' in done.stdout


def test_a_new_room_has_to_be_placed(lint, tmp_path):
    (tmp_path / 'mmaction_microaction' / 'attic.py').touch()
    done = lint()
    assert done.returncode == 1 and 'attic' in done.stdout
