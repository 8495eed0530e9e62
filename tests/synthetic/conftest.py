# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import decord
import pytest


@pytest.fixture(scope='session')
def check_poses():
    """A function: root of 32 x 40 pixels, split, (name, label) of all clips ->
    their numbers of frames, once videos and key points agree with these."""

    def check(root, split, clips):
        folder, lengths = root / f'videos_{split}', []
        assert {x.name for x in folder.iterdir()} \
            == {f'{name}.mp4' for name, _ in clips}
        poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
        for (name, label), pose in zip(clips, poses, strict=True):
            video = decord.VideoReader(str(folder / f'{name}.mp4'))
            lengths.append(len(video))
            assert (pose['frame_dir'], pose['label']) == (name, label)
            assert pose['total_frames'] == len(video)
            assert pose['img_shape'] == video[0].shape[:2] == (40, 32)
            assert pose['keypoint'].shape == (1, len(video), 28, 2)
            assert pose['keypoint_score'].shape == (1, len(video), 28)
        return lengths

    return check
