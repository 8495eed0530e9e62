# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tiny clips and damaged ones, shared by the tests of the data side."""
import os
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DefaultScope

from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(autouse=True)
def default_scope():
    """Find MMAction2's transforms by their bare names, as its runner does."""
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield


@pytest.fixture(scope='session')
def good_clip(tmp_path_factory) -> Path:
    """12 frames of noise, 64 x 80."""
    path = tmp_path_factory.mktemp('clips') / 'good.mp4'
    rng = np.random.default_rng(0)
    write_video(path, rng.integers(0, 256, (12, 64, 80, 3), dtype=np.uint8))
    return path


@pytest.fixture(scope='session')
def bad_clips(good_clip) -> dict:
    """Files that are no videos, by what is wrong with them."""
    folder, data = good_clip.parent, good_clip.read_bytes()
    contents = dict(
        zero_byte=b'', cut_in_half=data[:len(data) // 2], text=b'hello\n' * 99)
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f'{name}.mp4'
        paths[name].write_bytes(content)
    return paths


@pytest.fixture
def make_root(tmp_path, good_clip):
    """Function that makes an MA-52 root out of ``{split: [(name, label)]}``.

    Every clip is a link to the same tiny video.
    """

    def make(splits: dict, layout: str = 'a') -> Path:
        root = tmp_path / f'ma52_{layout}'
        for split, entries in splits.items():
            folder, lists = {
                'a': (f'videos_{split}', '.'),
                'b': (f'raw_videos/{split}', 'annotations'),
                'flat': (split, '.'),
            }[layout]
            (root / folder).mkdir(parents=True)
            (root / lists).mkdir(exist_ok=True)
            lines = [f'{name} {label}' for name, label in entries]
            # As the official files: Windows line ends, none after the last.
            (root / lists / f'{split}_list_videos.txt').write_bytes(
                '\r\n'.join(lines).encode())
            for name, _ in entries:
                os.link(good_clip, root / folder / name)
        return root

    return make
