# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shims that let MMAction2 1.2.0 run on today's PyTorch, NumPy and friends.

One function per breakage, with a line in ``docs/compat.md``, that probes for
features, never versions, and may be called any number of times. Importing the
package calls :func:`install`. No shim helps where the host inherits configs by
``pkg_resources`` before it imports ours (we depend on ``setuptools<81``), nor
where ``AccMetric`` drops a fused score (our heads keep it in another field).
"""
import copy
import functools
import importlib
import importlib.metadata
import importlib.util
import os
import os.path as osp
import sys
import types
import warnings
from typing import Callable, List, Sequence

import numpy as np
import torch

from mmaction_microaction.utils import checkpoints, host
from mmaction_microaction.utils.errors import UserError


def _wrap(owner: type, name: str) -> Callable:
    """Decorator: put a function, which gets the original first, in front of
    the method ``owner.name``, once."""
    original = getattr(owner, name)

    def decorate(function: Callable) -> Callable:

        @functools.wraps(original)
        def method(*args, **kwargs):
            return function(original, *args, **kwargs)

        if not hasattr(original, 'microaction_shim'):
            method.microaction_shim = function
            setattr(owner, name, method)
        return function

    return decorate


def stand_in_for_drn() -> None:
    """Let ``import mmaction.models`` succeed without ``localizers/drn``.

    Symptom: ``ModuleNotFoundError: mmaction.models.localizers.drn``: the
    folder is missing from the wheel (open-mmlab/mmaction2#2714). Hit:
    mmaction2 1.2.0 from the registry. Delete when a release ships it.
    """
    name = 'mmaction.models.localizers.drn'
    root = importlib.util.find_spec('mmaction').submodule_search_locations[0]
    file = osp.join(root, 'models', 'localizers', 'drn', 'drn.py')
    if f'{name}.drn' in sys.modules or osp.isfile(file):
        return
    from mmaction.registry import MODELS

    @MODELS.register_module(name='DRN', force=True)
    class DRN:

        def __init__(self, *args, **kwargs) -> None:
            raise ImportError('the installed mmaction2 lacks DRN (open-mmlab/'
                              'mmaction2#2714); its repository has it')

    module = types.ModuleType(name)
    module.__path__, module.drn, module.DRN = [], module, DRN
    sys.modules[name] = sys.modules[f'{name}.drn'] = module


def leave_out_vindlu() -> None:
    """Let ``import mmaction.models`` succeed beside a newer transformers.

    Symptom: ``ImportError: cannot import name 'apply_chunking_to_forward' from
    'transformers.modeling_utils'``. Hit: transformers 5. VindLU is then as it
    is without transformers. Delete when the host imports it from where it is.
    """
    spec = importlib.util.find_spec('transformers')
    file = spec and osp.join(osp.dirname(spec.origin), 'modeling_utils.py')
    if not file or not osp.isfile(file):
        return
    with open(file, encoding='utf-8') as f:
        if 'apply_chunking_to_forward' in f.read():
            return
    from mmaction.utils import dependency
    dependency.WITH_MULTIMODAL = False


def alias_importlib_metadata() -> None:
    """Offer the standard library's metadata module under its old name.

    Symptom: ``ModuleNotFoundError: importlib_metadata``, which the host does
    not declare. Hit: mmaction2 1.2.0. Delete when it declares or drops it.
    """
    if importlib.util.find_spec('importlib_metadata') is None:
        sys.modules['importlib_metadata'] = importlib.metadata


def replace_pkg_resources() -> None:
    """Find installed packages without ``pkg_resources``.

    Symptom: ``ModuleNotFoundError: pkg_resources`` once a config inherits by
    ``package::``. Hit: setuptools >= 81 with mmengine 0.10.7. Delete when
    mmengine uses importlib.metadata.
    """
    if importlib.util.find_spec('pkg_resources') is not None:
        return
    from mmengine.config import config
    from mmengine.utils import package_utils

    for module in (package_utils, config):
        module.get_installed_path = host.get_installed_path
        module.is_installed = host.is_installed


def load_checkpoints_safely() -> None:
    """Read every checkpoint that mmengine writes, and run code of none.

    Symptom: ``UnpicklingError: Weights only load failed`` on mmengine's own
    files (open-mmlab/mmengine#1655), but no check behind a URL. Hit: torch >=
    2.6, mmengine 0.10.7. Delete when it loads with ``weights_only=True``.
    """
    from mmengine.runner import checkpoint
    checkpoint.CheckpointLoader.register_scheme(
        '', checkpoints.load_from_local, force=True)
    # The http://, torchvision://, open-mmlab:// and mmcls:// loaders end here.
    checkpoint.load_url = checkpoints.load_url


def refuse_configs_inside_checkpoints() -> None:
    """Let no inferencer run the config that a checkpoint carries.

    Symptom: ``ActionRecogInferencer`` without a config runs the checkpoint's,
    Python code. Hit: mmengine 0.10.7. Delete when mmengine asks before.
    """
    from mmengine.infer import BaseInferencer

    @_wrap(BaseInferencer, '_init_model')
    def init_model(original, self, cfg, weights, device='cpu'):
        if not cfg:
            raise UserError(f'give the config file of {weights} as well: the '
                            'one inside a checkpoint is code that would run')
        return original(self, cfg, weights, device)


def find_torchvision_urls_without_torchvision() -> None:
    """Resolve ``pretrained='torchvision://resnet50'`` without torchvision.

    Symptom: ``ModuleNotFoundError: torchvision``, although mmengine ships the
    table of addresses. Delete when the host depends on torchvision.
    """
    if importlib.util.find_spec('torchvision') is not None:
        return
    from mmengine import fileio, hub
    from mmengine.runner import checkpoint
    table = osp.join(osp.dirname(hub.__file__), 'torchvision_0.12.json')
    checkpoint.get_torchvision_models = lambda: fileio.load(table)


def shift_tin_in_pytorch() -> None:
    """Run TIN without ``mmcv.ops.tin_shift``, with its true gradient.

    Symptom: ``ImportError: Failed to import tin_shift`` with mmcv-lite and on
    any CPU; mmcv's CUDA kernel, replaced as well, moves the gradient as the
    data. Hit: mmcv 2.1. Delete when mmcv's CPU kernel has the right gradient.
    """
    from mmaction.models.backbones import resnet_tin

    from mmaction_microaction.models.layers.tin_shift import linear_sampler
    resnet_tin.linear_sampler = linear_sampler


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

    @_wrap(MMDistributedDataParallel, '__init__')
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

    @_wrap(AmpOptimWrapper, '__init__')
    def init(original, self, loss_scale=1., dtype=None, use_fsdp=0, **kwargs):
        OptimWrapper.__init__(self, **kwargs)
        self._scale_update_param = None
        # bfloat16 has float32's range: there is nothing to scale.
        self.loss_scaler = torch.amp.GradScaler('cpu', enabled=False)
        self.cast_dtype = torch.bfloat16


def write_videos_with_pyav() -> None:
    """Let the stock inferencer's ``vid_out_dir`` write a video.

    Symptom: ``ImportError: Please install moviepy``, whose ``editor`` is gone
    in 2. Hit: mmaction2 1.2.0. Delete when the host writes by other means.
    """
    try:
        import moviepy.editor  # noqa: F401
    except ImportError:
        from mmaction.visualization.video_backend import LocalVisBackend

        from mmaction_microaction.utils.video_writer import add_video
        _wrap(LocalVisBackend, 'add_video')(add_video)


def expand_to_host_steps(pipeline: Sequence[dict]) -> List[dict]:
    """Spell a pipeline in MMAction2's own transforms, with the same results,
    by the ``host_steps`` of those that stand in for some of the host's."""
    from mmaction.registry import TRANSFORMS
    steps = []
    for step in copy.deepcopy(list(pipeline)):
        spell = getattr(TRANSFORMS.get(step['type']), 'host_steps', None)
        steps += spell(step) if spell else [step]
    return steps


def infer_with_host_steps() -> None:
    """Let the stock inferencer find opening and decoding in our pipelines.

    Symptom: ``ActionRecogInferencer`` replaces types with "Init" and "Decode"
    in their names, so ``OpenVideo`` stays and the size of ``DecodeResized`` is
    lost. Hit: mmaction2 1.2.0. Delete when the host asks what steps do.
    """
    from mmaction.apis.inferencers import ActionRecogInferencer

    @_wrap(ActionRecogInferencer, '_init_pipeline')
    def init_pipeline(original, self, cfg):
        dataset = cfg.test_dataloader.dataset
        dataset.pipeline = expand_to_host_steps(dataset.pipeline)
        return original(self, cfg)


def train_from_scratch() -> None:
    """Let ``pretrained=None`` mean random weights.

    Symptom: ``init_weights`` of ResNetTSM (so TIN), UniFormer and Swin tries
    to load a checkpoint named None unless ``pretrained2d=False``. Hit:
    mmaction2 1.2.0. Delete when the host looks at ``pretrained`` first.
    """
    from mmaction.models import ResNetTSM, SwinTransformer3D, UniFormer
    for cls in (ResNetTSM, SwinTransformer3D, UniFormer):

        @_wrap(cls, 'init_weights')
        def init_weights(original, self, *args, **kwargs) -> None:
            self.pretrained2d = self.pretrained2d and bool(self.pretrained)
            original(self, *args, **kwargs)


def score_bfloat16() -> None:
    """Let the host's heads log accuracies of bfloat16 logits.

    Symptom: ``TypeError: Got unsupported ScalarType BFloat16``, loss_by_feat.
    Hit: mmaction2 1.2.0. Delete when the host casts its scores.
    """
    from mmaction.models.heads.base import BaseHead

    @_wrap(BaseHead, 'loss_by_feat')
    def loss_by_feat(original, self, cls_scores, data_samples):
        return original(self, cls_scores.float(), data_samples)


def score_several_labels() -> None:
    """Offer ``average_clips='sigmoid'`` to every head of the host.

    Symptom: a head with ``multi_class=True`` learns any number of labels per
    clip, but predicts a softmax, in which they compete. Hit: mmaction2 1.2.0.
    Delete when the host has such scores.
    """
    from mmaction.models.heads.base import BaseHead

    @_wrap(BaseHead, 'average_clip')
    def average_clip(original, self, cls_scores, num_segs=1):
        if self.average_clips != 'sigmoid':
            return original(self, cls_scores, num_segs)
        views = cls_scores.float().unflatten(0, (-1, num_segs))
        return views.sigmoid().mean(dim=1)


def restore_np_inf() -> None:
    """Give NumPy its old name for infinity back.

    Symptom: ``AttributeError: np.Inf was removed`` in the host's pose
    transforms and ``mmaction.utils.misc``. Hit: NumPy >= 2 with mmaction2
    1.2.0. Delete when the host writes ``np.inf``.
    """
    np.Inf = np.inf


def convolve_wide_strides_in_float32() -> None:
    """Let bfloat16 on CPU leave the memory whole that is not its own.

    Symptom: NaN, ``free(): invalid size`` or a segmentation fault in a
    ``Conv3d`` whose stride exceeds its kernel, as in SlowFast (near relative:
    pytorch/pytorch#169688). Hit: PyTorch 2.13 on processors with AMX.
    Delete when oneDNN's kernel is mended.
    """

    @_wrap(torch.nn.Conv3d, '_conv_forward')
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


_SHIMS = (
    alias_importlib_metadata,
    replace_pkg_resources,
    restore_np_inf,
    leave_out_vindlu,
    stand_in_for_drn,  # from here on mmaction.models may be imported
    load_checkpoints_safely,
    refuse_configs_inside_checkpoints,
    find_torchvision_urls_without_torchvision,
    distribute_on_cpu,
    autocast_on_cpu,
    train_from_scratch,
    score_bfloat16,
    score_several_labels,
    shift_tin_in_pytorch,
    convolve_wide_strides_in_float32,
    write_videos_with_pyav,
    infer_with_host_steps,
)


def install() -> None:
    """Apply every shim that the installed packages need, unless
    ``MICROACTION_COMPAT`` is ``off``."""
    if os.environ.get('MICROACTION_COMPAT') == 'off':
        return
    # mmcv-lite lacks operators, and setuptools<81 is there: nothing is wrong.
    for text in 'Fail to import ``MultiScale', 'pkg_resources is deprecated':
        warnings.filterwarnings('ignore', message=text)
    for shim in _SHIMS:
        shim()
