# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Licences of what is installed for the package, and ``make lock``: hashes of
a report of pip, ``python tests/supply.py REPORT > requirements/lock.txt``."""
import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Dict, List

from packaging.requirements import Requirement

FOLDER = Path(__file__).resolve().parents[1] / 'requirements'
#: Files of requirements that are not ours to install.
OTHERS = 'constraints', 'fuzz', 'lock', 'pose-env', 'supply'
PERMISSIVE = (r'\b(MIT|Expat|0?BSD|Apache|ISC|ISCL|PSF|Zlib|CC0|BSL-1\.0|HPND|'
              r'Python Software Foundation|Unlicense)\b')
COPYLEFT = 'GPL|GNU|MPL|Mozilla|EUPL|CDDL|EPL|SSPL|Proprietary|NVIDIA'
#: Package -> why its copyleft or unknown licence does no harm here.
ALLOWED = {
    'pebble': 'LGPL: imported as it is, and replaceable by the user',
    'pympi-ling': 'MIT, by its repository; the metadata do not say it',
    'certifi': 'MPL-2.0: a list of certificates, unchanged; of gradio',
    'orjson': 'MPL-2.0 in part: unchanged; of gradio',
    'hypothesis': 'MPL-2.0: unchanged; for tests',
    'tqdm': 'MPL-2.0 in part: unchanged; of gradio',
    'docutils': 'public domain and BSD; the GPL is of a file for Emacs; docs',
}
#: Come with PyTorch's builds for CUDA, under NVIDIA's licence.
OF_CUDA = r'(nvidia|cuda)-[\w-]+'


def plain_name(name: str) -> str:
    return re.sub('[-_.]+', '-', name).lower()


def read_requirements(*files: str) -> List[Requirement]:
    """Of some files, or of all that are ours."""
    paths = [FOLDER / f'{x}.txt' for x in files
             ] or [x for x in FOLDER.glob('*.txt') if x.stem not in OTHERS]
    lines = [y for x in paths for y in x.read_text().splitlines()]
    lines = [x.partition('#')[0].strip() for x in lines]
    return [Requirement(x) for x in lines if x]


def find_installed(
        todo: List[Requirement]) -> Dict[str, metadata.PackageMetadata]:
    """Name -> metadata of what requirements need, as far as it is there."""
    found, done, todo = {}, set(), list(todo)
    while todo:
        item = todo.pop()
        name = plain_name(item.name)
        for extra in {'', *item.extras} - {x for y, x in done if y == name}:
            done.add((name, extra))
            try:
                found[name] = metadata.metadata(name)
            except metadata.PackageNotFoundError:
                continue  # an extra that is not installed
            for text in metadata.requires(name) or ():
                need = Requirement(text)
                if not need.marker or need.marker.evaluate(dict(extra=extra)):
                    todo.append(need)
    return found


def licence_of(facts: metadata.PackageMetadata) -> str:
    """SPDX expression, classifiers or the first line of the text; or ''."""
    known = [
        x.split(' :: ')[-1] for x in facts.get_all('Classifier') or ()
        if x.startswith('License ::')
    ]
    text = (facts.get('License') or '').strip().partition('\n')[0]
    return facts.get('License-Expression') or ' AND '.join(known) or text


def is_permissive(licence: str) -> bool:
    """Whether one of the alternatives of each part is."""
    return all(
        any(
            re.search(PERMISSIVE, x) and not re.search(COPYLEFT, x)
            for x in part.split(' OR ')) for part in licence.split(' AND '))


def find_problems(found: Dict[str, metadata.PackageMetadata]) -> List[str]:
    return [
        f'{name}: {licence_of(facts) or "unknown licence"}'
        for name, facts in sorted(found.items())
        if not (is_permissive(licence_of(facts)) or name in ALLOWED
                or re.fullmatch(OF_CUDA, name))
    ]


def lock_lines(report: dict) -> List[str]:
    """``name==version --hash=sha256:...`` of a report of ``pip install``."""
    return sorted(
        f'{plain_name(x["metadata"]["name"])}=={x["metadata"]["version"]} '
        f'--hash=sha256:'
        f'{x["download_info"]["archive_info"]["hashes"]["sha256"]}'
        for x in report['install'])


if __name__ == '__main__':
    lines = (FOLDER / 'lock.txt').read_text().splitlines()
    print(
        *(x for x in lines if x.startswith('#')),
        *lock_lines(json.loads(Path(sys.argv[1]).read_text())),
        sep='\n')
