# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Mixed precision without an accelerator."""
import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.optim import AmpOptimWrapper, OptimWrapper


@OPTIM_WRAPPERS.register_module(name='AmpOptimWrapper', force=True)
class CPUAmpOptimWrapper(AmpOptimWrapper):
    """What ``--amp`` means on CPU: bfloat16 autocast, no loss scaling.

    Registered by :func:`mmaction_microaction.compat.autocast_on_cpu` under
    the host's name, only where mmengine finds no accelerator. bfloat16 has
    float32's range, so there is nothing to scale. It pays on processors with
    AMX only; elsewhere it is slower than float32.

    Args:
        loss_scale: Ignored.
        dtype: Ignored.
        use_fsdp: Ignored.
        **kwargs: As mmengine's ``OptimWrapper``.
    """

    def __init__(self,
                 loss_scale='dynamic',
                 dtype=None,
                 use_fsdp: bool = False,
                 **kwargs) -> None:
        OptimWrapper.__init__(self, **kwargs)
        self._scale_update_param = None
        self.loss_scaler = torch.amp.GradScaler('cpu', enabled=False)
        self.cast_dtype = torch.bfloat16
