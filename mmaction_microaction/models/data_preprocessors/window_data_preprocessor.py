# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips of different lengths in windows of one length, with a mask.

Shapes: N clips of T frames, L frames of the window, C channels, H x W pixels.
"""
import torch
import torch.nn.functional as F
from mmaction.models import ActionDataPreprocessor
from mmaction.registry import MODELS
from torch import Tensor

from mmaction_microaction.utils.errors import UserError

# Dimension of time in one clip of each format.
TIME_DIM = dict(NCHW=0, NCTHW=1, NCT=1)


@MODELS.register_module()
class WindowDataPreprocessor(ActionDataPreprocessor):
    """Normalise every clip, then pad it with zeros to the window's length.

    The window always has ``max_frames`` frames, whatever the longest clip of
    the batch, so that predictions do not depend on the rest of the batch.

    Args:
        max_frames (int): L.
        format_shape (str): Of one clip: ``'NCHW'`` for frames (T, C, H, W),
            ``'NCTHW'`` for volumes (C, T, H, W), ``'NCT'`` for stored features
            (C, T), which are not normalised.
        subtract_clip_mean (bool): See :class:`ClipMeanDataPreprocessor`.
        **kwargs: Of the host's ``ActionDataPreprocessor``, without blending.
    """

    def __init__(self,
                 max_frames: int,
                 format_shape: str = 'NCHW',
                 subtract_clip_mean: bool = False,
                 **kwargs) -> None:
        if format_shape not in TIME_DIM:
            raise UserError('model.data_preprocessor.format_shape must be in '
                            f'{tuple(TIME_DIM)}, but got {format_shape!r}')
        if kwargs.get('blending') is not None:
            raise UserError('WindowDataPreprocessor cannot blend clips that '
                            'have several actions each')
        super().__init__(format_shape=format_shape, **kwargs)
        self.max_frames = max_frames
        self.subtract_clip_mean = subtract_clip_mean

    def forward_onesample(self, data: dict, training: bool = False) -> dict:
        """Normalise and pad the N ``inputs`` to (N, ...), float32, with L
        frames each, and add ``masks`` (N, L), bool."""
        clips = [self.normalise(clip) for clip in data['inputs']]
        time = TIME_DIM[self.format_shape]
        lengths = torch.tensor([clip.shape[time] for clip in clips])
        steps = torch.arange(self.max_frames)
        return dict(
            inputs=torch.stack([self.pad(clip, time) for clip in clips]),
            masks=(steps < lengths[:, None]).to(clips[0].device),
            data_samples=data.get('data_samples'))

    def normalise(self, clip: Tensor) -> Tensor:
        """Apply mean and standard deviation, then the clip's mean frame."""
        if self.format_shape == 'NCT':
            return clip.float()
        clip = self.preprocess([clip], None)[0][0]
        if self.subtract_clip_mean:
            clip = clip - clip.mean(TIME_DIM[self.format_shape], keepdim=True)
        return clip

    def pad(self, clip: Tensor, dim: int) -> Tensor:
        """Append zeros up to the window's length."""
        missing = self.max_frames - clip.shape[dim]
        if missing < 0:
            raise UserError(
                f'a clip of {clip.shape[dim]} frames does not fit into '
                f'model.data_preprocessor.max_frames={self.max_frames}, which '
                'the max_frames of SampleWholeClip must not exceed')
        # F.pad counts from the last dimension.
        return F.pad(clip, [0, 0] * (clip.dim() - 1 - dim) + [0, missing])
