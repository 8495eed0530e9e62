# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Windows of videos whose pixels tell their file (red) and frame (green)."""
import json

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS

from mmaction_microaction.datasets import OpenVideo
from mmaction_microaction.datasets.transforms.piece_reader import Piece

FPS = 10
#: Sessions: frames, and (start, end, class) in frames.
SESSIONS = [(60, (0, 9, 3), (5, 30, 1), (50, 58, 3)), (12, (2, 6, 0)), (33, )]
#: Clips of two people: name, class, frames, frame rate.
CLIPS = [('0001_a.mp4', 2, 12, 10), ('0001_b.mp4', 4, 1, 10),
         ('0001_c.mp4', 0, 9, 20), ('0002_a.mp4', 1, 20, 10)]
SHOW = [
    dict(type='OpenVideo'),
    dict(type='SampleWholeClip', max_frames=999),
    dict(type='DecodeResized', scale=(-1, 32))
]


@pytest.fixture(scope='module')
def roots(tmp_path_factory, lossless):
    """A data root of sessions and one of clips."""
    sessions = tmp_path_factory.mktemp('sessions')
    clips = tmp_path_factory.mktemp('clips')

    def write(path, number, count, width=32, fps=FPS):
        frames = np.zeros((count, 32, width, 3), np.uint8)
        frames[..., 0] = 10 * number
        frames[..., 1] = np.arange(count)[:, None, None]
        lossless(path, frames, fps=fps, format='matroska')

    (sessions / 'train').mkdir()
    found = {}
    for i, (count, *actions) in enumerate(SESSIONS):
        write(sessions / f'train/{i}.mp4', i, count)
        actions = [(k, a / FPS, b / FPS) for a, b, k in actions]
        found[i] = dict(subset='train', duration=count / FPS, actions=actions)
    (sessions / 'train.json').write_text(json.dumps(found))
    for i, (name, _, count, fps) in enumerate(CLIPS):  # one is wider
        write(clips / name, i, count, 48 if i == 2 else 32, fps)
    lines = '\n'.join(f'{name} {label}' for name, label, *_ in CLIPS)
    for split in ('train', 'test'):
        (clips / f'{split}_list_videos.txt').write_text(lines)
    return str(sessions), str(clips)


def build(roots, five, kind, test_mode=False, labels=True, **kwargs):
    split = 'train' if labels else 'test'
    dataset = dict(
        sessions=dict(
            type='MMA52Dataset', ann_file='train.json', labels=labels,
            default_fps=FPS),
        clips=dict(
            type='MicroActionDataset', split=split, test_labels=labels,
            data_prefix=dict(video='')))[kind]  # yapf: disable
    dataset.update(
        data_root=roots[kind == 'clips'], taxonomy=five, test_mode=test_mode)
    return DATASETS.build(
        dict(type='ActionWindows', dataset=dataset, pipeline=SHOW, **kwargs))


def shown(item):
    """Number of the file and of its frame in each frame of a window."""
    pixels = np.array([img[5, 5, :2] for img in item['imgs']], float)
    return np.round(pixels[:, 0] / 10).astype(int), pixels[:, 1]


@pytest.mark.parametrize('window', [.1, 2., 4., (1., 3.)])
@pytest.mark.parametrize('rest', [0., 1.])
def test_sessions(roots, five, window, rest):
    """Pictures and targets against a loop over the frames of each action."""
    dataset = build(
        roots, five, 'sessions', window=window, rest=rest, per_epoch=40)
    assert dataset.metainfo['classes'] == list(five.names)
    np.random.seed(0)
    lengths, firsts = set(), set()
    for item in dataset:
        files, frames = shown(item)
        session, first, count = files[0], frames[0], len(frames)
        total, *actions = SESSIONS[session]
        assert (files == session).all()
        np.testing.assert_array_equal(frames, first + np.arange(count))
        least, most = np.ravel(window)[[0, -1]] * FPS
        assert min(total, round(least)) <= count <= min(total, round(most))
        lengths.add(count)
        firsts.add((session, first))
        targets, kept = np.zeros(5), []
        for start, end, label in actions:
            seen = [t for t in range(count) if start <= first + t < end]
            length = min(end - start, count)
            targets[label] = max(targets[label], len(seen) / length)
            if seen and len(seen) >= min(3, length / 2):
                kept += [seen[0] / FPS, (seen[-1] + 1) / FPS, label]
        assert item['duration'] == pytest.approx(count / FPS)
        assert item['label'].dtype == torch.float32
        np.testing.assert_allclose(item['label'], targets, rtol=1e-5)
        found = np.column_stack([item['gt_segments'], item['gt_labels']])
        np.testing.assert_allclose(found.ravel(), kept, atol=1e-9)
        # A part of an action wherever one is asked for.
        assert rest or kept
    assert len(item['label']) == 5 and len(firsts) > 6
    assert (len(lengths) > 5) == (window == (1., 3.))
    assert rest <= (2 in {session for session, _ in firsts})


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
    hidden = build(roots, five, 'sessions', labels=False, test_mode=True)[0]
    assert not {'label', 'gt_segments'} & {*hidden}


