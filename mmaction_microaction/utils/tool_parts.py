# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What several tools share: plain text, bars, configs and their checks."""
import difflib
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

from .errors import UserError, of_config
from .host import get_installed_path

# What a runner or a tool looks up, besides the arguments of a runner.
_OTHER_SETTINGS = ('auto_scale_lr', 'compile', 'custom_imports', 'domain',
                   'runner_type')


def plain_console(stderr: bool = False) -> Console:
    """A console that prints names and paths as they are."""
    plain = dict.fromkeys(('markup', 'emoji', 'highlight'), False)
    return Console(stderr=stderr, soft_wrap=True, **plain)


def progress_bar(console: Console,
                 *fields: str,
                 percent: bool = False) -> Progress:
    """Bars with a description, how far they are, the times, and fields."""
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
    """Name -> path of the configs that travel in the package."""
    folder = Path(get_installed_path('mmaction_microaction'), '.mim/configs')
    return {path.stem: str(path) for path in folder.glob('*.py')}


def load_config(path: str, options: Optional[dict] = None) -> Config:
    """Read a config, a file or the name of one of ours, change settings, let
    the host's names be found."""
    if not path.endswith(('.py', '.json', '.yml', '.yaml')):
        configs = list_configs()
        if path not in configs and not osp.exists(path):
            near = difflib.get_close_matches(path, configs, 3)
            hint = f'; near it: {", ".join(near)}' if near else ''
            raise UserError(f'{path} is neither a config file nor the name of '
                            f'a config of this package{hint}')
        path = configs.get(path, path)
    try:
        cfg = Config.fromfile(path)
        check_options(cfg, options or {})
        cfg.merge_from_dict(options or {})
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
        if text := of_config(error):
            raise UserError(f'the model of {cfg.filename} cannot be built: '
                            f'{text}') from error
        raise


def check_options(cfg: Config, options: dict) -> None:
    """UserError for a setting whose first key is unknown to the config and to
    a runner: it would change nothing."""
    known = {*cfg, *inspect.signature(Runner).parameters, *_OTHER_SETTINGS}
    for key in options:
        first = key.partition('.')[0]
        if first not in known:
            near = difflib.get_close_matches(first, known, 1)
            hint = f'; did you mean {near[0]}?' if near else ''
            raise UserError(f'--cfg-options {key}: {cfg.filename} has no '
                            f'setting {first}{hint}')


def check_run(args: Namespace) -> None:
    """Refuse what a training or a test would stumble over later, when it has
    printed pages and made a folder: settings, model, data, checkpoint.

    Args:
        args: Of the host's ``train.py`` or, with ``checkpoint``, ``test.py``;
            the name of a config becomes its file.
    """
    cfg = load_config(args.config, args.cfg_options)
    args.config = cfg.filename
    parts = ['test']
    if not hasattr(args, 'checkpoint'):
        parts = ['train', *['val'] * (not args.no_validate)]
    elif '://' not in args.checkpoint and not osp.isfile(args.checkpoint):
        raise FileNotFoundError(f'checkpoint {args.checkpoint} does not exist')
    build_model(cfg)
    for part in parts:
        if loader := cfg.get(f'{part}_dataloader'):
            DATASETS.build(loader.dataset)
