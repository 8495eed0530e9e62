# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import pickle
import re

import mmengine
import numpy as np
import pytest

from mmaction_microaction.pose import (KeypointLayout, check_entry,
                                       match_entries, read_pose_file,
                                       scan_pose_file, seen_by_point,
                                       seen_points, tidy_entry,
                                       write_pose_file)


@pytest.fixture
def save(tmp_path):

    def write(content, protocol=2) -> str:
        path = tmp_path / 'pose.pkl'
        path.write_bytes(
            content if isinstance(content, bytes) else pickle.
            dumps(content, protocol))
        return str(path)

    return write


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize('core', [b'numpy._core', b'numpy.core'])
def test_pickles_of_both_numpys(save, make_entry, protocol, core):
    entry = make_entry(label=np.int64(3), extra=np.arange(3))
    data = pickle.dumps([entry], protocol)
    if protocol < 4:  # later ones have the lengths of names in them
        data = re.sub(rb'numpy\._?core', core, data)
    got, = read_pose_file(save(data))
    for key in ('keypoint', 'keypoint_score', 'extra'):
        assert type(
            got[key]) is np.ndarray and got[key].dtype == entry[key].dtype
        np.testing.assert_array_equal(got[key], entry[key])
    assert (got['label'], got['layout']) == (3, 'openpose28')
    assert got['original_shape'] == got['img_shape'] == (64, 48)
    pickle.loads(pickle.dumps(got))  # no stand-in is left


def test_write_and_read(tmp_path, make_entry):
    entries = [make_entry('x/a', source='drawn', fps=30.), make_entry('b')]
    path, splits = str(tmp_path / 'p.pkl'), dict(train=['b'], val=['x/a'])
    for split, wanted in ((None, entries), (splits, entries[1:])):
        write_pose_file(path, entries, split)
        for got, entry in zip(read_pose_file(path, 'train'), wanted):
            np.testing.assert_equal({key: got[key] for key in entry}, entry)
            assert got['keypoint'].dtype == np.float32
        assert mmengine.load(path)  # as the host does it
    assert len(read_pose_file(path)) == 2
    with pytest.raises(
            ValueError, match="no split 'test', but .'train', 'val'"):
        read_pose_file(path, 'test')
    with pytest.raises(ValueError, match='b: total_frames is 5'):
        write_pose_file(path, [entries[0], dict(entries[1], total_frames=5)])
    assert len(read_pose_file(path)) == 2  # the old one stays


def test_what_can_be_filled_in_is(save, make_entry):
    entry = make_entry()
    entry['filename'] = entry.pop('frame_dir')
    del entry['total_frames'], entry['keypoint_score']
    entry['keypoint'][0, 2, 5] = 0
    got, = read_pose_file(save([entry]))
    assert got['total_frames'] == 6
    expected = np.ones((1, 6, 28))
    expected[0, 2, 5] = 0
    np.testing.assert_array_equal(got['keypoint_score'], expected)
    # Of what has z, the host wants no score; of 25 points, the layout is open.
    solid = make_entry(points=25, keypoint=np.ones((1, 6, 25, 3)))
    del solid['keypoint_score']
    got, = read_pose_file(save([solid]))
    assert not {'keypoint_score', 'layout'} & set(got)


class Evil:

    def __reduce__(self):
        return os.system, ('touch was_run', )


@pytest.mark.parametrize('content, message', [
    ([Evil()], 'is not opened.*refused posix.system'),
    ([dict(frame_dir='a', keypoint=np.array([Evil()]))], "refused.*'O8'"),
    (b'', 'is not opened'),
    (b'hello', 'is not opened'),
    ([], 'list of one dict for each clip'),
    (dict(a=1), "got {'a': 1}"),
    (dict(split=[], annotations=[1]), 'a dict of split and annotations'),
    (['a'], 'entry 0: expected a dict, but got a str'),
])
def test_what_is_no_pose_file(save, content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f'pose.pkl.*{message}'):
        read_pose_file(save(content))
    assert not os.path.exists('was_run')


WRONG = [
    (dict(frame_dir=None), 'expected the name of a clip'),
    (dict(keypoint=np.ones((6, 28, 2))), r'a: keypoint .* of \(6, 28, 2\)'),
    (dict(keypoint=np.ones((1, 6, 28, 2), bool)), 'keypoint must be numbers'),
    (dict(keypoint_score=np.ones((1, 5, 28))), r'keypoint_score .*\(1, 6, 28'),
    (dict(total_frames=7), 'a: total_frames is 7, but keypoint has 6'),
    (dict(img_shape=(0, 4)), 'img_shape .*from 1 on'),
    (dict(img_shape=3), r'img_shape .*\(height, width\)'),
    (dict(layout='coco17'), 'the 17 points of layout coco17, but has 28'),
    (dict(layout='face'), "no pose layout 'face'"),
    (dict(layout=['coco17']), r"layout must be str, but got \['coco17'\]"),
    (dict(layout=dict(points=3)), 'layout must be str'),
    (dict(total_frames=np.full(6, 6)), r'total_frames must .*of \(6,\)'),
    (dict(img_shape=[[1], [1, 2]]), 'img_shape must be numbers'),
    (dict(fps='30'), 'a: fps must be numbers, one from 0 on, but got <U2'),
    (dict(problems='abc'), 'problems must be a list of str, but got abc'),
    (dict(problems=None), 'problems must be a list of str, but got None'),
    (dict(source=3), 'source must be str, but got 3'),
]  # yapf: disable


@pytest.mark.parametrize('change, message', WRONG)
def test_malformed_entries(save, make_entry, change, message):
    bad = make_entry(**change)
    with pytest.raises(ValueError, match=f'pose.pkl: entry 1: .*{message}'):
        read_pose_file(save([make_entry('b'), bad, make_entry('c')]))
    entries, problems = scan_pose_file(save([bad, make_entry('c')]))
    assert [x['frame_dir'] for x in entries] == ['c'] and len(problems) == 1
    assert len(check_entry(bad)) == 1


