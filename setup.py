# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Packaging. Configs, tools and model-index.yml travel inside the package, as
``mmaction_microaction/.mim/``, where ``mim`` looks for them."""
import os
import os.path as osp
import re
import shutil

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = osp.dirname(osp.abspath(__file__))
# The pins of mediapipe's environment, which extract_pose.py makes, go along.
MIM_ITEMS = ('configs', 'tools', 'requirements', 'model-index.yml')


def read(*parts: str) -> str:
    with open(osp.join(ROOT, *parts), encoding='utf-8') as f:
        return f.read()


def requirements(name: str) -> list:
    lines = read('requirements', f'{name}.txt').splitlines()
    lines = [line.split('#')[0].strip() for line in lines]
    return [line for line in lines if line]


class BuildWithMim(build_py):
    """Copy the ``.mim`` items into a wheel; link them for an editable
    install."""

    def run(self) -> None:
        super().run()
        editable = getattr(self, 'editable_mode', False)
        base = ROOT if editable else osp.join(ROOT, self.build_lib)
        mim = osp.join(base, 'mmaction_microaction', '.mim')
        shutil.rmtree(mim, ignore_errors=True)
        os.makedirs(mim)
        for item in MIM_ITEMS:
            source, target = osp.join(ROOT, item), osp.join(mim, item)
            if editable:
                os.symlink(osp.relpath(source, mim), target)
            elif osp.isdir(source):
                shutil.copytree(
                    source,
                    target,
                    ignore=shutil.ignore_patterns('__pycache__', '*.pyc'))
            else:
                shutil.copy(source, target)


setup(
    name='mmaction-microaction',
    version=re.search(r"__version__ = '(.+)'",
                      read('mmaction_microaction', 'version.py')).group(1),
    description='Micro-action recognition for MMAction2 1.x: MANet and nine '
    'more methods on MA-52',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    keywords='micro-action, action recognition, MA-52, MANet, OpenMMLab',
    python_requires='>=3.10,<3.13',
    classifiers=[
        'Operating System :: MacOS',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3',
    ],
    packages=find_packages(include=['mmaction_microaction*']),
    entry_points=dict(console_scripts=[
        'microaction = mmaction_microaction_cli.__main__:main'
    ]),
    package_data={
        'mmaction_microaction': [
            'py.typed', 'taxonomies/*.yaml', 'models/data/*.npy',
            'visualization/templates/*', 'web/templates/*'
        ]
    },
    install_requires=requirements('runtime') + requirements('mmcv'),
    extras_require={
        'app':
        requirements('app') + requirements('export'),
        'docs':
        requirements('docs'),
        'export':
        requirements('export'),
        'onnx':
        requirements('onnx'),
        'test':
        requirements('tests') + requirements('export') + requirements('onnx') +
        requirements('app'),
    },
    cmdclass={'build_py': BuildWithMim},
    zip_safe=False)
