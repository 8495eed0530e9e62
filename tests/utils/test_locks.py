# Copyright (c) mmaction-microaction contributors. All rights reserved.
import subprocess

import pytest

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.locks import lock_folder


def test_one_run_at_a_time(tmp_path):
    with lock_folder(tmp_path) as handle:
        child = subprocess.Popen(['cat'],
                                 stdin=subprocess.PIPE,
                                 pass_fds=[handle])
    with pytest.raises(UserError, match='another run'):
        with lock_folder(tmp_path):  # a child keeps the lock
            pass
    child.communicate()
    with lock_folder(tmp_path), pytest.raises(UserError, match='another run'):
        with lock_folder(tmp_path):
            pass
