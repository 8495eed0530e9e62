# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       find_frames, find_table,
                                                       place_clips)


def test_tables_and_frames(tmp_path):
    tmp_path = tmp_path / 'a[1]*'  # not a pattern
    tmp_path.mkdir()
    for name in ('CASME2-coding-20140508.xlsx', 'CASME2-coding-20190701.xlsx'):
        (tmp_path / name).touch()
    assert find_table(str(tmp_path), 'casme2').endswith('20190701.xlsx')
    # No aligned faces: the raw ones, or the folder itself.
    assert find_frames(str(tmp_path), 'casme2') == str(tmp_path)
    (tmp_path / 'CASME2-RAW').mkdir()
    assert find_frames(str(tmp_path), 'casme2').endswith('CASME2-RAW')
    (tmp_path / 'Cropped-updated' / 'Cropped').mkdir(parents=True)
    assert find_frames(str(tmp_path), 'casme2').endswith('updated/Cropped')


@pytest.mark.parametrize('kind, advice, variables', [
    ('casme2', 'dict(casme2=FOLDER)', ['CASME2_ROOT']),
    ('samm', 'dict(samm=FOLDER)', []),
    ('smic', 'dict(smic=FOLDER)', []),
    ('megc2019', '', ['MEGC2019_ROOT']),
])
def test_nothing_there(repo, tmp_path, kind, advice, variables):
    find = find_frames if kind == 'smic' else find_table
    with pytest.raises(FileNotFoundError) as error:
        find(str(tmp_path / 'x'), kind)
    text = str(error.value)
    assert advice in text and ('data_prefix' in text) == bool(advice)
    assert 'no folder' in text and 'make_sample_data.py' in text
    # The variables are those that the configs read.
    assert re.findall(r'variable (\w+_ROOT)', text) == variables
    config = repo / f'configs/_base_/datasets/{kind}.py'
    assert all(f'${x}' in config.read_text() for x in variables)


def test_folders_of_subjects_in_any_spelling(tmp_path):
    for path in ('1/EP02_01f', 'sub01/EP03_02', 'sub02/ep02_01F', '.x/a'):
        (tmp_path / path).mkdir(parents=True)
    clips = [
        ExpressionClip('casme2', subject, name, 'fear')
        for subject, name in (('sub01', 'EP02_01f'), ('sub01', 'EP03_02'),
                              ('sub02', 'EP02_01f'), ('sub03', 'EP02_01f'))
    ]
    placed, findings = place_clips(clips, str(tmp_path))
    assert [c.frame_dir for c in placed] == [
        str(tmp_path / '1/EP02_01f'),
        str(tmp_path / 'sub01/EP03_02'),
        str(tmp_path / 'sub02/ep02_01F'), ''
    ]
    assert [str(x) for x in findings] == [
        "sub01: is spelt '1', 'sub01' in the folders; taken for one subject"
    ]


def test_several_folders_of_one_clip(tmp_path, write_frames):
    names = ('EP01', 'EP02', 'EP03')
    clips = [ExpressionClip('casme2', 'sub01', x, 'fear') for x in names]
    for path, numbers in {
            '1/EP01': [], 'sub01/EP01': [1],
            '1/EP02': [1], 'sub01/EP02': [1],
            '1/EP03': [], 'sub01/EP03': []}.items():  # yapf: disable
        write_frames(tmp_path / path, 'img{}.jpg', numbers)
    placed, findings = place_clips(clips, str(tmp_path))
    assert [c.frame_dir for c in placed] == [
        str(tmp_path / x) for x in ('sub01/EP01', '1/EP02', '1/EP03')
    ]
    assert [x.clip for x in findings] == ['sub01', 'sub01/EP02']
    for subject in ('1', 'sub01'):
        assert str(tmp_path / subject / 'EP02') in findings[1].reason
