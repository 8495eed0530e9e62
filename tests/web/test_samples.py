# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.inference import VideoFile
from mmaction_microaction.labels import get_action
from mmaction_microaction.web import find_samples, make_samples


def test_find(tmp_path):
    for name in ('b.MP4', 'a.mkv', '.hidden.mp4', 'notes.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / 'c.mp4').touch()
    found = find_samples(str(tmp_path))
    assert [os.path.basename(path) for path in found] == ['a.mkv', 'b.MP4']
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='no videos'):
        find_samples(str(tmp_path / 'empty'))
    with pytest.raises(FileNotFoundError, match='does not exist'):
        find_samples(str(tmp_path / 'missing'))


def test_make(tmp_path):
    paths = make_samples(str(tmp_path / 'new'))
    assert len(paths) >= 2
    for path in paths:
        names = os.path.splitext(os.path.basename(path))[0].split(', ')
        assert all(get_action(name) for name in names)
        assert len(VideoFile(path)) == 60 * len(names)
