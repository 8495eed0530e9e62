# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       find_frames, find_table,
                                                       locate_clips)


def test_tables_and_frames(tmp_path):
    root = tmp_path / 'a[1]*'  # not a pattern
    root.mkdir()
    for name in ('CASME2-coding-20140508.xlsx', 'CASME2-coding-20190701.xlsx'):
        (root / name).touch()
    assert find_table(str(root), 'casme2').endswith('20190701.xlsx')
    # No aligned faces: the raw ones, or the folder itself.
    for folder in ('.', 'CASME2-RAW', 'Cropped-updated/Cropped'):
        (root / folder).mkdir(parents=True, exist_ok=True)
        assert find_frames(str(root), 'casme2') == str(root / folder)


@pytest.mark.parametrize('kind, path', [
    ('casme2', 'CASME2-coding.xlsx'),
    ('casme2', 'CASME2/casme2-coding-20140508.XLSX'),
    ('casme2', 'CASME2/CASME2_label_Ver_2.xls'),
    ('casme2', 'CASME2/CASME2/casme2_label_ver_2.csv'),
    ('samm', 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx'),
    ('samm', 'SAMM/samm_micro_facs_codes_v2.csv'),
    ('megc2019', 'Combined_3class_GT.csv'),
])
def test_names_of_tables(tmp_path, kind, path):
    for name in (path, f'~${path}', 'CASME2-ObjectiveClasses.xlsx',
                 'CASME2_TIM/CASME2-coding-20190701.xlsx',
                 'SAMM_LongVideos_V2_Release.xlsx'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_table(str(tmp_path), kind) == str(tmp_path / path)


@pytest.mark.parametrize('kind, path, others', [
    ('casme2', 'CASME2_RAW', ['CASME2_TIM/CASME2_TIM']),
    ('casme2', 'CASME2_RAW_selected/CASME2_RAW_selected', ['Cropped']),
    ('casme2', 'CASME2/CASME2-RAW', ['.', 'CASME2_RAW_selected']),
    ('casme2', 'cropped/Cropped', ['CASME2-RAW']),
    ('casme2', 'CASME2_preprocessed_Li Xiaobai/Cropped', ['CASME2-RAW']),
    ('casme2', 'Cropped-updated/Cropped', ['Cropped']),
    ('samm', 'SAMM/SAMM', ['SAMM_longvideos', 'flow']),
    ('samm', '.', ['flow']),
    ('smic', 'SMIC/SMIC_all_cropped/HS', ['SMIC/SMIC_all_raw/HS', 'VIS']),
    ('smic', 'SMIC_all_raw/HS', ['HS_long/SMIC-HS-E/HS', 'NIR']),
])
def test_places_of_frames(tmp_path, kind, path, others):
    for place in path, *others:
        # Subjects of no other place than these.
        subject = dict(casme2='sub01', samm='006', smic='s1')[kind]
        is_full = place != 'Cropped' or path.startswith('Cropped-updated')
        (tmp_path / place / (subject if is_full else '')).mkdir(
            parents=True, exist_ok=True)
    assert find_frames(str(tmp_path), kind) == str(tmp_path / path)


@pytest.mark.parametrize('kind, advice, variables', [
    ('casme2', 'dict(casme2=FOLDER)', ['CASME2_ROOT']),
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


def test_folders_in_any_spelling_and_several_of_one_clip(
        tmp_path, write_frames):
    for path in ('1/EP02_01f', 'sub01/EP03_02', 'sub02/ep02_01F', 'sub01/EP01',
                 '1/EP02', 'sub01/EP02'):
        write_frames(tmp_path / path, 'img{}.jpg', [1])
    # Unpacked into folders of their names.
    write_frames(tmp_path / 'sub07/sub07/EP01/EP01', 'img ({}).jpg', [1])
    for path in ('.x/a', '1/EP01', '1/EP03', 'sub01/EP03'):
        (tmp_path / path).mkdir(parents=True)
    expected = {
        'sub01/EP02_01f': '1/EP02_01f',
        'sub01/EP03_02': 'sub01/EP03_02',
        'sub02/EP02_01f': 'sub02/ep02_01F',
        'sub03/EP02_01f': '',
        'sub01/EP01': 'sub01/EP01',
        'sub01/EP02': '1/EP02',
        'sub01/EP03': '1/EP03',
        'sub07/EP01': 'sub07/sub07/EP01/EP01'
    }
    clips = [
        ExpressionClip('casme2', *key.split('/'), 'fear') for key in expected
    ]
    placed, findings = locate_clips(clips, str(tmp_path))
    assert [c.frame_dir for c in placed
            ] == [str(tmp_path / x) if x else '' for x in expected.values()]
    assert [str(x) for x in findings] == [
        "sub01: is spelt '1', 'sub01' in the folders; taken for one subject",
        f'sub01/EP02: has frames in {tmp_path}/1/EP02, {tmp_path}/sub01/EP02; '
        'took the first'
    ]
