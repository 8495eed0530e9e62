# Copyright (c) mmaction-microaction contributors. All rights reserved.
from argparse import Namespace

import pytest
from mmengine.config import Config
from torch.utils.data import DataLoader

from mmaction_microaction.utils.errors import (UserError, UserRuntimeError,
                                               run_tool)


class Clips:

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 1

    def __getitem__(self, index):
        try:
            raise KeyError('its cause')
        except KeyError as error:
            raise self.error from error


@pytest.mark.parametrize('error, said', [
    (UserRuntimeError('2 problems:\na\n'), 'error: 2 problems: a\n'),
    (UserError('Error: here\nb: Error: c'),
     'error: Error: here b: Error: c\n'),
    (UserError(''), 'Caught UserError in DataLoader'),
])
def test_an_error_of_a_loaders_worker(error, said, capsys):
    """Without its traceback; all of it if there is no text."""
    loader = DataLoader(Clips(error), num_workers=1)
    assert run_tool(lambda args: len([*loader]), Namespace()) == 2
    line, = capsys.readouterr().err.splitlines(keepends=True)
    assert said in line and ('Traceback' in line) == (not str(error))


@pytest.mark.parametrize('cause, code', [
    (RuntimeError('DataLoader worker (pid 3) is killed'), None),
    (KeyboardInterrupt(), 130),
])
def test_what_ends_the_formatting_of_a_config(cause, code, monkeypatch):
    """On each save, in which MMEngine calls everything an error of it."""

    def fail(*args, **kwargs):
        raise cause

    monkeypatch.setattr('mmengine.config.config.FormatCode', fail)
    args = Namespace()
    if code:
        assert run_tool(lambda args: Config(dict(a=1)).pretty_text, args) == \
            code
    else:
        with pytest.raises(RuntimeError, match='pid 3'):
            run_tool(lambda args: Config(dict(a=1)).pretty_text, args)
