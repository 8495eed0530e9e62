# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The command ``microaction``: any tool of the package, by its name."""
import ast
import difflib
import os.path as osp
import runpy
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Optional, Sequence

USAGE = """usage: microaction COMMAND [ARGUMENT ...]
       microaction COMMAND --help

Runs the tools of mmaction-microaction (in a checkout: tools/).
"""
#: Folder of the tools -> its title in the help.
TITLES = dict(
    tools='Training, testing, inference',
    data='Data',
    analysis_tools='Analysis',
    challenge='Challenges',
    convert='Conversion of checkpoints',
    deployment='Deployment',
    micro_expression='Micro-expressions',
    emotion='Emotion')


def find_tools() -> Dict[str, Path]:
    """Command -> script, as it travels in the package."""
    package = osp.dirname(find_spec('mmaction_microaction').origin)
    root = Path(package, '.mim', 'tools')
    scripts = sorted([*root.glob('*.py'), *root.glob('*/*.py')])
    return {script.stem.replace('_', '-'): script for script in scripts}


def describe(script: Path) -> str:
    """The first sentence of a script's docstring."""
    text = ast.get_docstring(ast.parse(script.read_text('utf-8'))) or ''
    return ' '.join(text.split()).partition('. ')[0].rstrip('.')


def show_help(tools: Dict[str, Path]) -> None:
    """List all commands by folder."""
    width = max(map(len, tools)) + 4
    print(USAGE)
    for folder, title in TITLES.items():
        print(f'{title}:')
        for name, script in tools.items():
            if script.parent.name == folder:
                print(f'  {name}'.ljust(width) + describe(script))
        print()


def main(argv: Optional[Sequence[str]] = None) -> int:
    name, *rest = (sys.argv[1:] if argv is None else argv) or ['--help']
    tools = find_tools()
    if name in ('-h', '--help'):
        with suppress(BrokenPipeError):  # | head
            show_help(tools)
            sys.stdout.flush()
        return 0
    script = tools.get(name.replace('_', '-'))
    if script is None:
        near = difflib.get_close_matches(name, tools, 1)
        hint = f'; did you mean {near[0]}?' if near else ''
        print(
            f'microaction: error: there is no command {name!r}{hint} '
            '(microaction --help lists all)',
            file=sys.stderr)
        return 2
    sys.argv[1:] = rest
    runpy.run_path(str(script), run_name='__main__')
    return 0


if __name__ == '__main__':
    sys.exit(main())
