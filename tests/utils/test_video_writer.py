# Copyright (c) mmaction-microaction contributors. All rights reserved.
import decord
import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import write_video


def frames(count, height=64, width=64):
    """Grey levels that tell the frames apart."""
    return [
        np.full((height, width, 3), 10 + 8 * i, np.uint8) for i in range(count)
    ]


@pytest.mark.parametrize('count', [1, 2, 9, 25])
def test_every_frame_comes_back_in_order(count, tmp_path):
    path = str(tmp_path / 'clip.mp4')
    assert write_video(path, frames(count), fps=25) == count
    reader = decord.VideoReader(path)
    assert len(reader) == count
    assert reader.get_avg_fps() == pytest.approx(25)
    means = [reader[i].asnumpy().mean() for i in range(count)]
    np.testing.assert_allclose(means, 10 + 8 * np.arange(count), atol=2)
    assert len(reader.get_key_indices()) == -(-count // 8)


def test_the_same_bytes_every_time(tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(20)]
    for name in 'ab':
        write_video(tmp_path / name, noise)
    assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()


@pytest.mark.parametrize('given, match', [
    ([], 'no frame'),
    (frames(2, height=63), 'even'),
    (frames(2) + frames(1, width=32), 'one even size'),
    ([np.zeros((64, 64), np.uint8)], 'RGB'),
    ([np.zeros((64, 64, 3))], 'uint8'),
])
def test_what_is_no_video_leaves_no_file(given, match, tmp_path):
    with pytest.raises(ValueError, match=match):
        write_video(tmp_path / 'clip.mp4', given)
    assert not list(tmp_path.iterdir())


def test_an_error_on_the_way_keeps_the_old_file(tmp_path):
    path = tmp_path / 'clip.mp4'
    path.write_bytes(b'old')

    def breaks():
        yield from frames(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, breaks())
    assert path.read_bytes() == b'old'
    assert [p.name for p in tmp_path.iterdir()] == ['clip.mp4']


def test_an_open_file_has_no_name_until_it_is_closed(tmp_path):
    path = tmp_path / 'a:b.mp4'  # no address of a protocol 'a'

    def watched():
        yield frames(1)[0]
        assert not path.exists()

    write_video(path, watched())
    assert [p.name for p in tmp_path.iterdir()] == ['a:b.mp4']