def test_names_of_splits_and_twins(save, make_entry):
    content = [make_entry('a'), make_entry('a')]
    with pytest.raises(ValueError, match="entry 1: 'a' is there again"):
        read_pose_file(save(content))
    content = dict(split=dict(val=['a', 'b']), annotations=content[:1])
    with pytest.raises(ValueError, match="split val: 'b' has no sound entry"):
        read_pose_file(save(content), 'val')
    for names in ('a', 5, [['a']]):
        with pytest.raises(ValueError, match='split val must be a list of na'):
            read_pose_file(save(dict(content, split=dict(val=names))), 'val')
    content['split'] = dict(val=['a', 'a'])
    entries, problems = scan_pose_file(save(content), 'val')
    assert len(entries) == 1 and "split val: 'a' is there ag" in problems[0]


def test_wanted_layout(save, make_entry):
    layout = KeypointLayout.load('coco17')
    entries = [make_entry(points=17), make_entry('b', points=17, layout='x')]
    assert read_pose_file(save(entries[:1]), layout=layout)
    for bad, message in ((make_entry(), 'layout coco17, but has 28 of openp'),
                         (make_entry(points=20), 'layout coco17, but has 20'),
                         (entries[1], "no pose layout 'x'")):
        with pytest.raises(ValueError, match=message):
            read_pose_file(save([bad]), layout=layout)


def test_how_often_points_are_seen(make_entry):
    known = dict(layout='openpose28')
    entries = [make_entry(**known), make_entry(persons=2, **known)]
    entries[0]['keypoint_score'][0, :3, 4] = 0
    entries[1]['keypoint_score'][1, :, 4] = 0  # the other one is seen
    seen = seen_by_point(entries)
    assert len(seen) == 28 and seen.pop('right_wrist') == 9 / 12
    assert set(seen.values()) == {1.}
    assert set(seen_by_point([make_entry(points=2)])) == {'0', '1'}


def test_odd_entries_are_described(make_entry):
    entry = make_entry()
    assert check_entry(entry, 6, (640, 480)) == []
    assert re.search('6 frames.*has 12; .*frame rate',
                     check_entry(entry, 12)[0])
    assert 'video is 48 x 64' in check_entry(entry, size=(48, 64))[0]
    entry['keypoint'][0, 0, 0] = np.nan
    entry['keypoint'][0, 1, :2] = [48.5, 3], [3, -1]
    entry['keypoint'][0, 1, 2] = 0, 70
    entry['keypoint_score'][0, 1, 2] = 0  # missing, so it may be anywhere
    entry['keypoint_score'][0, 2, 0] = 1.5
    entry['keypoint_score'][0, 4:] = 0
    expected = [
        '1 scores are not 0 to 1', '1 points are not finite',
        '2 of 110 points are outside the picture of 64 x 48',
        'no person in 2 of 6 frames'
    ]
    assert check_entry(entry) == expected
    assert '2 persons' in check_entry(make_entry(persons=2))[0]
    nobody = make_entry(persons=0)
    assert check_entry(nobody) == ['no person in 6 of 6 frames']


def test_tidy_entry_against_a_plain_loop(make_entry):
    entry = make_entry(persons=3)
    entry['keypoint_score'][1] += .5  # the most confident
    entry['keypoint_score'][2, :, 0] = np.nan
    entry['keypoint'][1, 2, 3, 0] = np.inf
    entry['keypoint_score'][1, 4, 5] = 0
    tidy = tidy_entry(entry)
    for frame in range(6):
        for point in range(28):
            xy = entry['keypoint'][1, frame, point]
            score = entry['keypoint_score'][1, frame, point]
            if (frame, point) in ((2, 3), (4, 5)):
                xy, score = 0, 0
            assert (tidy['keypoint'][0, frame, point] == xy).all()
            assert tidy['keypoint_score'][0, frame, point] == score
    assert tidy['keypoint'].shape == (1, 6, 28, 2)
    assert seen_points(entry).any((1, 2)).sum() == 3
    assert entry['keypoint'].shape[0] == 3  # not changed
    for nobody in (make_entry(persons=0),
                   make_entry(keypoint_score=np.zeros((1, 6, 28)))):
        tidy = tidy_entry(nobody)
        assert tidy['keypoint'].shape == (1, 6, 28, 2)
        assert not tidy['keypoint'].any() | tidy['keypoint_score'].any()
        assert not seen_points(tidy).any()


@pytest.mark.parametrize('name', [
    'train/0003_a.v2', 'train/0003_a.v2.mp4', '0003_a.v2', '0003_a.v2.MP4',
    'D:\\ma52\\videos_train\\0003_a.v2.avi'
])
def test_entries_are_found_by_name(make_entry, name):
    entries = [make_entry(x) for x in ('val/0003_a.v2', 'train/0003_a', name)]
    clips = ['0003_a.v2.mp4', 'sub/0003_a.v2.mp4', '0004.mp4']
    got = match_entries(entries, clips, 'train')
    expected = {clips[0]} if '/' in name or '\\' in name else set(clips[:2])
    assert set(got) == expected
    assert all(x['frame_dir'] == name for x in got.values())
    with pytest.raises(ValueError, match='0003_a.v2.mp4 has 2 poses: val/'):
        match_entries(entries, clips[:1])
    # In MA-52's own folders, without a split.
    path = '/data/ma52/videos_val/0003_a.v2.mp4'
    found = match_entries(entries[:2], [path, path.replace('val', 'test')])
    assert set(found) == {path} and found[path] is entries[0]
