# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import (list_frames, read_smic,
                                                       settle_frames)


def test_folders_are_the_annotation(tmp_path, write_frames):
    for subject, emotion, name in (('s1', 'negative', 's1_ne_01'),
                                   ('s01', 'surprise', 's1_sur_02'),
                                   ('s11', 'Positive', 's11_po_01'),
                                   ('s11', 'boredom', 's11_bo_01')):
        write_frames(tmp_path / subject / 'micro' / emotion / name,
                     'reg_image{:06d}.bmp', range(100, 121))
    (tmp_path / 's11' / 'non_micro' / 'positive' / 'x').mkdir(parents=True)
    clips, findings = read_smic(str(tmp_path))
    assert sorted((c.subject, c.emotion, c.name)
                  for c in clips) == [('s01', 'negative', 's1_ne_01'),
                                      ('s01', 'surprise', 's1_sur_02'),
                                      ('s11', 'positive', 's11_po_01')]
    assert [x.clip for x in findings] == ['s01', 's11/boredom']
    # All frames from onset to offset, the apex in the middle, no complaint.
    clip, notes = settle_frames(clips[0], list_frames(clips[0].frame_dir))
    assert (clip.onset, clip.apex, clip.offset) == (100, 110, 120)
    assert notes == []


@pytest.mark.parametrize(
    'again', ['s01/micro/positive/s1_po_01', 's1/micro/surprise/S1_po_01'])
def test_two_folders_of_one_clip(tmp_path, again):
    (tmp_path / 's1' / 'micro' / 'positive' / 's1_po_01').mkdir(parents=True)
    (tmp_path / again).mkdir(parents=True)
    with pytest.raises(ValueError, match='delete one') as error:
        read_smic(str(tmp_path))
    for path in ('s1/micro/positive/s1_po_01', again):
        assert str(tmp_path / path) in str(error.value)


def test_no_clips(tmp_path):
    with pytest.raises(FileNotFoundError, match='negative,positive,surprise'):
        read_smic(str(tmp_path))
