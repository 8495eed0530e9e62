# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shared by the tools: console, progress bars, configs and their checks."""
import inspect
import os.path as osp
from argparse import Namespace
from pathlib import Path
from typing import Dict, Optional

from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import (BarColumn, MofNCompleteColumn, Progress, TextColumn,
                           TimeElapsedColumn, TimeRemainingColumn)
from torch import nn

from .checkpoint_files import named_checkpoint
from .errors import UserError, describe_config_error, did_you_mean, say
from .host import get_installed_path

# Settings of a runner or a tool, besides the arguments of a runner.
_OTHER_SETTINGS = ('auto_scale_lr', 'compile', 'custom_imports', 'domain',
                   'runner_type')


def plain_console(stderr: bool = False) -> Console:
    """A console that prints names and paths verbatim."""
    plain = dict.fromkeys(('markup', 'emoji', 'highlight'), False)
    return Console(stderr=stderr, soft_wrap=True, **plain)


def progress_bar(console: Console,
                 *fields: str,
                 percent: bool = False) -> Progress:
    """Progress bars with description, count, times, and extra fields."""
    percentage = TextColumn('{task.percentage:>3.0f} %')
    return Progress(
        TextColumn('{task.description}', markup=False),
        BarColumn(),
        percentage if percent else MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left:'),
        TimeRemainingColumn(),
        *(TextColumn(f'{{task.fields[{name}]}}') for name in fields),
        console=console)


def list_configs() -> Dict[str, str]:
    """Name -> path of the configs in the package."""
    folder = Path(get_installed_path('mmaction_microaction'), '.mim/configs')
    return {path.stem: str(path) for path in folder.glob('*.py')}


def load_config(path: str, options: Optional[dict] = None) -> Config:
    """Load a config by file or by name, override settings, and set the host's
    default scope."""
    if not path.endswith(('.py', '.json', '.yml', '.yaml')):
        configs = list_configs()
        if path not in configs and not osp.exists(path):
            raise UserError(f'{path} is neither a config file nor the name of '
                            'a config of this package'
                            f'{did_you_mean(path, configs, 3)}')
        path = configs.get(path, path)
    try:
        cfg = Config.fromfile(path)
        merge_options(cfg, options or {})
    except (FileNotFoundError, UserError):
        raise
    except Exception as error:  # a config is the user's own code
        text = str(error).partition('\n')[0]
        raise UserError(f'config {path} cannot be read: '
                        f'{type(error).__name__}: {text}') from error
    init_default_scope('mmaction')
    return cfg


def build_model(cfg: Config) -> nn.Module:
    """The model of a config; UserError for an unknown type or argument."""
    try:
        return MODELS.build(cfg.model)
    except Exception as error:
        if text := describe_config_error(error):
            raise UserError(f'the model of {cfg.filename} cannot be built: '
                            f'{text}') from error
        raise


def merge_options(cfg: Config, options: dict) -> None:
    """Override settings of a config; UserError for an unknown top-level key,
    which would have no effect."""
    known = {*cfg, *inspect.signature(Runner).parameters, *_OTHER_SETTINGS}
    for key in options:
        first = key.partition('.')[0]
        if first not in known:
            raise UserError(f'--cfg-options {key}: {cfg.filename} has no '
                            f'setting {first}{did_you_mean(first, known)}')
    cfg.merge_from_dict(options)


def check_run(args: Namespace) -> None:
    """Validate settings, model, data and checkpoint of a training or a test,
    before it logs or creates a folder.

    Args:
        args: Of the host's ``train.py`` or, with ``checkpoint``, ``test.py``;
            the name of a config becomes its file.
    """
    cfg = load_config(args.config, args.cfg_options)
    args.config = cfg.filename
    if getattr(args, 'resume', None) == 'auto':
        _settle_resume(args, cfg)
    parts = ['test']
    if not hasattr(args, 'checkpoint'):
        parts = ['train', *['val'] * (not args.no_validate)]
    elif '://' not in args.checkpoint and not osp.isfile(args.checkpoint):
        raise FileNotFoundError(f'checkpoint {args.checkpoint} does not exist')
    build_model(cfg)
    for part in parts:
        if loader := cfg.get(f'{part}_dataloader'):
            DATASETS.build(loader.dataset)


def _settle_resume(args: Namespace, cfg: Config) -> None:
    """Let ``--resume`` mean a new run from ``load_from``, which the host would
    drop, if there is nothing to resume yet; later, that is done with."""
    folder = args.work_dir or cfg.get('work_dir') or osp.join(
        'work_dirs',
        Path(args.config).stem)
    if named_checkpoint(folder) is None:
        say(f'{folder} has no checkpoint to resume: this is a new run')
        args.resume = None
    elif args.cfg_options:
        args.cfg_options.pop('load_from', None)
