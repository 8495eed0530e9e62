# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.logging import MMLogger

from mmaction_microaction.datasets.expressions import (Finding, report,
                                                       subject_name)
from mmaction_microaction.datasets.expressions.clips import (cell_text,
                                                             frame_number)


@pytest.mark.parametrize(
    'spelling',
    [1, 1., '1', '1.0', '01', 'sub01', 'Sub1', 'S1', 's01', ' sub 1 '])
def test_a_subject_has_one_name(spelling):
    assert subject_name(spelling, 'casme2') == 'sub01'
    assert subject_name(spelling, 'samm') == '001'
    assert subject_name(spelling, 'smic') == 's01'


def test_other_names_stay():
    assert subject_name('Anna_2b', 'casme2') == 'anna_2b'
    assert subject_name(126, 'casme2') == 'sub126'
    with pytest.raises(ValueError, match='without a name'):
        subject_name(' ', 'casme2')
    with pytest.raises(ValueError, match="'mmew'"):
        subject_name('1', 'mmew')


# '46.0' is how pandas writes a column with a gap.
@pytest.mark.parametrize('value, text, number', [(46., '46', 46),
                                                 ('0046', '0046', 46),
                                                 ('46.0', '46', 46),
                                                 ('46.00 ', '46', 46),
                                                 (46.5, '46.5', None),
                                                 ('/', '/', None),
                                                 ('', '', None),
                                                 ('4+L7', '4+L7', None),
                                                 ('-3', '-3', None)])
def test_cells(value, text, number):
    assert cell_text(value) == text
    assert frame_number(value) == number


def test_report(caplog):
    dropped = [
        Finding('sub01/EP1', 'fear is in none of the classes', True),
        Finding('sub02/EP1', 'no frames')
    ]
    logger = MMLogger.get_instance('report-test')
    logger.addHandler(caplog.handler)
    report('casme2', dropped,
           [Finding(f'sub03/EP{i}', 'mended') for i in range(25)])
    logger.removeHandler(caplog.handler)
    left_out, dropped, notes = [(x.levelname, x.getMessage())
                                for x in caplog.records]
    assert left_out == ('INFO', 'casme2: 1 clips left out as asked for:\n    '
                        'sub01/EP1: fear is in none of the classes')
    assert dropped == ('WARNING',
                       'casme2: 1 clips dropped:\n    sub02/EP1: no frames')
    assert notes[0] == 'WARNING'
    assert notes[1].endswith('sub03/EP19: mended\n    ... and 5 more')