@pytest.mark.parametrize('rest, gap', [(0., 1.), (1., 1.), (.5, 0.)])
def test_clips(roots, five, rest, gap):
    """What a clip shows, and nothing else, has its label, frame by frame."""
    dataset = build(
        roots, five, 'clips', window=3., rest=rest, gap=gap, min_part=0, mix=0)
    np.random.seed(1)
    seen = []  # (number of actions, whether one is cut off) of windows
    for _ in range(40):
        item = dataset[0]
        files, frames = shown(item)
        assert len(files) == 30 and (files < 3).all() | (files == 3).all()
        starts, ends = np.round(item['gt_segments'].T * FPS).astype(int)
        covered = np.zeros(30, int)
        for a, b, label in zip(starts, ends, item['gt_labels']):
            _, known, total, fps = CLIPS[files[a]]
            assert label == known and (files[a:b] == files[a]).all()
            length = round(total * FPS / fps)
            assert a == 0 or b in (30, a + length)
            # From its first frame on, or else to its last one.
            first = 0 if a else length - b
            if a > 0 or b < 30:
                expected = np.arange(first, first + b - a) * total // length
                assert (frames[a:b] == expected).all()
            covered[a:b] += 1
        assert covered.max(initial=0) <= 1
        for file, frame in zip(files[covered == 0], frames[covered == 0]):
            _, _, total, fps = CLIPS[file]  # held at a border
            assert min(frame, total - frame - 1) < 4 * fps / FPS
        assert gap or covered.all()
        seen.append((len(starts), 0 in starts or 30 in ends))
    numbers, cut = zip(*seen)
    assert max(numbers) > 2 and 5 < sum(cut)
    assert (0 in numbers) == (rest == 1)


def test_two_at_once_and_margin(roots, five):
    """Pictures are the mean of both rows, the same each time."""
    dataset = build(roots, five, 'clips', True, window=3., mix=1, margin=.2)
    lengths = np.array([round(n * FPS / fps) / FPS for *_, n, fps in CLIPS])
    crowd = 0
    for i in range(len(CLIPS)):
        info, sums = dataset.get_data_info(i), np.zeros((30, 3))
        for name, start, frames, _ in info['pieces']:
            file, = [j for j, x in enumerate(CLIPS) if name.endswith(x[0])]
            for t, frame in enumerate(frames, start=start):
                sums[t] += 10 * file, frame, 1
        assert (sums[:, 2] == 2).all()
        pixels = [img[5, 5, :2] for img in dataset[i]['imgs']]
        np.testing.assert_allclose(pixels, sums[:, :2] / 2, atol=.51)
        spans = info['gt_segments']
        whole = spans[(spans[:, 0] > 0) & (spans[:, 1] < 3)]
        own = lengths - 2 * np.minimum(.2, lengths / 4)
        assert np.isclose(np.diff(whole), own).any(1).all()
        crowd += (np.diff(spans[spans[:, 0].argsort()].ravel()) < 0).any()
        assert set(info['label'].tolist()) <= {0, 1}
    assert crowd


@pytest.mark.parametrize('wrong', [
    dict(window=0), dict(window=(0, 2.)), dict(rest=1.1), dict(mix=-1),
    dict(per_epoch=-1), dict(labels=False)])  # yapf: disable
@pytest.mark.parametrize('kind', ['clips', 'sessions'])
def test_what_is_refused(roots, five, kind, wrong):
    what = 'labels, but .* others' if 'labels' in wrong else 'window.* but got'
    with pytest.raises(ValueError, match=f'ActionWindows needs {what}'):
        build(roots, five, kind, **wrong)
    opened = OpenVideo()(dict(pieces=[Piece(__file__, 0, [0])], fps=1.))
    with pytest.raises(RuntimeError, match=f'^{__file__} is not a video'):
        opened['video_reader'].read([0], np.copy)
