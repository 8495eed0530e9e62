# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What a run or a result was made with, in plain types, and how two differ.

A record has sections: ``versions``, ``machine`` and ``git`` here; runs and
results add theirs (docs/reproducibility.md). No times, no folders of users.
"""
import hashlib
import json
import os
import os.path as osp
import platform
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch

from mmaction_microaction.version import __version__
from .files import file_sha256

#: File of a run, in its folder of logs.
PROVENANCE_FILE = 'provenance.json'
SCHEMA = 'mmaction-microaction/provenance'
SCHEMA_VERSION = '1.0'
#: Distributions whose versions results depend on.
_PACKAGES = ('torch', 'torchvision', 'mmengine', 'mmaction2', 'mmcv',
             'mmcv-lite', 'numpy', 'scipy', 'scikit-learn', 'opencv-python',
             'pillow', 'av', 'decord', 'onnxruntime')
#: Keys that differ between equal runs: where they lie, how they were started.
_PLACES = ('schema', 'schema_version', 'settings.work_dir', 'settings.resume',
           'settings.launcher', 'config.sha256', 'video.path')
_MEASURED = 'scores', 'segments'
_NOTHING = object()


def describe_software() -> dict:
    """A new record: ``versions`` of Python and packages, ``machine``, and
    ``git``, the state of the clone that the package is in, or None."""
    versions = {
        'python': platform.python_version(),
        'mmaction-microaction': __version__
    }
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    gpus = range(torch.cuda.device_count())
    machine = dict(
        system=f'{platform.system()} {platform.machine()}',
        processor=_processor(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        threads=torch.get_num_threads(),
        gpus=', '.join(map(torch.cuda.get_device_name, gpus)) or 'none')
    return dict(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        versions=versions,
        machine=machine,
        git=git_state(osp.dirname(osp.dirname(osp.abspath(__file__)))))


def _processor() -> str:
    with suppress(OSError), open('/proc/cpuinfo', encoding='utf-8') as file:
        for line in file:
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor()


def git_state(folder: str) -> Optional[dict]:
    """``commit``, and whether tracked files are changed (``dirty``), of the
    clone that tracks a package's folder; None without one."""

    def ask(*words: str) -> str:
        return subprocess.run(
            ['git', '--no-optional-locks', '-C', folder, *words],
            capture_output=True,
            check=True,
            text=True,
            timeout=30).stdout.strip()

    with suppress(OSError, subprocess.SubprocessError):
        # An environment may lie in a clone of something else.
        ask('ls-files', '--error-unmatch', '__init__.py')
        changes = ask('status', '--porcelain', '--untracked-files=no')
        return dict(commit=ask('rev-parse', 'HEAD'), dirty=bool(changes))
    return None


def describe_file(what: str, path: str) -> dict:
    """Name and SHA-256 of a file; of an address the name alone."""
    name = osp.basename(osp.normpath(path))
    if not osp.isfile(path):
        return {what: name}
    return {what: name, f'{what}_sha256': file_sha256(path)}


def plain(content: Any) -> Any:
    """What JSON makes of containers, numbers and text: also of subclasses,
    which checkpoints must not hold; others as text."""
    return json.loads(json.dumps(content, default=str, skipkeys=True))


def hash_plain(content: Any) -> str:
    """SHA-256 of :func:`plain`."""
    return hashlib.sha256(json.dumps(plain(content)).encode()).hexdigest()


def describe_data(dataset: Any) -> dict:
    """Manifest of a data set of MMEngine, perhaps wrapped.

    ``annotations``: file -> SHA-256; of the clips, their number, ``bytes``,
    how many are ``missing``, and ``clips_sha256`` of their names, below their
    common folder, and sizes, in order. No clip is opened.
    """
    kind = type(dataset).__name__
    while hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    files = [*getattr(dataset, 'sources', ()), *vars(dataset).values()]
    files = dict.fromkeys(
        x for x in files if isinstance(x, str) and osp.isfile(x))
    get = getattr(dataset, 'get_data_info', lambda index: {})
    paths, names = [], []
    for info in map(get, range(len(dataset))):
        paths.append(info.get('filename') or info.get('frame_dir') or '')
        names.append(info.get('clip_name', ''))  # poses alone have no file
    # Many at a time: on a network's disk, each takes milliseconds.
    with ThreadPoolExecutor(16) as pool:
        sizes = [*pool.map(_size, paths)]
    folders = {osp.dirname(osp.abspath(x)) for x in paths if x}
    root = osp.commonpath(folders) if folders else ''
    lines = [
        f'{osp.relpath(path, root) if path else name}\t{size}\n'
        for path, name, size in zip(paths, names, sizes)
    ]
    return dict(
        dataset=kind,
        annotations={osp.basename(x): file_sha256(x)
                     for x in files},
        clips=len(paths),
        bytes=sum(x for x in sizes if x > 0),
        missing=sum(x < 0 for x in sizes),
        clips_sha256=hashlib.sha256(
            ''.join(lines).encode(errors='surrogateescape')).hexdigest())


def _size(path: str) -> int:
    """Bytes of a file, or of the files in a folder; -1 if missing."""
    try:
        if osp.isdir(path):
            return sum(x.stat().st_size for x in os.scandir(path))
        return os.stat(path).st_size
    except OSError:
        return -1


def compare_records(one: dict,
                    other: dict,
                    ignore: Sequence[str] = (),
                    tolerance: float = 0.) -> List[str]:
    """What differs between two records, a line ``'key: one | other'`` each.

    Args:
        ignore (Sequence[str]): Keys to leave out, with those below them.
        tolerance (float): Largest difference of what is measured (arrays, and
            numbers below ``scores`` and ``segments``) that counts as none.
    """
    flat, others, lines = _flatten(one), _flatten(other), []
    for key in sorted(flat.keys() | others.keys()):
        a, b = flat.get(key, _NOTHING), others.get(key, _NOTHING)
        if any(f'{key}.'.startswith(f'{x}.') for x in (*ignore, *_PLACES)):
            continue
        known = all(isinstance(x, (int, float, np.ndarray)) for x in (a, b))
        if known and np.shape(a) == np.shape(b) and (
                np.shape(a) or key.startswith(_MEASURED)):
            if np.array_equal(a, b, equal_nan=True):
                continue
            x, y = np.asarray(a, float), np.asarray(b, float)
            same = (x == y) | np.isnan(x) & np.isnan(y)
            gap = np.abs(np.subtract(x, y, where=~same,
                                     out=np.zeros_like(x))).max()
            if gap <= tolerance:
                continue
            shown = f'{_shown(a)} | {_shown(b)}'
            text = f'differ by up to {gap:.3g}' if np.shape(a) else shown
            lines.append(f'{key}: {text}')
        elif np.shape(a) != np.shape(b) or a != b:
            lines.append(f'{key}: {_shown(a)} | {_shown(b)}')
    return lines


def _flatten(content: Any, prefix: str = '') -> Dict[str, Any]:
    """Nested containers as ``{'a.b.0': value}``; empty ones are values."""
    pairs = content.items() if isinstance(content, dict) else \
        enumerate(content) if isinstance(content, list) else ()
    flat = {}
    for key, value in pairs:
        flat.update(_flatten(value, f'{prefix}.{key}' if prefix else str(key)))
    return flat or {prefix: content}


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f'numbers of shape {value.shape}'
    text = '-' if value is _NOTHING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f'{text[:48]} ... {text[-47:]}'
