# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Small videos of every kind, and small models.

Shapes: T frames of H x W pixels.
"""
import copy
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config


def moving_frames(count, height=48, width=64, seed=0):
    """(T, H, W, 3) uint8: a pattern that moves, no two frames alike."""
    noise = np.random.default_rng(seed).integers(
        0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    still = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.stack([
        np.roll(still, (i, 3 * i), (0, 1)) // 2 + np.uint8(i % 120)
        for i in range(count)
    ])


def encode_video(path,
                 frames,
                 codec='libx264',
                 pix_fmt='yuv420p',
                 options=(('bf', '2'), ('preset', 'veryfast')),
                 gop=12,
                 fps=30,
                 ticks=None,
                 sound=False,
                 **kwargs):
    """Write frames with any codec; ``ticks`` are their times in 1/1000 s."""
    with av.open(str(path), 'w', **kwargs) as container:
        stream = container.add_stream(codec, rate=Fraction(fps))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.gop_size = gop
        stream.options = dict(options)
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(picture), format='rgb24')
            frame.pts = i if ticks is None else int(ticks[i])
            if ticks is not None:
                frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return str(path)


def encode_lossless(path, frames, **kwargs):
    """Write frames that are read again to the bit."""
    return encode_video(
        path, frames, codec='ffv1', pix_fmt='bgr0', options=(), **kwargs)


@pytest.fixture(scope='session')
def frames_of():
    """``moving_frames``."""
    return moving_frames


@pytest.fixture(scope='session')
def encode():
    """``encode_video``."""
    return encode_video


@pytest.fixture(scope='session')
def lossless():
    """``encode_lossless``."""
    return encode_lossless


def shrink_pictures(pipeline, size=32):
    """Smaller pictures in a test pipeline."""
    for step in pipeline:
        if step['type'] in ('Resize', 'DecodeResized'):
            step['scale'] = (-1, size * step['scale'][1] // 224)
        elif step['type'] in ('CenterCrop', 'ThreeCrop'):
            step['crop_size'] = size


TINY = {
    'manet_r50_ma52': {
        'model.backbone.depth': 18,
        'model.backbone.base_channels': 8,
        'model.cls_head.in_channels': 64,
    },
    'slowfast_r50_ma52': {
        'model.backbone.slow_pathway.depth': 18,
        'model.backbone.slow_pathway.base_channels': 8,
        'model.backbone.slow_pathway.fusion_kernel': 5,
        'model.backbone.fast_pathway.depth': 18,
        'model.backbone.fast_pathway.base_channels': 4,
        'model.backbone.channel_ratio': 2,
        'model.cls_head.in_channels': 64 + 32,
    },
    'swin_tiny_ma52': {
        'model.backbone': dict(
            type='SwinTransformer3D',
            arch=dict(
                embed_dims=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 1, 1]),
            patch_size=(2, 4, 4),
            window_size=(8, 7, 7)),
        'model.cls_head.in_channels': 64,
    },
}  # yapf: disable
#: Of the linear layers' weights: scores are neither alike nor 0 and 1.
STD = {'slowfast_r50_ma52': .02}


@pytest.fixture(scope='session')
def tiny(repo, tmp_path_factory):
    """A function that gives the config of a method, shrunk, and a checkpoint
    of random weights whose scores differ clearly from clip to clip."""

    def make(name):
        torch.manual_seed(0)
        cfg = Config.fromfile(str(repo / 'configs' / f'{name}.py'))
        options = copy.deepcopy(TINY[name])
        if 'model.backbone' in options:
            cfg.model.backbone = options.pop('model.backbone')
        cfg.merge_from_dict(options)
        cfg.load_from = None
        for part in (cfg.model.backbone,
                     *(v for v in cfg.model.backbone.values()
                       if isinstance(v, dict))):
            for key in ('pretrained', 'pretrained2d'):
                if part.get(key):
                    part[key] = None if key == 'pretrained' else False
        shrink_pictures(cfg.test_dataloader.dataset.pipeline)
        model = MODELS.build(cfg.model)
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.normal_(module.weight, std=STD.get(name, .5))
        path = tmp_path_factory.mktemp(name) / 'weights.pth'
        torch.save(dict(state_dict=model.state_dict()), path)
        return cfg, str(path)

    return make


@pytest.fixture(scope='session')
def tiny_models(tiny):
    """``tiny``, made once each."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = tiny(name)
        cfg, path = made[name]
        return copy.deepcopy(cfg), path

    return get
