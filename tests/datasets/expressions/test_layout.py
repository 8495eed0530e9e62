# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       find_frames, find_table,
                                                       place_clips)


def test_tables_and_frames(tmp_path):
    for name in ('CASME2-coding-20140508.xlsx', 'CASME2-coding-20190701.xlsx'):
        (tmp_path / name).touch()
    assert find_table(str(tmp_path), 'casme2').endswith('20190701.xlsx')
    # No aligned faces: the raw ones, or the folder itself.
    assert find_frames(str(tmp_path), 'casme2') == str(tmp_path)
    (tmp_path / 'CASME2-RAW').mkdir()
    assert find_frames(str(tmp_path), 'casme2').endswith('CASME2-RAW')
    (tmp_path / 'Cropped-updated' / 'Cropped').mkdir(parents=True)
    assert find_frames(str(tmp_path), 'casme2').endswith('updated/Cropped')


@pytest.mark.parametrize('kind, variable', [('casme2', 'CASME2_ROOT'),
                                            ('samm', 'SAMM_ROOT'),
                                            ('megc2019', 'MEGC2019_ROOT')])
def test_nothing_there(tmp_path, kind, variable):
    with pytest.raises(FileNotFoundError) as error:
        find_table(str(tmp_path / 'x'), kind)
    assert variable in str(error.value) and 'no folder' in str(error.value)
    assert 'make_sample_data.py' in str(error.value)


def test_a_root_with_signs_of_patterns(tmp_path):
    root = tmp_path / 'a[1]*'
    root.mkdir()
    (root / 'combined_3class_gt.csv').touch()
    assert find_table(str(root), 'megc2019') == \
        str(root / 'combined_3class_gt.csv')


def test_folders_of_subjects_in_any_spelling(tmp_path):
    for path in ('1/EP02_01f', 'sub01/EP03_02', 'sub02/ep02_01F', '.x/a'):
        (tmp_path / path).mkdir(parents=True)
    clips = [
        ExpressionClip('casme2', subject, name, 'fear')
        for subject, name in (('sub01', 'EP02_01f'), ('sub01', 'EP03_02'),
                              ('sub02', 'EP02_01f'), ('sub03', 'EP02_01f'))
    ]
    assert [c.frame_dir for c in place_clips(clips, str(tmp_path))] == [
        str(tmp_path / '1/EP02_01f'),
        str(tmp_path / 'sub01/EP03_02'),
        str(tmp_path / 'sub02/ep02_01F'), ''
    ]
