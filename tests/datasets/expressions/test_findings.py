# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmengine.logging import MMLogger

from mmaction_microaction.datasets.expressions import Finding, report
from mmaction_microaction.datasets.expressions.clips import merged_spellings


def test_spellings_of_one_subject_are_listed():
    found = merged_spellings([('sub01', '1'), ('sub02', '2'),
                              ('sub01', 'sub01'), ('sub01', '1')], 'the table')
    assert found == [
        Finding('sub01', "is spelt '1', 'sub01' in the table; taken for one "
                'subject')
    ]
    assert str(found[0]).startswith('sub01: is spelt')


def test_report(caplog):
    logger = MMLogger.get_instance('report-test')
    logger.addHandler(caplog.handler)
    try:
        report('casme2', [
            Finding('sub01/EP1', 'fear is in none of the classes', True),
            Finding('sub02/EP1', 'no frames')
        ], [Finding(f'sub03/EP{i}', 'mended') for i in range(25)])
    finally:
        logger.removeHandler(caplog.handler)
    left_out, dropped, notes = [x.getMessage() for x in caplog.records]
    assert 'left out 1 clips as asked for' in left_out
    assert dropped == 'casme2: 1 clips dropped:\n    sub02/EP1: no frames'
    assert notes.endswith('sub03/EP19: mended\n    ... and 5 more')
    assert [x.levelname
            for x in caplog.records] == ['INFO', 'WARNING', 'WARNING']
