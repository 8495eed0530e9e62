# Copyright (c) mmaction-microaction contributors. All rights reserved.
import subprocess
import sys

import pytest

from mmaction_microaction.utils.folder_lock import lock_folder, unlock_folder

pytest.importorskip('fcntl')


def test_one_at_a_time(tmp_path):
    handle = lock_folder(str(tmp_path))
    with pytest.raises(ValueError, match='another run'):
        lock_folder(str(tmp_path))
    unlock_folder(handle)
    unlock_folder(lock_folder(str(tmp_path)))


def test_a_child_keeps_it(tmp_path):
    handle = lock_folder(str(tmp_path))
    child = subprocess.Popen([sys.executable, '-c', 'input()'],
                             stdin=subprocess.PIPE,
                             pass_fds=[handle])
    unlock_folder(handle)
    with pytest.raises(ValueError, match='another run'):
        lock_folder(str(tmp_path))
    child.communicate(b'\n')
    unlock_folder(lock_folder(str(tmp_path)))
