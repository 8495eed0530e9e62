# Copyright (c) mmaction-microaction contributors. All rights reserved.
import av
import numpy as np

from mmaction_microaction.datasets import check_video, check_videos


def test_clips(good_clip, bad_clips, tmp_path):
    expected = {
        good_clip: None,
        bad_clips['zero_byte']: 'empty',
        bad_clips['cut_in_half']: 'cut off',
        bad_clips['text']: 'not a video',
        tmp_path / 'none.mp4': 'missing',
        tmp_path: 'missing'
    }
    paths = list(map(str, expected))
    for workers in (0, 2):
        found = list(check_videos(paths, workers))
        assert [path for path, _ in found] == paths
        for (_, problem), reason in zip(found, expected.values()):
            assert problem == reason or reason in problem
    assert list(check_videos([])) == []


def test_damage_in_the_middle(good_clip, tmp_path):
    """The full check decodes what lies between first and last frame.

    Whether the quick one finds it as well is chance: it asks for two frames,
    and how far beyond them decord's threads read depends on the machine.
    """
    with av.open(str(good_clip)) as container:
        packets = sorted((packet.pos, packet.size, packet.is_keyframe)
                         for packet in container.demux() if packet.size)
    data = np.frombuffer(good_clip.read_bytes(), dtype=np.uint8).copy()
    # Frames 0 and 8 are key frames: the last frame decodes without frame 4.
    assert [p[2] for p in packets].count(True) == 2
    position, size, _ = packets[4]
    data[position:position + size] = 255
    path = tmp_path / 'middle.mp4'
    path.write_bytes(data.tobytes())
    assert 'damaged' in check_video(str(path), full=True)
    assert check_video(str(good_clip), full=True) is None


def test_real_clips(shared_data):
    clips = sorted(map(str, (shared_data / 'real_clips').glob('*.mp4')))
    assert len(clips) >= 5
    assert {problem for _, problem in check_videos(clips)} == {None}
