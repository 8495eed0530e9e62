# Copyright (c) mmaction-microaction contributors. All rights reserved.
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from mmaction_microaction.inference.pose_input import align_pose
from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video
from mmaction_microaction.visualization import write_overlay
from mmaction_microaction.visualization.overlay_panel import OverlayPanel
from mmaction_microaction.visualization.style import action_colour

NOD, LEGS = (MA52.find(n).index for n in ('nodding', 'shaking legs'))
UNEVEN = [0, 40, 55, 130, 300, 333, 700, 710, 900, 1000]
LATE = [1000, 1040, 1100]


def decoded(path):
    """Times and RGB pictures."""
    with av.open(path) as container:
        frames = list(container.decode(video=0))
    return [float(x.time)
            for x in frames], [x.to_ndarray(format='rgb24') for x in frames]


@pytest.mark.parametrize('ending, times', [('.mp4', [0]), ('.mp4', UNEVEN),
                                           ('.mkv', UNEVEN), ('.mkv', LATE),
                                           ('.mp4', LATE)])
def test_the_frames_are_those_of_the_video_at_their_times(
        times, ending, make_result, write_clip, tmp_path):
    source = write_clip(tmp_path / f'clip{ending}', times)
    out, told = str(tmp_path / 'new' / 'overlay.mp4'), []
    number = write_overlay(
        make_result(random=4, duration=1.), source, out,
        lambda *step: told.append(step))
    after, pictures = decoded(out)
    assert number == len(told) == len(after) == len(times)
    assert after == pytest.approx(decoded(source)[0], abs=1e-6)
    height = 4 * 64  # 80 pixels are too narrow for the text
    assert pictures[0].shape[1] == 320 and pictures[0].shape[0] > height
    means = [p[:height - 8].mean() for p in pictures]
    np.testing.assert_allclose(means, 20 + 8 * np.arange(len(times)), atol=3)
    assert told[-1][0] == pytest.approx(told[-1][1])


@pytest.mark.parametrize('ending, size, wide, options', [
    ('.avi', (335, 333), 334, dict(codec='ffv1')),
    ('.mkv', (240, 360), 480, dict(aspect=Fraction(4, 3))),
    ('.mp4', (240, 360), 360, {
        'x264-params': 'colormatrix=bt709'
    }),
])
def test_odd_sizes_pixels_that_are_not_square_and_hd_colours(
        ending, size, wide, options, make_result, write_clip, tmp_path):
    source, out = tmp_path / f'clip{ending}', str(tmp_path / 'o.mp4')
    write_clip(source, size=size, **options)
    assert write_overlay(make_result(duration=.8), str(source), out) == 20
    with av.open(out) as container:
        video = container.streams.video[0]
        assert video.codec_context.name == 'h264' and video.width == wide
        assert video.height > size[0] + 1 and video.height % 2 == 0
        assert video.sample_aspect_ratio in (None, 0, 1)
        is_709 = video.codec_context.colorspace == Colorspace.ITU709
        assert is_709 == ('x264-params' in options)
    picture = decoded(out)[1][3]
    np.testing.assert_allclose(picture[:size[0] - 4].mean((1, 2)), 44, atol=3)


def test_the_skeleton_is_where_the_person_is(make_result, write_clip, like,
                                             tmp_path):
    """A shoulder that moves to the right, in a picture of half the size."""
    source, out = write_clip(tmp_path / 'a.mp4'), str(tmp_path / 'o.mp4')
    keypoint, score = np.zeros((1, 20, 28, 2)), np.zeros((1, 20, 28))
    keypoint[0, :, 2, 0], keypoint[0, :, 2, 1] = 5 + np.arange(20), 16
    keypoint[0, :, 1] = 35, 4  # the neck
    score[0, :15, [1, 2]] = 1
    entry = dict(
        frame_dir='a', img_shape=(32, 40), keypoint=keypoint,
        keypoint_score=score, layout='openpose28')  # yapf: disable
    pose = align_pose(entry, VideoFile(source))
    write_overlay(make_result(duration=.8), source, out, pose=pose)
    for i, picture in enumerate(decoded(out)[1]):
        blue = like(picture[:256].astype(int), '#00aaff', 60)
        if i >= 15:
            assert not blue.any()
            continue
        y, x = np.argwhere(blue).T
        # 64 x 80 pixels are drawn as 256 x 320.
        assert x.min() == pytest.approx(8 * (5 + i), abs=6)
        assert y.max() == pytest.approx(8 * 16, abs=6)
        assert x.max() < 8 * 35 + 6 and y.min() > 8 * 4 - 6


