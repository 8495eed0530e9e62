# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Settings of Sphinx, the pages that are written from the package (``PAGES``),
and where a link to a file of the repository leads in the site."""
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Dict, List, NamedTuple

import yaml

import mmaction_microaction as package

DOCS = Path(__file__).resolve().parent
REPO = DOCS.parent
#: Rooms of the package in the order of the API reference; others follow.
ROOMS = ('inference', 'results', 'datasets', 'models', 'evaluation', 'engine',
         'pose', 'formats', 'visualization', 'outputs', 'analysis',
         'deployment', 'emotion', 'web', 'synthetic', 'compat')
#: Files outside docs/ that a page of the site includes.
INCLUDED = {
    'README.md': 'index.md',
    'CONTRIBUTING.md': 'contributing.md',
    'CHANGELOG.md': 'changelog.md',
    'SECURITY.md': 'security.md'
}

project = 'mmaction-microaction'
copyright = 'mmaction-microaction contributors'
version = release = package.__version__
extensions = [
    'myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon',
    'sphinx.ext.viewcode'
]
myst_heading_anchors = 3
# The page of a module's source, which viewcode writes.
myst_url_schemes = {
    'http': None,
    'https': None,
    'source': dict(url='_modules/{{path}}.html')
}
nb_execution_mode = 'off'  # a test executes the notebook
html_theme = 'furo'
html_title = f'{project} {version}'
exclude_patterns = ['_build']
autodoc_default_options = {'members': True, 'show-inheritance': True}
autodoc_typehints = 'description'
autodoc_member_order = 'bysource'
autodoc_preserve_defaults = True


class Entry(NamedTuple):
    """A public name, where it is exported."""
    path: str
    thing: object

    @property
    def directive(self) -> str:
        kind = 'autoclass' if isinstance(self.thing, type) else \
            'autofunction' if callable(self.thing) else 'py:data'
        return f'.. {kind}:: {self.path}'


def public_names() -> Dict[str, List[Entry]]:
    """Package -> its public names, each where it is exported deepest."""

    def order(name: str) -> tuple:
        room, depth = [*name.split('.'), ''][1], name.count('.')
        return not depth, room not in ROOMS, \
            ROOMS.index(room) if room in ROOMS else room, -depth, name

    names = [
        x.name
        for x in pkgutil.walk_packages(package.__path__, package.__name__ +
                                       '.') if '.mim' not in x.name
    ]
    seen, found = set(), {}
    for name in sorted([*names, package.__name__], key=order):
        module = importlib.import_module(name)
        if not hasattr(module, '__path__'):
            continue
        for public in getattr(module, '__all__', ()):
            thing = getattr(module, public)
            if isinstance(thing, ModuleType) or (public, id(thing)) in seen:
                continue
            seen.add((public, id(thing)))
            found.setdefault(name, []).append(Entry(f'{name}.{public}', thing))
    return found


def api() -> str:
    """Page: a section for each package."""
    lines = ['# API reference', '']
    for name, entries in public_names().items():
        title = name.partition('.')[2] or 'the package'
        lines += [
            f'## {title}', '', '```{eval-rst}',
            *[entry.directive for entry in entries], '```', ''
        ]
    return '\n'.join(lines)


def model_zoo() -> str:
    """Page: the metafile as a table."""
    meta = yaml.safe_load((REPO / 'configs/metafile.yml').read_text())
    lines = [
        '# Model zoo', '',
        'Parameters and operations (multiply-adds of one view) are our own '
        'measurements. Scores, in %, are those reported by the authors; the '
        '[README](../README.md) says which of them were read at the source. '
        'We have not measured any scores yet, and provide no weights.', '',
        '| config | trained on | size | reported | measured here |',
        '|---|---|---|---|---|'
    ]
    for model in meta['Models']:
        facts = model['Metadata']
        scores = [
            f'{key} {value:.2f}' for result in model.get('Results', ())
            for key, value in result['Metrics'].items()
        ]
        cells = ((f'[{model["Name"]}](../{model["Config"]})',
                  model['In Collection']), (facts['Training Data'],
                                            f'{facts["Epochs"]} epochs'),
                 (f'{facts["Parameters"]} parameters',
                  f'{facts["FLOPs"]} FLOPs'), scores or '-', '-')
        lines.append(f'| {" | ".join(map("<br>".join, cells))} |')
    return '\n'.join([*lines, ''])


def configs() -> str:
    """Page: every config as it stands in its file."""
    lines = ['# Configs', '']
    for path in sorted((REPO / 'configs').rglob('*.py')):
        name = path.relative_to(REPO)
        lines += [
            f'({name})=', f'## `{name.relative_to("configs")}`', '',
            f'```{{literalinclude}} ../{name}', ':language: python', '```', ''
        ]
    return '\n'.join(lines)


PAGES = (api, model_zoo, configs)


def lead_links(text: str, folder: Path, sources: set) -> str:
    """Let the Markdown links to files, of a page that lies in ``folder``, lead
    to a page of the site, a config, the source of one of the modules
    ``sources``, or a download."""

    def lead(link: re.Match) -> str:
        path = (folder / link[1]).resolve()
        if not path.exists():
            return link[0]  # to a written page, or wrong: MyST warns
        name = path.relative_to(REPO)
        module = '.'.join(name.with_suffix('').parts)
        if name.parts[0] == 'configs' and name.suffix == '.py':
            return f'](#{name})'
        if module.removesuffix('.__init__') in sources:
            page = str(name.with_suffix('')).removesuffix('/__init__')
            return f'](source:{page})'
        if str(name) in INCLUDED or DOCS in path.parents:
            page = INCLUDED.get(str(name)) or path.relative_to(DOCS)
            return f']({page}{link[2] or ""})'
        return f'](../{name})'

    return re.sub(r'\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)', lead, text)


def setup(app) -> None:
    sources = {
        getattr(entry.thing, '__module__', None)
        for entries in public_names().values()
        for entry in entries
    }

    def write_pages(app) -> None:
        for page in PAGES:
            path, text = DOCS / f'{page.__name__}.md', page()
            if not path.exists() or path.read_text() != text:
                path.write_text(text)

    def read(app, docname: str, content: list) -> None:
        content[0] = lead_links(content[0], DOCS, sources)

    def include(app, path: Path, docname: str, content: list) -> None:
        folder = (DOCS / path).resolve().parent
        content[0] = lead_links(content[0], folder, sources)

    app.connect('builder-inited', write_pages)
    app.connect('source-read', read)
    app.connect('include-read', include)
