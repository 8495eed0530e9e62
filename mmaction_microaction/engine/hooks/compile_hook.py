# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Compile the backbone with ``torch.compile``."""
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class CompileHook(Hook):
    """Compile what takes the time, and leave the rest as it is.

    MMEngine's own ``compile=True`` compiles the whole training step, the
    optimizer included, and stops at the first step of every config whose
    parameter groups its TSM constructor makes (``AttributeError:
    'UserDefinedDictVariable'``). The backbone alone compiles for all ten
    methods, and parameters keep their names. The switch: ``--cfg-options
    default_hooks.compile.type=CompileHook``, and for an option of
    ``torch.compile`` such as ``mode``: ``default_hooks.compile.mode=...``.
    """

    def __init__(self, **options) -> None:
        self.options = options

    def before_run(self, runner) -> None:
        """Compile at the first batch from now on; ValueError if the model has
        no ``backbone``."""
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        if getattr(model, 'backbone', None) is None:
            raise UserError('CompileHook needs a model with a backbone, but '
                            f'got {type(model).__name__}; leave it out of '
                            'the hooks')
        model.backbone.compile(**self.options)
