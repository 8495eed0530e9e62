# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tiny clips and damaged ones, shared by the tests of the data side."""
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pandas
import pytest

from mmaction_microaction.utils.video_writer import write_video


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
    paths = {name: folder / f'{name}.mp4' for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


@pytest.fixture(scope='session')
def odd_clips(tmp_path_factory, frames_of, encode) -> dict:
    """Sound files of 48 x 64 pixels that decord refuses or miscounts, or
    whose ending is a rare one: their numbers of frames by their paths."""
    folder, frames = tmp_path_factory.mktemp('odd'), frames_of(30)
    kinds = {
        'av1.mp4':
        dict(codec='libsvtav1', options=[('preset', '11')]),
        'live.webm':
        dict(codec='libvpx', options=(), container_options=dict(live='1')),
        'a.gif':
        dict(codec='gif', pix_fmt='rgb8', options=()),
        'a.wmv':
        dict(codec='wmv2', options=()),
        'a.mts':
        dict(format='mpegts'),
        'open.MOV':
        dict(options=[('bf', '2'), ('x264-params', 'open-gop=1')]),
    }
    # As root, libsvtav1 gives this thread real-time priority, for good: with
    # one such worker of pytest on each core nothing else of them ever runs.
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    counts = {
        encode(folder / name, frames, **kwargs): 30
        for name, kwargs in kinds.items()
    }
    os.sched_setscheduler(0, policy, priority)
    # As `ffmpeg -ss .3 -c copy`: an edit list hides the first nine frames,
    # where the format has one; in the other, they have negative times.
    for name, options in (('cut.mp4', {}),
                          ('cut.mkv', dict(avoid_negative_ts='disabled'))):
        with av.open(str(folder / 'open.MOV')) as source, av.open(
                str(folder / name), 'w', options=options) as target:
            video = source.streams.video[0]
            stream = target.add_stream_from_template(video)
            for packet in source.demux(video):
                if packet.dts is not None:
                    packet.pts -= round(.3 / video.time_base)
                    packet.dts -= round(.3 / video.time_base)
                    packet.stream = stream
                    target.mux(packet)
        counts[str(folder / name)] = 21 if name == 'cut.mp4' else 30
    return counts


@pytest.fixture(scope='session')
def write_book():
    """Function that writes rows into a workbook and returns its path."""

    def write(path: Path, rows: list) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pandas.DataFrame(rows).to_excel(path, header=False, index=False)
        return path

    return write


@pytest.fixture(scope='session')
def write_frames():
    """Function that writes frames of 20 x 16 pixels into a folder. All their
    red values are their numbers."""

    def write(folder: Path, pattern: str, numbers) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            picture = np.zeros((20, 16, 3), np.uint8)
            picture[..., 2] = number  # OpenCV writes BGR
            cv2.imwrite(str(folder / pattern.format(number)), picture)
        return folder

    return write


@pytest.fixture
def make_casme2(tmp_path, write_book, write_frames):
    """Function that makes a root in the form of CASME II out of (subject, file
    name, onset, apex, offset, emotion), with lossless frames from two before
    the onset to two behind the offset."""

    def make(rows: list) -> Path:
        root = tmp_path / 'casme2'
        header = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame',
                  'OffsetFrame', None, 'Action Units', 'Estimated Emotion')
        write_book(root / 'CASME2-coding-20190701.xlsx', [header] +
                   [(*row[:2], None, *row[2:5], None, '4+L7', row[5])
                    for row in rows])
        frames = root / 'Cropped-updated' / 'Cropped'
        for subject, name, onset, _, offset, _ in rows:
            if onset:
                write_frames(frames / str(subject) / name, 'reg_img{}.png',
                             range(onset - 2, offset + 3))
        return root

    return make
