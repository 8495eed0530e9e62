# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The documentation site: docs/conf.py, and where its links lead."""
import importlib
import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from urllib.parse import unquote

import pytest

import mmaction_microaction as package

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='module')
def conf():
    return SimpleNamespace(**runpy.run_path(str(REPO / 'docs/conf.py')))


def test_every_public_name_is_in_the_api_reference(conf):
    entries = {}
    for path in re.findall(r'^\.\. [\w:]+:: (\S+)$', conf.api(), re.M):
        home, _, name = path.rpartition('.')
        entries[name, id(getattr(importlib.import_module(home), name))] = path
    names = [package.__name__] + [
        x.name for x in pkgutil.walk_packages(package.__path__,
                                              package.__name__ + '.')
        if '.mim' not in x.name
    ]  # yapf: disable
    checked = 0
    for name in names:
        module = importlib.import_module(name)
        for public in getattr(module, '__all__', ()):
            thing = getattr(module, public)
            if not isinstance(thing, ModuleType):
                assert (public, id(thing)) in entries, f'{name}.{public}'
                checked += 1
    assert checked > 200 and len(entries) > 150


def test_zoo_shows_what_is_reported(conf):
    zoo = conf.model_zoo()
    assert (
        '| [manet_r50_ma52](../configs/manet_r50_ma52.py)<br>MANet | MA-52'
        '<br>80 epochs | 32.28M parameters<br>32.94G FLOPs | Top 1 '
        'Accuracy 61.33<br>Top 5 Accuracy 88.83<br>F1 Mean 65.59 | - |') in zoo
    assert re.search(r'stgcnpp_ma52.py\).* \| - \| - \|\n', zoo)


@pytest.mark.parametrize('folder, target, led', [
    ('docs', '../configs/c3d_ma52.py', '#configs/c3d_ma52.py'),
    ('.', 'configs/_base_/models/mmnet.py', '#configs/_base_/models/mmnet.py'),
    ('.', 'mmaction_microaction/datasets/ma52.py',
     'source:mmaction_microaction/datasets/ma52'),
    ('docs', '../mmaction_microaction/compat',
     'source:mmaction_microaction/compat'),
    ('.', 'mmaction_microaction/taxonomies/ma52.yaml',
     '../mmaction_microaction/taxonomies/ma52.yaml'),
    ('.', 'docs/options.md#order-sign', 'options.md#order-sign'),
    ('docs', 'options.md#order-sign', 'options.md#order-sign'),
    ('.', 'docs/images/timeline.png', 'images/timeline.png'),
    ('docs', '../README.md', 'index.md'),
    ('docs', 'nowhere.md', 'nowhere.md'),
    ('docs', '#here', '#here'),
    ('docs', 'https://mmaction2.readthedocs.io', None),
])
def test_where_links_lead(conf, folder, target, led):
    sources = {
        f'mmaction_microaction.{x}'
        for x in ('datasets.ma52', 'compat')
    }
    text = conf.lead_links(f'a [b]({target}) c', REPO / folder, sources)
    assert text == f'a [b]({led or target}) c'


@pytest.mark.slow
def test_links_of_the_built_site_lead_somewhere():
    pytest.importorskip('sphinx')
    pytest.importorskip('myst_nb')
    out = REPO / 'docs/_build/html'  # a site that is there is brought to date
    subprocess.run([
        sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going',
        str(REPO / 'docs'),
        str(out)
    ],
                   check=True)
    pages = {path: path.read_text() for path in out.rglob('*.html')}
    marks = {
        path: set(re.findall(r'\bid="([^"]+)"', text))
        for path, text in pages.items()
    }
    checked = set()
    for path, text in pages.items():
        for link in re.findall(r'\b(?:href|src)="([^"]*)"', text):
            file, _, mark = unquote(link.partition('?')[0]).partition('#')
            if re.match(r'[a-z]+:', file):
                continue
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), (path.name, link)
            if mark and target in marks:
                assert mark in marks[target], (path.name, link)
            checked.add(target)
    assert {x.name
            for x in checked} > {
                'api.html', 'model_zoo.html', 'configs.html',
                'se_resnet_tsm.html', 'ma52.yaml', 'timeline.png'
            }
