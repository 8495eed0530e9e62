# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Compile the backbone with ``torch.compile``."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class CompileHook(Hook):
    """Compile the backbone, which takes most of the time, and nothing else.

    MMEngine's own ``compile=True`` compiles the whole training step, and fails
    at the first one if its TSM constructor has made parameter groups
    (``AttributeError: 'UserDefinedDictVariable'``). Parameters keep their
    names. Enable it by ``--cfg-options
    default_hooks.compile.type=CompileHook``; options of ``torch.compile``
    follow as ``default_hooks.compile.mode=...``.
    """

    def __init__(self, **options) -> None:
        self.options = options

    def before_run(self, runner) -> None:
        """Compile at the next batch; UserError if there is no ``backbone``."""
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        if getattr(model, 'backbone', None) is None:
            raise UserError('CompileHook needs a model with a backbone, but '
                            f'got {type(model).__name__}; leave it out of '
                            'the hooks')
        model.backbone.compile(**self.options)
