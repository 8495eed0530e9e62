# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

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


@pytest.mark.parametrize('kind, advice, wrong', [
    ('casme2', ['variable CASME2_ROOT', 'dict(casme2=FOLDER)'], 'SAMM'),
    ('samm', ['data_root', 'dict(samm=FOLDER)'], '_ROOT'),
    ('megc2019', ['variable MEGC2019_ROOT'], 'data_prefix'),
])
def test_nothing_there(tmp_path, kind, advice, wrong):
    with pytest.raises(FileNotFoundError) as error:
        find_table(str(tmp_path / 'x'), kind)
    text = str(error.value)
    for part in (*advice, 'no folder', 'make_sample_data.py'):
        assert part in text
    assert wrong not in text


def test_advice_names_variables_that_the_configs_read(repo, tmp_path):
    texts = [path.read_text() for path in repo.glob('configs/**/*.py')]
    read = set(re.findall(r'\$(\w+_ROOT)', '\n'.join(texts)))
    named = []
    for kind in ('casme2', 'samm', 'smic', 'megc2019'):
        find = find_frames if kind == 'smic' else find_table
        with pytest.raises(FileNotFoundError) as error:
            find(str(tmp_path / 'x'), kind)
        named += re.findall(r'\w+_ROOT', str(error.value))
    assert named == ['CASME2_ROOT', 'MEGC2019_ROOT'] and set(named) <= read


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
    clips = [
        ExpressionClip('casme2', 'sub01', name, 'fear')
        for name in ('EP01', 'EP02', 'EP03')
    ]
    for name in ('EP01', 'EP02', 'EP03'):
        (tmp_path / '1' / name).mkdir(parents=True)
        (tmp_path / 'sub01' / name).mkdir(parents=True)
    write_frames(tmp_path / 'sub01' / 'EP01', 'img{}.jpg', [1])
    for subject in ('1', 'sub01'):
        write_frames(tmp_path / subject / 'EP02', 'img{}.jpg', [1])
    placed, findings = place_clips(clips, str(tmp_path))
    assert [c.frame_dir for c in placed] == [
        str(tmp_path / 'sub01' / 'EP01'),  # the other one is empty
        str(tmp_path / '1' / 'EP02'),
        str(tmp_path / '1' / 'EP03')
    ]
    assert [x.clip for x in findings] == ['sub01', 'sub01/EP02']
    for subject in ('1', 'sub01'):
        assert str(tmp_path / subject / 'EP02') in findings[1].reason
