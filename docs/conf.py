# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sphinx settings, and the pages that are written from the package: the API
reference (api.md) and the model zoo (model_zoo.md)."""
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import yaml

import mmaction_microaction
from mmaction_microaction import __version__

DOCS = Path(__file__).parent
REPO = DOCS.parent
ROOMS = ('inference', 'results', 'datasets', 'models', 'evaluation', 'engine',
         'pose', 'formats', 'visualization', 'outputs', 'analysis',
         'deployment', 'emotion', 'web', 'synthetic', 'compat')

project = 'mmaction-microaction'
copyright = 'mmaction-microaction contributors'
version = release = __version__
extensions = [
    'myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon',
    'sphinx.ext.viewcode'
]
myst_heading_anchors = 3
html_theme = 'furo'
html_title = f'{project} {version}'
exclude_patterns = ['_build']
autodoc_default_options = {'members': True, 'show-inheritance': True}
autodoc_typehints = 'description'
autodoc_member_order = 'bysource'
nitpicky = False


def write_api() -> None:
    """A section for each room, its public names where they are exported
    first, deepest package first."""
    seen, sections = set(), {}
    for room in (*ROOMS, ''):
        name = '.'.join(['mmaction_microaction', room]).rstrip('.')
        package = importlib.import_module(name)
        parts = [
            f'{name}.{x.name}' for x in pkgutil.iter_modules(package.__path__)
            if x.ispkg and room
        ]
        for part in (*parts, name):
            module = importlib.import_module(part)
            entries = []
            for public in getattr(module, '__all__', ()):
                thing = getattr(module, public)
                if isinstance(thing, ModuleType) or id(thing) in seen:
                    continue
                seen.add(id(thing))
                kind = 'autoclass' if isinstance(thing, type) else \
                    'autofunction' if callable(thing) else 'py:data'
                entries.append(f'.. {kind}:: {part}.{public}')
            if entries:
                sections[part] = entries
    lines = ['# API reference', '']
    for part, entries in sections.items():
        title = part.removeprefix('mmaction_microaction').strip('.')
        lines += [f'## {title or "the package"}', '', '```{eval-rst}',
                  *entries, '```', '']
    (DOCS / 'api.md').write_text('\n'.join(lines))


def write_zoo() -> None:
    """The metafile as a table."""
    meta = yaml.safe_load((REPO / 'configs/metafile.yml').read_text())
    rows = ['# Model zoo', '', 'Parameters and operations are measured; scores'
            ' are those of the papers, none is measured here yet. No weights '
            'are shipped.', '', '| config | method | trained on | parameters | '
            'FLOPs | epochs |', '|---|---|---|---|---|---|']
    for model in meta['Models']:
        facts = model['Metadata']
        rows.append(
            f'| [{model["Name"]}](../{model["Config"]}) | '
            f'{model["In Collection"]} | {facts.get("Training Data", "-")} | '
            f'{facts.get("Parameters", "-")} | {facts.get("FLOPs", "-")} | '
            f'{facts.get("Epochs", "-")} |')
    (DOCS / 'model_zoo.md').write_text('\n'.join([*rows, '']))


assert mmaction_microaction  # registers the modules
write_api()
write_zoo()