def test_a_picture_is_upright(make_result, tmp_path):
    """Of a camera that was held sideways, the file says so in its head."""
    picture = np.zeros((240, 400, 3), np.uint8)
    picture[:, :100] = 200
    source, out = tmp_path / 'clip.mp4', str(tmp_path / 'o.mp4')
    write_video(source, [picture] * 5)
    data = bytearray(source.read_bytes())
    matrix = (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    struct.pack_into('>9i', data, data.index(b'tkhd') + 44, *matrix)
    source.write_bytes(data)
    assert VideoFile(str(source)).shape == (400, 240)
    write_overlay(make_result(duration=.2), str(source), out)
    pictures = decoded(out)[1]
    assert len(pictures) == 5 and pictures[0].shape[1] == 2 * 240
    assert pictures[0][:180].mean() > 190 and pictures[0][220:800].mean() < 10


@pytest.mark.parametrize('ending, sound, part', [('.mp4', 'aac', 1),
                                                 ('.mkv', 'flac', 1),
                                                 ('.mkv', 'aac', .6)])
def test_sound_is_kept_and_of_a_damaged_video_what_can_be_read(
        ending, sound, part, make_result, write_clip, tmp_path):
    source, out = tmp_path / f'clip{ending}', str(tmp_path / 'o.mp4')
    write_clip(source, range(0, 4000, 40), sound=sound, g='10')
    data = source.read_bytes()
    source.write_bytes(data[:int(part * len(data))])
    number = write_overlay(make_result(), str(source), out)
    with av.open(out) as container:
        codec = container.streams.audio[0].codec_context.name
        wave = np.hstack([f.to_ndarray() for f in container.decode(audio=0)])
    assert number == len(decoded(out)[0]) and codec == 'aac'
    if part < 1:
        assert 20 < number < 95 and wave.shape[1] > 16000
    else:
        loudness = 8000 / 2**15 / 2  # of a sine on two channels
        assert number == 100 and (wave.shape[1] / 16000, wave.std()) == (
            pytest.approx(3.96, abs=0.15), pytest.approx(loudness, rel=0.1))


def test_refuses(make_result, write_clip, tmp_path):
    source = write_clip(tmp_path / 'clip.mp4')
    with pytest.raises(ValueError, match='is the video itself'):
        write_overlay(make_result(), source, source)
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        write_overlay(make_result(), 'none.mp4', str(tmp_path / 'o.mp4'))
    assert list(tmp_path.iterdir()) == [tmp_path / 'clip.mp4']
    assert len(VideoFile(source)) == 20


@pytest.mark.parametrize('size', [(240, 320), (1296, 1080), (1080, 1920)])
def test_the_panel_shows_what_is_now(size, make_result, like):
    result = make_result([Segment(2, 4, NOD), Segment(3, 5, LEGS)], 10.)
    panel = OverlayPanel(result, size)
    for time, current in ((1., []), (2.5, [NOD]), (3.5, [NOD, LEGS]),
                          (4.5, [LEGS]), (6., [])):
        picture = panel.draw(time)
        assert picture.shape == (panel.height, size[1], 3)
        assert current == [
            action for action in (NOD, LEGS)
            if like(picture, action_colour(action), 3).sum() > 100
        ]
    assert panel.height % 2 == 0 and panel.height < max(140, size[0] / 3)
    # Many segments, and the truth.
    crowd = make_result([Segment(0, 10, k, 0.5) for k in range(52)])
    compared = OverlayPanel(crowd, size, result.segments)
    assert compared.height >= panel.height
    assert compared.draw(5.).shape == (compared.height, size[1], 3)


def test_the_bars_are_as_long_as_the_scores(make_result, like):
    result = make_result(duration=10., step=5.)
    result.step_scores[:] = 0
    result.step_scores[[0, 1], NOD] = 0.25, 0.75
    panel = OverlayPanel(result, (720, 1280))
    # Nothing is known of the time behind the last step.
    one, two, none = (panel.draw(t).astype(int) for t in (1., 6., 99.))
    areas = [(np.abs(x - none).max(-1) > 20).sum() for x in (one, two)]
    assert areas[1] > 2 * areas[0]
    assert like(one, MA52.colours[MA52.group_of[NOD]], 3).sum() > 50
