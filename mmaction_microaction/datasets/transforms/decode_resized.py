# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Decoding of what is sampled, at the size that is needed.

Shapes: T frames of H x W pixels, as stored; h x w, as resized.
"""
import copy
import io
import os.path as osp
from typing import List, Sequence

import mmcv
import numpy as np
from mmaction.datasets.transforms import DecordInit, Resize
from mmaction.registry import TRANSFORMS
from mmengine.fileio import FileClient

from mmaction_microaction.utils.video_reader import VideoReader
from .loading import _naming


def expand_to_host_steps(pipeline: Sequence[dict]) -> List[dict]:
    """Spell a pipeline in MMAction2's own transforms.

    ``OpenVideo`` becomes ``DecordInit``, ``DecodeResized`` becomes
    ``DecordDecode`` and ``Resize``, with the same arguments and results.

    Args:
        pipeline (Sequence[dict]): Configs of transforms; left as they are.

    Returns:
        list[dict]: Copies; steps of other types stay.
    """
    steps = []
    for step in copy.deepcopy(list(pipeline)):
        if step['type'] == 'OpenVideo':
            step['type'] = 'DecordInit'
        elif step['type'] == 'DecodeResized':
            steps.append(dict(type='DecordDecode'))
            step['type'] = 'Resize'
        steps.append(step)
    return steps


@TRANSFORMS.register_module()
class OpenVideo(DecordInit):
    """Open a video for ``DecodeResized``, in place of ``DecordInit``.

    Decodes nothing. Arguments and keys are those of MMAction2's
    ``DecordInit``: required is ``filename``; added are ``video_reader`` (a
    ``VideoReader``), ``total_frames`` and ``avg_fps`` (frames per second).

    Args:
        io_backend (str): Where files are stored. Defaults to ``'disk'``.
        num_threads (int): Threads that decode. More than one only helps a
            process that has several cores to itself. Defaults to 1.
        **kwargs: For the file client.

    Raises:
        FileNotFoundError: If there is no such file.
        RuntimeError: If the file is no video; the message names it.
    """

    def transform(self, results: dict) -> dict:
        """Open ``results['filename']``."""
        with _naming(results['filename']):
            return super().transform(results)

    def _get_video_reader(self, filename: str) -> VideoReader:
        if not osp.splitext(filename)[1]:
            filename += '.mp4'
        if self.io_backend == 'disk':
            return VideoReader(filename, self.num_threads)
        if self.file_client is None:
            self.file_client = FileClient(self.io_backend, **self.kwargs)
        content = io.BytesIO(self.file_client.get(filename))
        return VideoReader(content, self.num_threads)


@TRANSFORMS.register_module()
class DecodeResized(Resize):
    """Decode the sampled frames and resize each at once.

    In place of ``DecordDecode`` and the ``Resize`` behind it, with the same
    keys and the same values afterwards: equal to the bit with decord 0.6 and
    PyAV 18 on x86-64. On MA-52 it takes about half of the time, as what no
    sampled frame depends on is not decoded (see ``VideoReader``), and it has
    one frame at full size in memory instead of T. ``OpenVideo`` must have
    opened the file.

    Required keys: ``video_reader``, ``frame_inds`` (T,). Added keys: ``imgs``
    (list of T (h, w, 3) uint8 RGB), ``original_shape`` (H, W), ``img_shape``
    (h, w), ``keep_ratio``, ``scale_factor`` ((2,) float32, w / W and h / H).
    Modified keys: ``video_reader`` (None); ``gt_bboxes`` and ``proposals``,
    if there, from fractions of the picture to pixels of the resized one.

    Args:
        scale (float | tuple[int]): As in ``Resize``: a factor, the largest
            width and height, or (-1, short side).
        keep_ratio (bool): False takes ``scale`` as (w, h). Defaults to True.
        interpolation (str): Defaults to ``'bilinear'``.

    Raises:
        TypeError: If the file was opened by another transform.
        RuntimeError: If a frame cannot be decoded; the message names the
            file.
    """

    def __init__(self,
                 scale,
                 keep_ratio: bool = True,
                 interpolation: str = 'bilinear') -> None:
        super().__init__(
            scale, keep_ratio=keep_ratio, interpolation=interpolation)

    def transform(self, results: dict) -> dict:
        """Decode ``results['frame_inds']``."""
        video = results['video_reader']
        if not isinstance(video, VideoReader):
            raise TypeError(
                'DecodeResized reads what OpenVideo has opened, but '
                f'video_reader is {type(video).__name__}; put OpenVideo in '
                'place of DecordInit or MicroActionDecordInit')
        results['frame_inds'] = np.reshape(results['frame_inds'], -1)
        with _naming(results['filename']):
            results['imgs'] = video.read(results['frame_inds'], self._resize)
        video.close()
        h, w = results['original_shape'] = results['img_shape'] = video.shape
        results['video_reader'] = None
        for key in ('gt_bboxes', 'proposals'):
            if results.get(key) is not None:
                results[key] = np.float32(results[key] * [w, h, w, h])
        return super().transform(results)

    def _resize(self, img: np.ndarray) -> np.ndarray:
        """Resize one frame, before the next one is decoded."""
        size = self.scale
        if self.keep_ratio:
            size = mmcv.rescale_size(img.shape[1::-1], self.scale)
        return mmcv.imresize(img, size, interpolation=self.interpolation)

    def _resize_imgs(self, imgs: list, new_w: int, new_h: int) -> list:
        """For ``Resize``, which sets the keys: the pictures are ready."""
        return imgs
