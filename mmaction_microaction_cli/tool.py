# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the tools' command lines have in common."""
import argparse
import os
import os.path as osp
import re
import runpy
import sys
from importlib.util import find_spec
from typing import Callable, Optional, Sequence, Tuple
from unittest import mock

Parser = argparse.ArgumentParser


def make_parser(doc: Optional[str], examples: Optional[str] = None) -> Parser:
    """A parser that shows a tool's docstring and examples as they are."""
    return Parser(
        description=doc,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter)


def add_device(parser: Parser) -> None:
    parser.add_argument(
        '--device', help='cpu, cuda, cuda:1 (default: a GPU if available)')


def add_config_options(parser: Parser) -> None:
    from mmengine.config import DictAction
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        type=lambda x: x[x.index('='):] and x,
        metavar='KEY=VALUE',
        default={},
        help='override settings of the config')


def add_debug(parser: Parser) -> None:
    parser.add_argument(
        '--debug', action='store_true', help='print the traceback of an error')


def add_shard(parser: Parser) -> None:
    parser.add_argument(
        '--shard',
        type=parse_shard,
        default=shard_of_job(),
        metavar='I/N',
        help='process part I of N of the files, I from 0 to N-1: run the '
        'same command with another I on each machine, then once without, '
        'to complete the work and merge the tables (default: the task of '
        'the Slurm array, otherwise all files)')


def parse_shard(text: str) -> Tuple[int, int]:
    """``'I/N'`` as two numbers, 0 <= I < N."""
    numbers = re.fullmatch(r'(\d+)/(\d+)', text)
    shard = tuple(map(int, numbers.groups())) if numbers else (0, 0)
    if shard[0] >= shard[1]:
        raise argparse.ArgumentTypeError(
            f'expected I/N with I from 0 to N - 1, but got {text!r}')
    return shard


def shard_of_job() -> str:
    """``'I/N'`` of the task of a Slurm array that this is, else ``'0/1'``."""
    task: Optional[str] = os.environ.get('SLURM_ARRAY_TASK_ID')
    if task is None:
        return '0/1'
    first, count, step = (int(
        os.environ.get(f'SLURM_ARRAY_TASK_{name}', default))
                          for name, default in (('MIN', 0), ('COUNT', 1),
                                                ('STEP', 1)))
    return f'{(int(task) - first) // step}/{count}'


def add_reading_options(parser: Parser, alone: bool = True) -> None:
    """Options of the tools that read annotations; not ``alone``: with a table
    that says how long videos are."""
    add = parser.add_argument
    if alone:
        add('--duration',
            type=float,
            help='length of the video, seconds (default: from '
            'predictions.json or our .eaf; otherwise, with a warning, '
            'the end of the last segment)')
        add('--taxonomy',
            default='ma52',
            help='label set, a name or a file; a predictions.json contains '
            'its own (default: %(default)s)')
    add('--skip-unknown',
        action='store_true',
        help='omit, with a warning, annotations that are not in the label '
        'set or have no end')
    add('--tier',
        action='append',
        default=[],
        help='ELAN: tier to read (repeatable; default, also for files '
        'without any of the named tiers: all tiers with a micro-action)')
    add('--media',
        help='ELAN: the linked file that defines the times, if there are '
        'several')
    add('--point-duration',
        type=float,
        metavar='SECONDS',
        help='BORIS: read point events as actions of this length')
    add('--fps',
        type=float,
        help='Label Studio: frame rate of the labelling config, if the '
        'export does not contain it')
    add_debug(parser)


def run(work: Callable[[argparse.Namespace], Optional[int]],
        parser: Parser,
        argv: Optional[Sequence[str]] = None) -> int:
    """Do a tool's work; its exit code, see ``utils.errors.run_tool``."""
    args = parser.parse_args(argv)
    from mmaction_microaction.utils.errors import run_tool
    return run_tool(work, args)


def run_host(name: str,
             doc: Optional[str],
             argv: Optional[Sequence[str]] = None) -> int:
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
                        argparse.Namespace(debug=debug))


def _show_help_of_host(name: str, doc: Optional[str]) -> None:
    """Ours, then the host's, without what its script imports."""
    print(doc)
    script = osp.join(
        osp.dirname(find_spec('mmaction').origin), '.mim', 'tools', name)
    heavy = ('mmengine.runner', 'mmaction', 'mmaction.registry')
    with mock.patch.dict(sys.modules, dict.fromkeys(heavy, mock.MagicMock())):
        runpy.run_path(script, run_name='__main__')
