# Copyright (c) mmaction-microaction contributors. All rights reserved.
import av

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
    """The full check decodes what lies between first and last frame; whether
    the quick one finds it is chance, by how far decord's threads read."""
    with av.open(str(good_clip)) as container:
        packet = list(container.demux())[4]
    data = bytearray(good_clip.read_bytes())
    data[packet.pos:packet.pos + packet.size] = bytes([255]) * packet.size
    path = tmp_path / 'middle.mp4'
    path.write_bytes(data)
    assert 'damaged' in check_video(str(path), full=True)
    assert check_video(str(good_clip), full=True) is None


def test_real_clips(shared_data):
    clips = sorted(map(str, (shared_data / 'real_clips').glob('*.mp4')))
    assert len(clips) >= 5
    assert {problem for _, problem in check_videos(clips)} == {None}
