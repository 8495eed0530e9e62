# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.utils.tool_errors import one_line_errors, say


@pytest.mark.parametrize('error', [
    ValueError('two\nlines'),
    TypeError('two  lines'),
    FileNotFoundError('two lines'),
])
def test_errors_of_users(error, capsys):
    with pytest.raises(SystemExit) as stop, one_line_errors('x.py'):
        raise error
    assert stop.value.code == 2
    assert capsys.readouterr() == ('', 'x.py: error: two lines\n')


def test_our_own_errors():
    with pytest.raises(KeyError), one_line_errors('x.py'):
        raise KeyError('ours')


def test_nothing_wrong(capsys):
    with one_line_errors('x.py'):
        say('x.py', 'fine')
    assert capsys.readouterr() == ('', 'x.py: fine\n')
