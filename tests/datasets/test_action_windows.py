# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Windows of videos whose pixels tell their file (red) and frame (green)."""
import json

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS

FPS = 10
#: Sessions: frames, and (start, end, class) in frames.
SESSIONS = [(60, (0, 9, 3), (5, 30, 1), (50, 58, 3)), (12, (2, 6, 0)), (33, )]
#: Clips: name, class, frames; those of person 0001 and those of any.
CLIPS = [('0001_a.mp4', 2, 12), ('0001_b.mp4', 4, 1), ('0001_c.mp4', 0, 7),
         ('0002_a.mp4', 1, 20)]
SHOW = [
    dict(type='OpenVideo'),
    dict(type='SampleWholeClip', max_frames=999),
    dict(type='DecodeResized', scale=(32, 32), keep_ratio=False)
]


@pytest.fixture(scope='module')
def roots(tmp_path_factory, lossless):
    """A data root of sessions and one of clips."""
    sessions = tmp_path_factory.mktemp('sessions')
    clips = tmp_path_factory.mktemp('clips')

    def write(path, number, count, size=32):
        frames = np.zeros((count, size, size, 3), np.uint8)
        frames[..., 0] = 10 * number
        frames[..., 1] = np.arange(count)[:, None, None]
        lossless(path, frames, fps=FPS, format='matroska')

    (sessions / 'train').mkdir()
    found = {}
    for i, (count, *actions) in enumerate(SESSIONS):
        write(sessions / f'train/{i}.mp4', i, count)
        actions = [(k, a / FPS, b / FPS) for a, b, k in actions]
        found[str(i)] = dict(
            subset='train', duration=count / FPS, actions=actions)
    (sessions / 'train.json').write_text(json.dumps(found))
    for i, (name, _, count) in enumerate(CLIPS):
        # One is larger than the others.
        write(clips / name, i, count, 64 if i == 2 else 32)
    (clips / 'list.txt').write_text('\n'.join(f'{n} {k}' for n, k, _ in CLIPS))
    return str(sessions), str(clips)


def build(roots, five, kind, **kwargs):
    sessions, clips = roots
    test = dict(test_mode=kwargs.pop('test_mode', False), taxonomy=five)
    dataset = dict(
        type='MMA52Dataset',
        data_root=sessions,
        ann_file='train.json',
        default_fps=FPS)
    if kind == 'clips':
        dataset = dict(
            type='MicroActionDataset',
            ann_file=f'{clips}/list.txt',
            data_prefix=dict(video=clips))
    dataset.update(test)
    return DATASETS.build(
        dict(type='ActionWindows', dataset=dataset, pipeline=SHOW, **kwargs))


def shown(item):
    """Number of the file and of its frame in each frame of a window."""
    pixels = np.array([img[5, 5, :2] for img in item['imgs']], float)
    return np.round(pixels[:, 0] / 10).astype(int), pixels[:, 1]


@pytest.mark.parametrize('window', [.1, 2., 4., (1., 3.)])
@pytest.mark.parametrize('rest', [0., 1.])
def test_sessions(roots, five, window, rest):
    dataset = build(
        roots, five, 'sessions', window=window, rest=rest, per_epoch=40)
    assert len(dataset) == 40 and dataset.metainfo['classes'] == list(
        five.names)
    np.random.seed(0)
    lengths, firsts = set(), set()
    for item in dataset:
        files, frames = shown(item)
        session, first, count = files[0], frames[0], len(frames)
        total, *actions = SESSIONS[session]
        np.testing.assert_array_equal(files, session)
        np.testing.assert_array_equal(frames, first + np.arange(count))
        assert min(total, round(np.min(window) * FPS)) <= count <= min(
            total, round(np.max(window) * FPS))
        lengths.add(count)
        firsts.add((session, first))
        check_targets(item, [(a - first, b - first, k) for a, b, k in actions],
                      count)
        # A part of an action wherever one is asked for.
        assert rest or len(item['gt_labels'])
    assert len(firsts) > 6
    assert (len(lengths) > 5) == (window == (1., 3.))
    assert rest <= (2 in {session for session, _ in firsts})


def check_targets(item, actions, count, min_part=.3):
    """Against a loop over the frames of each action; all numbers in frames."""
    duration, expected, kept = count / FPS, np.zeros(5), []
    for start, end, label in actions:
        seen = [t for t in range(int(count)) if start <= t < end]
        if not seen:
            continue
        share = len(seen) / min(end - start, count)
        expected[label] = max(expected[label], share)
        if len(seen) / FPS >= min(min_part,
                                  min(end - start, count) / FPS / 2) - 1e-9:
            kept.append((seen[0] / FPS, (seen[-1] + 1) / FPS, label))
    assert item['duration'] == pytest.approx(duration)
    assert item['label'].dtype == torch.float32
    np.testing.assert_allclose(item['label'], expected, rtol=1e-5)
    found = [(*s, k) for s, k in zip(item['gt_segments'], item['gt_labels'])]
    np.testing.assert_allclose(
        np.reshape(found, (-1, 3)), np.reshape(kept, (-1, 3)), atol=1e-9)


def test_grid_of_sessions(roots, five):
    """End to end, the last window at the end; a short session whole."""
    dataset = build(roots, five, 'sessions', window=2.5, test_mode=True)
    spans = [(x['clip_name'], len(x['imgs'])) for x in dataset]
    assert spans == [('0:0', 25), ('0:25', 25), ('0:35', 25), ('1:0', 12),
                     ('2:0', 25), ('2:8', 25)]
    # Half a window, the rest of an action of 25 frames, none.
    labels = [x['label'].tolist() for x in dataset]
    assert labels[0] == [0, 1, 0, 1, 0] and labels[4] == [0] * 5
    assert labels[1] == [0] * 5 and labels[2] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize('mix', [0., 1.])
@pytest.mark.parametrize('rest', [0., 1.])
def test_clips(roots, five, rest, mix):
    dataset = build(roots, five, 'clips', window=3., rest=rest, mix=mix, gap=1)
    np.random.seed(1)
    empty, several = 0, 0
    for _ in range(40):
        state = np.random.get_state()
        item = dataset[0]
        np.random.set_state(state)
        info = dataset.get_data_info(0)
        sums, names = np.zeros((30, 2)), set()
        for name, start, frames in info['pieces']:
            name = name.rsplit('/')[-1]
            file, = [i for i, x in enumerate(CLIPS) if x[0] == name]
            names.add(name[:4])
            for t, frame in enumerate(frames, start=start):
                sums[t] += 10 * file, frame
        pixels = [img[5, 5, :2] for img in item['imgs']]
        np.testing.assert_allclose(pixels, sums / (1 + mix), atol=.51)
        assert len(names) == 1  # one person
        empty += not len(info['gt_labels'])
        several += len(set(info['gt_labels'])) > 1
    assert empty < 20 and several > 0
    assert build(
        roots, five, 'clips', test_mode=True).get_data_info(1)['pieces']
