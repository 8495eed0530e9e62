# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import sys
import threading
import time

import pytest

from mmaction_microaction.utils.logged_process import LoggedProcesses


def python(code):
    return [sys.executable, '-c', code]


def test_output_and_environment(tmp_path):
    log = tmp_path / 'new' / 'a.log'
    code = ('import os, sys; print(os.environ["X"]); '
            'print("é", file=sys.stderr)')
    env = dict(os.environ, X='7', PYTHONIOENCODING='utf-8')
    text = LoggedProcesses().run(python(code), str(log), env)
    assert sorted(text.split()) == ['7', 'é']
    assert log.read_text(encoding='utf-8') == text


@pytest.mark.parametrize('code, message', [
    ('raise KeyError("no such word")', 'no such word'),
    ('import sys; sys.exit(3)', 'exit status 3'),
    ('import os; print("fine", flush=True); os.kill(os.getpid(), 9)',
     'ended by signal 9'),
])
def test_failure(code, message, tmp_path):
    log = str(tmp_path / 'a.log')
    with pytest.raises(RuntimeError, match=message) as error:
        LoggedProcesses().run(python(code), log)
    assert log in str(error.value)


def test_stop_ends_all(tmp_path):
    processes, errors = LoggedProcesses(), []

    def work(i):
        try:
            processes.run(
                python('print(1, flush=True); import time; time.sleep(600)'),
                str(tmp_path / f'{i}.log'))
        except RuntimeError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=work, args=(i, )) for i in range(2)]
    for thread in threads:
        thread.start()
    while any(not (tmp_path / f'{i}.log').is_file()
              or not (tmp_path / f'{i}.log').read_text() for i in range(2)):
        time.sleep(.05)
    processes.stop()
    for thread in threads:
        thread.join(60)
    assert len(errors) == 2
    with pytest.raises(RuntimeError, match='stopped'):
        processes.run(python(''), str(tmp_path / 'late.log'))
