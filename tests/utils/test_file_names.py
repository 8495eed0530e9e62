# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.utils.file_names import safe_name


@pytest.mark.parametrize('text, expected', [
    ('clip_01', 'clip_01'),
    ('..', '_'),
    ('../../etc/passwd', '_.._etc_passwd'),
    ('-rf', 'rf'),
    ('a/b\\c:d*e?"<f>|', 'a_b_c_d_e___f__'),
    ('a\nb\tc\0d', 'a_b_c_d'),
    ('', '_'),
    ('CON', '_CON'),
    ('nul.tar', '_nul.tar'),
    ('end. ', 'end'),
    ('視頻 Ä', '視頻 Ä'),
    ('%s{x}$(y)`z`', '_s_x___y__z_'),
])
def test_safe_name(text, expected):
    assert safe_name(text) == expected


@pytest.mark.parametrize('text', ['x' * 500, '視' * 200, '🙂' * 99, '\u202ea'])
def test_safe_name_fits(text):
    name = safe_name(text)
    assert 0 < len(name.encode()) <= 81 and '\u202e' not in name
    assert safe_name(name) == name
