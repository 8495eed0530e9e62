# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.pose.estimate_files import (convert_pose,
                                                      read_coco_json,
                                                      read_openpose_json)
from mmaction_microaction.utils.errors import UserError


def openpose(persons):
    return dict(
        version=1.3,
        people=[
            dict(
                pose_keypoints_2d=x[:-42].ravel().tolist(),
                hand_left_keypoints_2d=x[-42:-21].ravel().tolist(),
                hand_right_keypoints_2d=x[-21:].ravel().tolist())
            for x in persons
        ])


def mmpose(persons):
    return [
        dict(keypoints=x[:, :2].tolist(), keypoint_scores=x[:, 2].tolist())
        for x in persons
    ]


@pytest.fixture
def points():
    """A function: V -> (T, P, V, 3)."""
    rng, scale = np.random.default_rng(0), np.float32([48, 48, 1])
    return lambda size: scale * rng.uniform(.1, .9,
                                            (3, 2, size, 3)).astype(np.float32)


@pytest.mark.parametrize('size, layout', [(60, 'openpose18'),
                                          (67, 'openpose25')])
@pytest.mark.parametrize(
    'form', ['clip_7_{:012}_keypoints.json', 'clip_7/{:012}.json'])
def test_openpose(points, tmp_path, size, layout, form):
    frames = points(size)
    for i in range(4):  # nobody is in the last one
        path = tmp_path / form.format(i)
        path.parent.mkdir(exist_ok=True)
        persons = frames[i] if i < 3 else ()
        path.write_text(json.dumps(openpose(persons)))
    found = read_openpose_json(str(tmp_path), 'clip_7')
    assert found.layout == layout and len(found.frames) == 4
    assert np.array_equal(found.frames[:3], frames)
    assert not found.frames[3].size
    with pytest.raises(UserError, match="videos, but none of 'clip_8'"):
        read_openpose_json(str(tmp_path), 'clip_8')
    (tmp_path / form.format(1)).unlink()
    with pytest.raises(UserError, match='all frames of one video, but got 3'):
        read_openpose_json(str((tmp_path / form).parent))


@pytest.mark.parametrize('size, layout', [(17, 'coco17'),
                                          (133, 'coco_wholebody133')])
@pytest.mark.parametrize('first', [0, 1])  # of the two programs of MMPose
def test_coco(points, tmp_path, size, layout, first):
    frames = points(size)
    data = [
        dict(frame_id=i + first, instances=mmpose(x))
        for i, x in enumerate(frames)
    ]
    data.append(dict(frame_id=3 + first, instances=[]))
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(dict(instance_info=data) if first else data))
    found = read_coco_json(str(path))
    assert found.layout == layout
    assert np.array_equal(found.frames[:3], frames)
    assert len(found.frames) == 4 and not found.frames[3].size


@pytest.mark.parametrize('read, content, message', [
    (read_coco_json, '[', 'not as MMPose writes it'),
    (read_coco_json, '{"a": 1}', "KeyError: 'instance_info'"),
    (read_coco_json, '[]', 'expected all frames of one video'),
    (read_coco_json, '[{"frame_id": 0, "instances": [{"keypoints": [[1, 2]], '
     '"keypoint_scores": [1]}]}]', r'persons have \[1\] points'),
    (read_coco_json, '[{"frame_id": 0, "instances": []},'
     '{"frame_id": 9, "instances": []}]', 'got 2, .0. to .9.'),
    (read_coco_json, '[{"frame_id": 0, "instances": [{"keypoints": [["a", 1]],'
     '"keypoint_scores": [1]}]}]', 'not as MMPose'),
    (lambda x: read_openpose_json(x.rpartition('/')[0]),
     '{"people": [{"pose_keypoints_2d": [1, 2]}]}', 'not as OpenPose'),
    (lambda x: read_openpose_json(x.rpartition('/')[0]),
     json.dumps(openpose([np.full((67, 3), .9), np.full((67, 3), -1)])),
     'pixels of the video, .* --keypoint_scale 0'),
])  # yapf: disable
def test_other_forms(tmp_path, read, content, message):
    path = tmp_path / 'a_0.json'
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read(str(path))


def test_convert(points, tmp_path, encode, frames_of):
    frames = points(17)
    video = encode(tmp_path / 'a.mp4', frames_of(3), fps=25)
    data = [
        dict(frame_id=i, instances=mmpose(x)) for i, x in enumerate(frames)
    ]
    (tmp_path / 'a.json').write_text(json.dumps(data))
    entry = convert_pose(video, 'coco', str(tmp_path))
    assert entry['total_frames'] == 3 and entry['fps'] == 25
    assert entry['img_shape'] == (48, 64) and entry['source'] == 'coco'
    assert 'more than one person in 3' in entry['problems'][0]
    (tmp_path / 'a.json').write_text(json.dumps(data[:2]))
    with pytest.raises(UserError, match='2 frames of a, but the video has 3'):
        convert_pose(video, 'coco', str(tmp_path / 'a.json'))
    with pytest.raises(UserError, match="openpose or coco, but got 'odd'"):
        convert_pose(video, 'odd', '')
