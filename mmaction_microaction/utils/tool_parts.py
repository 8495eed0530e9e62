# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What several tools share: plain text, bars and reading a config."""
from typing import Optional

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.progress import (BarColumn, MofNCompleteColumn, Progress, TextColumn,
                           TimeElapsedColumn, TimeRemainingColumn)
from torch import nn

from .errors import UserError, of_config


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


def load_config(path: str, options: Optional[dict] = None) -> Config:
    """Read a config, change settings, let the host's names be found."""
    try:
        cfg = Config.fromfile(path)
        cfg.merge_from_dict(options or {})
    except FileNotFoundError:
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
