# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Videos to try the page with."""
import os
import os.path as osp
from typing import List

import numpy as np

from mmaction_microaction.inference.video_stream import VIDEO_ENDINGS
from mmaction_microaction.labels import get_action
from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_writer import write_video

# Of the drawn person: what is done in a video, one after the other.
_SCRIPTS = (('nodding', 'waving', 'crossing arms'),
            ('shaking legs', 'touching nose'), ('turning head', ))
_SIZE, _NUM_FRAMES = (240, 288), 60


def find_samples(folder: str) -> List[str]:
    """The videos of a folder.

    Args:
        folder (str): The folder; those in it are not looked into.

    Returns:
        list[str]: Paths, by name.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it has no videos.
    """
    if not osp.isdir(folder):
        raise FileNotFoundError(f'the folder of samples {folder} does not '
                                'exist')
    found = [
        osp.join(folder, name) for name in sorted(os.listdir(folder))
        if name.lower().endswith(VIDEO_ENDINGS) and not name.startswith('.')
    ]
    if not found:
        raise UserError(f'there are no videos in {folder}; a sample is one '
                        f'of {", ".join(VIDEO_ENDINGS)}')
    return found


def make_samples(folder: str) -> List[str]:
    """Draw a few short videos, 2 to 6 seconds, of a person that nobody is.

    Args:
        folder (str): Folder to write, made if it is not there.

    Returns:
        list[str]: Their paths.
    """
    os.makedirs(folder, exist_ok=True)
    paths = []
    for seed, actions in enumerate(_SCRIPTS):
        clips = [
            render_clip(
                get_action(name).index,
                seed,
                _SIZE,
                num_frames=_NUM_FRAMES,
                subject_seed=seed) for name in actions
        ]
        path = osp.join(folder, f'{", ".join(actions)}.mp4')
        write_video(path, np.concatenate([clip.frames for clip in clips]))
        paths.append(path)
    return paths
