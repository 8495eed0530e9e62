# Copyright (c) mmaction-microaction contributors. All rights reserved.
import av
import pytest

from mmaction_microaction.datasets import (check_video, probe_video,
                                           probe_videos)

INTRA = dict(suffix='.avi', codec='mjpeg', pix_fmt='yuvj420p', options=())


def test_clips(good_clip, bad_clips, tmp_path):
    expected = {
        good_clip: (12, 64, 80),
        bad_clips['zero_byte']: 'empty',
        bad_clips['cut_in_half']: 'cut off',
        bad_clips['text']: 'not a video',
        tmp_path / 'none.mp4': 'missing',
        tmp_path: 'missing'
    }
    paths = list(map(str, expected))
    for workers in (0, 2):
        found = list(probe_videos(paths, workers))
        assert [path for path, _ in found] == paths
        for (_, facts), reason in zip(found, expected.values()):
            assert facts == reason or reason in facts
    assert list(probe_videos([])) == []


@pytest.mark.parametrize('kind', [{}, INTRA])
@pytest.mark.parametrize('fill', [255, 0])
def test_damage_in_the_middle(frames_of, encode, tmp_path, kind, fill):
    """The full check finds it, also what FFmpeg conceals; whether the quick
    one does is chance. A part of a packet is filled, or all of it."""
    kind = dict(kind)
    path = tmp_path / f"middle{kind.pop('suffix', '.mp4')}"
    encode(path, frames_of(60), **kind)
    assert check_video(str(path), full=True) is None
    with av.open(str(path)) as container:
        packet = list(container.demux())[40]
    data, start = bytearray(path.read_bytes()), packet.size // 3
    if fill == 255:
        start = 0
    end = packet.pos + packet.size
    data[packet.pos + start:end] = bytes([fill]) * (packet.size - start)
    path.write_bytes(data)
    assert 'damaged' in check_video(str(path), full=True)


def test_what_the_pipelines_read(odd_clips):
    for full in (False, True):
        found = dict(probe_videos(list(odd_clips), 0, full))
        expected = {path: (x, 48, 64) for path, x in odd_clips.items()}
        assert found == expected


def test_real_clips(shared_data):
    clips = sorted(map(str, (shared_data / 'real_clips').glob('*.mp4')))
    assert len(clips) >= 5
    assert {check_video(clip) for clip in clips} == {None}
    assert probe_video(clips[0]) == (50, 1296, 1080)
