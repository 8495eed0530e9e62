# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips whose frames tell their number."""
from pathlib import Path

import decord
import numpy as np
import pytest

from mmaction_microaction.datasets.preparation import Preparation, Recipe
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(scope='session')
def make_clip():
    """Function that writes a clip whose frame t is evenly grey, and lighter
    by 6 than frame t - 1, but for a darker band at its top."""

    def make(path, num_frames=12, width=80, height=64, fps=30) -> str:
        frames = np.empty((num_frames, height, width, 3), np.uint8)
        frames[:] = 40 + 6 * np.arange(num_frames)[:, None, None, None]
        frames[:, :height // 8] = 20
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_video(path, frames, fps=fps, crf=1)
        return str(path)

    return make


@pytest.fixture(scope='session')
def read_clip():
    """Function that decodes a clip, (T, H, W, 3) uint8 RGB, with decord."""

    def read(path) -> np.ndarray:
        reader = decord.VideoReader(str(path), num_threads=1)
        return np.stack([reader[i].asnumpy() for i in range(len(reader))])

    return read


@pytest.fixture
def raw_root(tmp_path, make_clip) -> Path:
    """An MA-52 root with four clips of different lengths, in layout (a)."""
    root = tmp_path / 'raw'
    names = ['0001_01_0001', '0001_01_0002', '0002_01_0001', '0002_01_0002']
    for i, name in enumerate(names):
        make_clip(root / 'videos_train' / f'{name}.mp4', 8 + i)
    (root / 'train_list_videos.txt').write_bytes('\r\n'.join(
        f'{name}.mp4 {i}' for i, name in enumerate(names)).encode())
    return root


@pytest.fixture(scope='session')
def read_tree():
    """Function that reads a folder: ``{relative path: content}``."""

    def read(root) -> dict:
        root = Path(root)
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob('*') if path.is_file()
        }

    return read


@pytest.fixture
def prepare(raw_root, tmp_path):
    """Function that prepares the root and returns the preparation."""

    def run(recipe=Recipe(56), source=raw_root, **kwargs):
        with Preparation(
                str(source), str(tmp_path / 'small'), recipe, **kwargs) as job:
            for _ in job.run(workers=0):
                pass
        return job

    return run


@pytest.fixture
def small(tmp_path):
    return tmp_path / 'small'
