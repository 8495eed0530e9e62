# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoints, and the host's inferencers."""
import copy
from typing import List, Sequence

from mmaction_microaction.utils import checkpoints
from mmaction_microaction.utils.errors import UserError
from .wrap import wrap


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

    @wrap(BaseInferencer, '_init_model')
    def init_model(original, self, cfg, weights, device='cpu'):
        if not cfg:
            raise UserError(f'give the config file of {weights} as well: the '
                            'one inside a checkpoint is code that would run')
        return original(self, cfg, weights, device)


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
        wrap(LocalVisBackend, 'add_video')(add_video)


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

    @wrap(ActionRecogInferencer, '_init_pipeline')
    def init_pipeline(original, self, cfg):
        dataset = cfg.test_dataloader.dataset
        dataset.pipeline = expand_to_host_steps(dataset.pipeline)
        return original(self, cfg)
