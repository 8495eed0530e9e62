# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The command ``microaction``: any tool of the package, by its name.

A module of its own beside the package, whose import takes seconds.
"""
import ast
import difflib
import os.path as osp
import runpy
import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Optional, Sequence
from unittest import mock

USAGE = """usage: microaction COMMAND [ARGUMENT ...]
       microaction COMMAND --help

The tools of mmaction-microaction, which a checkout has as tools/*.py.
"""
#: Folder -> title, in the order of a help text.
TITLES = {
    '': 'First of all',
    'data': 'Data',
    'analysis_tools': 'Looking closer',
    'challenge': 'Challenges',
    'convert': 'Checkpoints of others',
    'deployment': 'Deployment',
    'micro_expression': 'Micro-expressions',
    'emotion': 'Emotion'
}


def find_tools() -> Dict[str, Path]:
    """Command -> script, as it travels in the package."""
    package = osp.dirname(find_spec('mmaction_microaction').origin)
    root = Path(package, '.mim', 'tools')
    scripts = sorted([*root.glob('*.py'), *root.glob('*/*.py')])
    return {x.stem.replace('_', '-'): x for x in scripts}


def describe(script: Path) -> str:
    """The first sentence of a script's docstring."""
    text = ast.get_docstring(ast.parse(script.read_text('utf-8'))) or ''
    return ' '.join(text.split('\n\n')[0].split()).partition('. ')[0]


def show_help(tools: Dict[str, Path]) -> None:
    """List all commands by folder."""
    print(USAGE)
    width = max(map(len, tools)) + 2
    for folder, title in TITLES.items():
        print(f'{title}:')
        for name, script in tools.items():
            if script.parent.name == (folder or 'tools'):
                print(f'  {name:{width}}{describe(script)[:76 - width]}')
        print()


def run_host(name: str, doc: str, argv: Optional[Sequence[str]] = None) -> int:
    """Run one of MMAction2's own tools, as our script of that name does; its
    exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    debug = '--debug' in argv
    argv = [word for word in argv if word != '--debug']
    with mock.patch.object(sys, 'argv', [sys.argv[0], *argv]):
        if {'-h', '--help'} & set(argv):
            _show_help_of_host(name, doc)
        import mmaction_microaction  # noqa: F401  installs the shims
        from mmaction_microaction.utils.errors import run_tool
        from mmaction_microaction.utils.host import run_host_tool
        return run_tool(lambda args: run_host_tool(name),
                        Namespace(debug=debug))


def _show_help_of_host(name: str, doc: str) -> None:
    """Ours, then the host's, without what its script imports."""
    print(doc)
    script = osp.join(
        osp.dirname(find_spec('mmaction').origin), '.mim', 'tools', name)
    heavy = ('mmengine.runner', 'mmaction', 'mmaction.registry')
    with mock.patch.dict(sys.modules, dict.fromkeys(heavy, mock.MagicMock())):
        runpy.run_path(script, run_name='__main__')


def main(argv: Optional[Sequence[str]] = None) -> int:
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ['--help']
    tools = find_tools()
    if name in ('-h', '--help'):
        show_help(tools)
        return 0
    script = tools.get(name.replace('_', '-'))
    if script is None:
        near = difflib.get_close_matches(name, tools, 3)
        hint = f' (did you mean {" or ".join(near)}?)' if near else ''
        print(f'microaction: error: no command {name!r}{hint}; '
              'microaction --help lists them', file=sys.stderr)
        return 2
    sys.argv = [f'microaction {name}', *rest]
    runpy.run_path(str(script), run_name='__main__')
    return 0


if __name__ == '__main__':
    sys.exit(main())
