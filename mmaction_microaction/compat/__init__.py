# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shims that let MMAction2 1.2.0 run on today's PyTorch, NumPy and friends.

One function per breakage, with a line in ``docs/compat.md``, that probes for
features, never versions, and may be called any number of times. Importing the
package calls :func:`install`. No shim helps where the host inherits configs by
``pkg_resources`` before it imports ours (we depend on ``setuptools<81``), nor
where ``AccMetric`` drops a fused score (our heads keep it in another field).
"""
import os
import warnings

from . import imports, inference, numpy2, saving, training
from .inference import expand_to_host_steps

_SHIMS = (
    imports.alias_importlib_metadata,
    imports.replace_pkg_resources,
    numpy2.restore_numpy_names,
    imports.leave_out_vindlu,
    imports.stand_in_for_drn,  # from here on mmaction.models may be imported
    imports.find_torchvision_urls_without_torchvision,
    inference.load_checkpoints_safely,
    inference.refuse_configs_inside_checkpoints,
    saving.save_checkpoints_whole,
    saving.remove_checkpoints_last,
    saving.resume_from_whole_checkpoints,
    training.distribute_on_cpu,
    training.autocast_on_cpu,
    training.train_from_scratch,
    training.score_bfloat16,
    training.score_several_labels,
    training.shift_tin_in_pytorch,
    training.convolve_wide_strides_in_float32,
    numpy2.build_img_aug,
    numpy2.turn_hue_both_ways,
    numpy2.find_frames_of_tubes,
    inference.write_videos_with_pyav,
    inference.infer_with_host_steps,
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


__all__ = ['expand_to_host_steps', 'install']
