# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Models and their training on today's PyTorch, with or without a GPU."""
import torch

from .wrap import wrap


def distribute_on_cpu() -> None:
    """Let ``--launcher pytorch`` work on a machine without accelerator.

    Symptom: ``torch.cuda.set_device`` fails in mmengine's ``init_dist``, and
    ``DistributedDataParallel`` refuses ``device_ids`` for a module on CPU.
    Hit: mmengine 0.10.7. Delete when mmengine picks gloo by itself.
    """
    from mmengine.device import get_device
    from mmengine.dist import utils as dist_utils
    from mmengine.model import MMDistributedDataParallel
    if get_device() != 'cpu':
        return

    def init_dist_pytorch(backend: str, init_backend='torch', **kwargs):
        torch.distributed.init_process_group(backend='gloo', **kwargs)

    dist_utils._init_dist_pytorch = init_dist_pytorch

    @wrap(MMDistributedDataParallel, '__init__')
    def init(original, self, module, *args, **kwargs) -> None:
        original(self, module, *args, **{**kwargs, 'device_ids': None})


def autocast_on_cpu() -> None:
    """Let ``--amp`` work on CPU, as bfloat16 autocast.

    Symptom: ``AssertionError: AmpOptimizerWrapper is only available training
    on gpu``. Hit: mmengine 0.10.7. Delete when mmengine allows it.
    """
    from mmengine.device import get_device
    from mmengine.optim import AmpOptimWrapper, OptimWrapper
    if get_device() != 'cpu':
        return

    @wrap(AmpOptimWrapper, '__init__')
    def init(original, self, loss_scale=1., dtype=None, use_fsdp=0, **kwargs):
        OptimWrapper.__init__(self, **kwargs)
        self._scale_update_param = None
        # bfloat16 has float32's range: there is nothing to scale.
        self.loss_scaler = torch.amp.GradScaler('cpu', enabled=False)
        self.cast_dtype = torch.bfloat16


def train_from_scratch() -> None:
    """Let ``pretrained=None`` mean random weights.

    Symptom: ``init_weights`` of ResNetTSM (so TIN), UniFormer and Swin tries
    to load a checkpoint named None unless ``pretrained2d=False``. Hit:
    mmaction2 1.2.0. Delete when the host looks at ``pretrained`` first.
    """
    from mmaction.models import ResNetTSM, SwinTransformer3D, UniFormer
    for cls in (ResNetTSM, SwinTransformer3D, UniFormer):

        @wrap(cls, 'init_weights')
        def init_weights(original, self, *args, **kwargs) -> None:
            self.pretrained2d = self.pretrained2d and bool(self.pretrained)
            original(self, *args, **kwargs)


def score_bfloat16() -> None:
    """Let the host's heads log accuracies of bfloat16 logits.

    Symptom: ``TypeError: Got unsupported ScalarType BFloat16``, loss_by_feat.
    Hit: mmaction2 1.2.0. Delete when the host casts its scores.
    """
    from mmaction.models.heads.base import BaseHead

    @wrap(BaseHead, 'loss_by_feat')
    def loss_by_feat(original, self, cls_scores, data_samples):
        return original(self, cls_scores.float(), data_samples)


def score_several_labels() -> None:
    """Offer ``average_clips='sigmoid'`` to every head of the host.

    Symptom: a head with ``multi_class=True`` learns any number of labels per
    clip, but predicts a softmax, in which they compete. Hit: mmaction2 1.2.0.
    Delete when the host has such scores.
    """
    from mmaction.models.heads.base import BaseHead

    @wrap(BaseHead, 'average_clip')
    def average_clip(original, self, cls_scores, num_segs=1):
        if self.average_clips != 'sigmoid':
            return original(self, cls_scores, num_segs)
        views = cls_scores.float().unflatten(0, (-1, num_segs))
        return views.sigmoid().mean(dim=1)


def shift_tin_in_pytorch() -> None:
    """Run TIN without ``mmcv.ops.tin_shift``, with its true gradient.

    Symptom: ``ImportError: Failed to import tin_shift`` with mmcv-lite and on
    any CPU; mmcv's CUDA kernel, replaced as well, moves the gradient as the
    data. Hit: mmcv 2.1. Delete when mmcv's CPU kernel has the right gradient.
    """
    from mmaction.models.backbones import resnet_tin

    from mmaction_microaction.models.layers.tin_shift import linear_sampler
    resnet_tin.linear_sampler = linear_sampler


def convolve_wide_strides_in_float32() -> None:
    """Let bfloat16 on CPU leave the memory whole that is not its own.

    Symptom: NaN, ``free(): invalid size`` or a segmentation fault in a
    ``Conv3d`` whose stride exceeds its kernel, as in SlowFast (near relative:
    pytorch/pytorch#169688). Hit: PyTorch 2.13 on processors with AMX.
    Delete when oneDNN's kernel is mended.
    """

    @wrap(torch.nn.Conv3d, '_conv_forward')
    def conv_forward(original, self, x, weight, bias):
        half = x.dtype == torch.bfloat16 or torch.is_autocast_enabled('cpu')
        extent = (d * (k - 1) + 1
                  for d, k in zip(self.dilation, self.kernel_size))
        dense = all(s <= e for s, e in zip(self.stride, extent))
        if x.device.type != 'cpu' or not half or dense:
            return original(self, x, weight, bias)
        with torch.autocast('cpu', enabled=False):
            bias = None if bias is None else bias.float()
            out = original(self, x.float(), weight.float(), bias)
        return out.to(torch.bfloat16)
