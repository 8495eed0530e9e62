# Copyright (c) mmaction-microaction contributors. All rights reserved.
import sys

import pytest

from mmaction_microaction.formats import write_boris, write_elan
from mmaction_microaction.formats.common import (find_action, report_problems,
                                                 to_xml_text)
from mmaction_microaction.taxonomy import MA52


def test_actions_are_found_by_name_and_code():
    for action in MA52.labels:
        for text in (action.name, action.code, action.name.title(),
                     f'  {action.code.lower()}\n',
                     action.name.replace(' ', '  ')):
            assert find_action(text, MA52) is action
    for text in ('', 'B', 'nod', None, 9, '9', 'A1 nodding'):
        assert find_action(text, MA52) is None


@pytest.mark.parametrize('package, write', [('pympi', write_elan),
                                            ('openpyxl', write_boris)])
def test_a_package_is_missing(package, write, make_result, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f'need {package}: .*export'):
        write(make_result([]), 'a.xlsx')


def test_xml_text():
    assert to_xml_text('a\x00\x07<&\ud800\ufffeé\n') == (
        'a\ufffd\ufffd<&\ufffd\ufffdé\n')


def test_problems():
    report_problems([], 'a.eaf', True)
    many = [f'line {i}' for i in range(12)]
    with pytest.raises(ValueError, match='a.eaf: 12 entries(.|\n)*and 2 more'):
        report_problems(many, 'a.eaf', True)
    with pytest.warns(UserWarning, match='left out 12 entries(.|\n)*line 9'):
        report_problems(many, 'a.eaf', False)
