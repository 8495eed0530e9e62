# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Licences and hashes of what the package needs; offline."""
import email
import importlib.util
import re
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location(
    'supply',
    Path(__file__).with_name('supply.py'))
supply = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(supply)


def test_no_new_copyleft_or_unknown_licence():
    found = supply.find_installed(supply.read_requirements())
    assert len(found) > 80 and {'torch', 'pebble', 'gradio'} <= set(found)
    assert supply.find_problems(found) == []


@pytest.mark.parametrize('licence, allowed', [
    ('MIT', True),
    ('BSD License', True),
    ('BSD-3-Clause AND 0BSD AND Zlib AND CC0-1.0', True),
    ('Apache-2.0 AND Apache-2.0 WITH LLVM-exception', True),
    ('GPL-3.0-only OR MIT', True),
    ('MPL-2.0 AND (Apache-2.0 OR MIT)', False),
    ('MIT AND GPL-2.0-or-later', False),
    ('GNU Lesser General Public License v3 (LGPLv3)', False),
    ('GNU Affero General Public License v3, not MIT', False),
    ('LicenseRef-NVIDIA-Proprietary', False),
    ('OSI Approved', False),
    ('permitted', False),
    ('', False),
])
def test_licences(licence, allowed):
    assert supply.is_permissive(licence) is allowed
    found = dict(new=email.message_from_string(
        f'License-Expression: {licence}'))  # yapf: disable
    assert (supply.find_problems(found) == []) is allowed


def test_where_licences_are_read():
    text = ('License: BSD 3-Clause\n All rights ...\n'
            'Classifier: License :: OSI Approved :: MIT License\n')
    facts = email.message_from_string(text)
    assert supply.licence_of(facts) == 'MIT License'
    del facts['Classifier']
    assert supply.licence_of(facts) == 'BSD 3-Clause'


def pins(name):
    lines = (supply.FOLDER / f'{name}.txt').read_text().splitlines()
    lines = [x for x in lines if not x.startswith('#')]
    return dict(re.match(r'([^=]+)==([^\s;]+)', x).groups() for x in lines)


def test_lock():
    lock = pins('lock')
    for line in (supply.FOLDER / 'lock.txt').read_text().splitlines():
        assert line.startswith('#') or re.fullmatch(
            r'[a-z0-9-]+==\S+ --hash=sha256:[0-9a-f]{64}', line)
    for name, version in pins('constraints').items():
        assert lock[supply.plain_name(name)] == version, name
    needed = {supply.plain_name(x.name) for x in supply.read_requirements()}
    assert needed - set(lock) == {'torch'}
    for path in supply.FOLDER.glob('*.txt'):
        assert '://' not in path.read_text(), path


def test_lines_of_a_report():
    archive = dict(archive_info=dict(hashes=dict(sha256='f0')), url='x')
    report = dict(install=[
        dict(metadata=dict(name=name, version='1'), download_info=archive)
        for name in ('b_C', 'a')
    ])
    assert supply.lock_lines(report) == [
        'a==1 --hash=sha256:f0', 'b-c==1 --hash=sha256:f0'
    ]


def test_page(repo):
    """All direct dependencies, with the licence of those installed."""
    page = (repo / 'docs/dependencies.md').read_text()
    rows = {
        name: row
        for row in page.partition('## ')[0].splitlines()
        if row.startswith('| `')
        for name in re.findall(r'`([\w.-]+)`',
                               row.split('|')[1])
    }
    direct = {supply.plain_name(x.name) for x in supply.read_requirements()}
    assert set(rows) == direct and len(page.splitlines()) <= 60
    found = supply.find_installed(supply.read_requirements())
    for name in direct & set(found):
        licence = supply.licence_of(found[name])
        first = re.search(r'LGPL|Apache|BSD|MIT|Python', licence)
        assert name in supply.ALLOWED or first.group() in rows[name], name
    for name in supply.ALLOWED:
        assert f'`{name}`' in page, name
