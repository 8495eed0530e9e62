# Copyright (c) mmaction-microaction contributors. All rights reserved.
from argparse import Namespace

import pytest
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
