# Copyright (c) mmaction-microaction contributors. All rights reserved.
import struct
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmaction_microaction.datasets.preparation import (CODECS, Recipe,
                                                       check_encoded,
                                                       encode_clip)

#: tkhd matrices of a camera turned by a quarter, a half, three quarters.
TURNS = dict(
    quarter=(0, 1, 0, -1, 0, 0, 0, 0, 1),
    half=(-1, 0, 0, 0, -1, 0, 0, 0, 1),
    three_quarters=(0, -1, 0, 1, 0, 0, 0, 0, 1))


def turned(path, matrix) -> str:
    """Write the matrix into the header of an mp4 file."""
    data = bytearray(Path(path).read_bytes())
    at = data.find(b'tkhd') + 44
    units = [65536] * 8 + [1 << 30]
    data[at:at + 36] = struct.pack('>9i',
                                   *(x * u for x, u in zip(matrix, units)))
    Path(path).write_bytes(data)
    return str(path)


@pytest.fixture
def written(tmp_path):

    def write(clip, name='out.mp4') -> str:
        (tmp_path / name).write_bytes(clip.data)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.AVI'])
@pytest.mark.parametrize('codec', list(CODECS))
def test_frames_order_and_rate_stay(make_clip, read_clip, written, tmp_path,
                                    codec, suffix):
    source = make_clip(tmp_path / f'in{suffix}', 25, 90, 70, fps=24)
    recipe = Recipe(short_side=32, codec=codec)
    clip = encode_clip(source, recipe, keep_frames=True)
    path = written(clip, 'out' + suffix)
    assert (clip.num_frames, clip.fps, clip.size) == \
        (25, 24., recipe.target_size(90, 70))
    frames, raw = read_clip(path), read_clip(source)
    assert frames.shape == (25, *clip.size[::-1], 3)
    # Each frame is nearest to the one with its number.
    means, raw_means = (
        x[:, 8:].mean((1, 2, 3)) for x in (frames, raw[:, 16:]))
    nearest = np.abs(means[:, None] - raw_means).argmin(1)
    assert nearest.tolist() == list(range(25))
    psnr = check_encoded(path, clip)
    error = (frames.astype(float) - clip.frames)**2
    assert psnr == pytest.approx(10 * np.log10(255**2 / error.mean()), 1e-4)
    assert psnr > 30
    with av.open(path) as container:
        assert container.format.name.startswith('avi' if suffix.lower() ==
                                                '.avi' else 'mov')
        assert float(container.streams.video[0].average_rate) == 24
        assert not container.streams.audio


@pytest.mark.parametrize('size', [(90, 66), (66, 90), (130, 64)])
def test_pixels_are_those_of_the_stock_pipeline(make_clip, tmp_path, size):
    source = make_clip(tmp_path / 'in.mp4', 9, *size)
    results = dict(filename=source, frame_inds=np.arange(9))
    for transform in (dict(type='DecordInit'), dict(type='DecordDecode'),
                      dict(type='Resize', scale=(-1, 33))):
        results = TRANSFORMS.build(transform)(results)
    clip = encode_clip(source, Recipe(short_side=33), keep_frames=True)
    np.testing.assert_array_equal(clip.frames, np.stack(results['imgs']))


@pytest.mark.parametrize('turn', list(TURNS))
def test_a_camera_held_sideways(make_clip, read_clip, written, tmp_path, turn):
    source = turned(make_clip(tmp_path / 'in.mp4', 5, 96, 64), TURNS[turn])
    raw = read_clip(source)
    assert raw.shape[1:3] == ((64, 96) if turn == 'half' else (96, 64))
    clip = encode_clip(source, Recipe(short_side=64), keep_frames=True)
    np.testing.assert_array_equal(clip.frames, raw)
    assert check_encoded(written(clip), clip) > 30
    assert read_clip(written(clip)).shape == raw.shape


def test_a_small_clip_is_not_enlarged(make_clip, read_clip, written, tmp_path):
    clip = encode_clip(make_clip(tmp_path / 'in.mp4', 5, 64, 90), Recipe())
    assert clip.size == (64, 90) and clip.frames is None
    assert check_encoded(written(clip), clip) is None
    assert read_clip(written(clip)).shape == (5, 90, 64, 3)


@pytest.mark.parametrize('codec', list(CODECS))
def test_the_same_bytes_at_any_time(make_clip, tmp_path, monkeypatch, codec):
    source = make_clip(tmp_path / 'in.mp4')
    recipe = Recipe(short_side=48, codec=codec)
    first = encode_clip(source, recipe)
    monkeypatch.setattr('time.time', lambda: 0.)
    cv2.setNumThreads(2)
    for i in range(40):  # x264's macroblock tree failed one time in twenty
        again = encode_clip(source, recipe, keep_frames=bool(i % 2))
        assert again.data == first.data
    # No time of making: version 0 headers, creation and modification zero.
    for box in (b'mvhd', b'tkhd', b'mdhd'):
        at = first.data.index(box) + 4
        assert first.data[at] == 0 and first.data[at + 4:at + 12] == bytes(8)


@pytest.mark.parametrize('codec, fine, coarse', [('mjpeg', 2, 31),
                                                 ('h264', 1, 40),
                                                 ('h264-intra', 1, 40)])
def test_quality_is_passed_on(good_clip, codec, fine, coarse):
    sizes = [
        len(encode_clip(str(good_clip), Recipe(64, codec, quality)).data)
        for quality in (fine, coarse)
    ]
    assert sizes[0] > 1.5 * sizes[1]


def test_a_clip_whose_end_is_missing(good_clip, tmp_path):
    """Its index, at the front, still counts all 12 frames."""
    whole, cut = tmp_path / 'whole.mp4', tmp_path / 'cut.mp4'
    with av.open(str(good_clip)) as source, av.open(
            str(whole), 'w', options=dict(movflags='faststart')) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert encode_clip(str(whole), Recipe()).num_frames == 12
    data = whole.read_bytes()
    for share in (0.5, 0.99):
        cut.write_bytes(data[:int(len(data) * share)])
        with pytest.raises(Exception):
            encode_clip(str(cut), Recipe())


def test_what_was_not_written(make_clip, written, tmp_path):
    clip = encode_clip(make_clip(tmp_path / 'in.mp4'), Recipe())
    path = written(clip)
    for wrong in (dict(num_frames=13), dict(size=(80, 66)), dict(fps=25.)):
        with pytest.raises(ValueError, match='but one reads'):
            check_encoded(path, replace(clip, **wrong))


def test_real_clips(shared_data, written):
    """The claims of docs/preparation.md, on what real clips there are."""
    sizes = []
    for source in sorted((shared_data / 'real_clips').glob('ma52_*.mp4')):
        clip = encode_clip(str(source), Recipe(), keep_frames=True)
        assert clip.size == (256, 307) and clip.fps == 30
        assert check_encoded(written(clip), clip) > 36
        sizes.append(len(clip.data))
    assert np.mean(sizes) * 22422 < 5e9
