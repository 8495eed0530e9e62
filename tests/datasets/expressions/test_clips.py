# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.logging import MMLogger

from mmaction_microaction.datasets.expressions import (Finding, log_findings,
                                                       subject_name)
from mmaction_microaction.datasets.expressions.clips import (cell_text,
                                                             frame_number)


def test_a_subject_has_one_name():
    for spelling in (1, 1., '1', '01', 'sub01', 'Sub1', 'S1', ' sub 1 '):
        names = [subject_name(spelling, x) for x in ('casme2', 'samm', 'smic')]
        assert names == ['sub01', '001', 's01']
    assert subject_name('Anna_2b', 'casme2') == 'anna_2b'
    assert subject_name(126, 'casme2') == 'sub126'
    with pytest.raises(ValueError, match='without a name'):
        subject_name(' ', 'casme2')
    with pytest.raises(ValueError, match="'mmew'"):
        subject_name('1', 'mmew')


# '46.0' is how pandas writes a column with a gap.
@pytest.mark.parametrize('value, text, number', [(46., '46', 46),
                                                 ('0046', '0046', 46),
                                                 ('46.00 ', '46', 46),
                                                 (46.5, '46.5', None),
                                                 ('', '', None),
                                                 ('-3', '-3', None)])
def test_cells(value, text, number):
    assert cell_text(value) == text
    assert frame_number(value) == number


def test_report(caplog):
    dropped = [
        Finding('sub01/EP1', 'fear is in none of the classes', True),
        Finding('sub02/EP1', 'no frames')
    ]
    notes = [Finding(f'sub03/EP{i}', 'mended') for i in range(25)]
    logger = MMLogger.get_instance('report-test')
    logger.addHandler(caplog.handler)
    log_findings('casme2', dropped, notes)
    logger.removeHandler(caplog.handler)
    assert [(x.levelname, x.getMessage()) for x in caplog.records] == [
        ('INFO', 'casme2: 1 clips left out as asked for:\n    '
         'sub01/EP1: fear is in none of the classes'),
        ('WARNING', 'casme2: 1 clips dropped:\n    sub02/EP1: no frames'),
        ('WARNING', '\n    '.join(['casme2: 25 things put right:'] +
                                  [str(x)
                                   for x in notes[:20]] + ['... and 5 more'])),
    ]
