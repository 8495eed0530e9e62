# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv

import pandas
import pytest

from mmaction_microaction.datasets.expressions.annotations import (
    join_composite, read_expression_table, read_megc2019, read_smic)
from mmaction_microaction.datasets.expressions.clips import ExpressionClip
from mmaction_microaction.datasets.expressions.frames import (list_frames,
                                                              resolve_frames)

HEADER = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame',
          'OffsetFrame', None, 'Action Units', 'Estimated Emotion')
ROWS = [
    # As pandas writes columns with gaps.
    (1., 'EP02_01f', None, 46., 59., 86., None, 12., 'happiness'),
    ('sub01', 'EP03_02', None, 131, '/', 161, None, '4+L7+12', 'Others'),
    (None, ) * 9,
    (17, 'EP01_15', None, 70, 70, 100, None, None, 'repression'),
]
CLIPS = [
    ExpressionClip('casme2', *fields)
    for fields in (('sub01', 'EP02_01f', 'happiness', 46, 59, 86, '12'),
                   ('sub01', 'EP03_02', 'others', 131, None, 161, '4+L7+12',
                    '', '/'), ('sub17', 'EP01_15', 'repression', 70, 70, 100))
]


@pytest.fixture
def read(tmp_path, write_book):
    """Function that writes a table of CASME II and reads it."""

    def write_and_read(*rows, header=HEADER):
        path = write_book(tmp_path / 'a.xlsx', [header, *rows])
        return read_expression_table(str(path), 'casme2')

    return write_and_read


def test_casme2(tmp_path, read):
    clips, findings = read(*ROWS)
    assert clips == CLIPS and clips[0].key == 'sub01/EP02_01f'
    assert [str(x) for x in findings] == [
        "sub01: is spelt '1', 'sub01' in the table; taken for one subject"
    ]
    path = tmp_path / 'a.csv'
    with open(path, 'w', newline='', encoding='utf-8-sig') as file:
        csv.writer(file).writerows([['A title'], HEADER, *ROWS])
    assert '46.0' in path.read_text()
    assert read_expression_table(str(path), 'casme2')[0] == CLIPS


def test_samm_has_13_rows_of_text(tmp_path, write_book):
    header = ('Subject', 'Filename', 'Onset Frame', 'Apex Frame',
              'Offset Frame', 'Micro', 'Action Units', 'Estimated Emotion')
    path = write_book(
        tmp_path / 'a.xlsx',
        [('SAMM', ), ('Subject numbers are padded', ), *[('', )] * 11, header,
         ('006', '006_1_2', 5562, 5608, 5632, 'Micro', '4', 'Anger'),
         (7, '007_3_1', 221, 241, 274, 'Micro', '4', 'Other')])
    assert read_expression_table(str(path), 'samm')[0] == [
        ExpressionClip('samm', '006', '006_1_2', 'anger', 5562, 5608, 5632,
                       '4'),
        ExpressionClip('samm', '007', '007_3_1', 'others', 221, 241, 274, '4')
    ]


def test_a_table_on_another_sheet(tmp_path, read):
    path = tmp_path / 'a.xlsx'
    clips, findings = read(*ROWS)
    with pandas.ExcelWriter(path, mode='a') as writer:
        for name, rows in (('About', [['Subject', 'Filename']]), ('Empty', []),
                           ('Also', [HEADER, *ROWS[:1]])):
            pandas.DataFrame(rows).to_excel(
                writer, sheet_name=name, header=False, index=False)
        sheets = writer.book._sheets
        sheets.sort(key=lambda sheet: sheet.title == 'Also')
        sheets.insert(0, sheets.pop(1))
    # What is inside counts, not the ending.
    path = path.rename(tmp_path / 'CASME2_label_Ver_2.XLS')
    again, more = read_expression_table(str(path), 'casme2')
    assert again == clips
    sheet, = set(more) - set(findings)
    assert str(sheet).startswith("CASME2_label_Ver_2.XLS: took the sheet 'She")


def test_a_repeated_row_is_taken_once_and_listed(read):
    # In another spelling, too.
    again = ('S01', 'ep02_01F', None, '46', 59., 86, None, '12', 'Happiness')
    clips, findings = read(ROWS[0], ROWS[0], again)
    assert clips == CLIPS[:1]
    assert [x.reason for x in findings[1:]] == [
        'line 3 repeats line 2; taken once',
        'line 4 repeats line 2; taken once'
    ]


@pytest.mark.parametrize('place, value', [(3, 47), (4, None), (5, 87), (7, 4),
                                          (8, 'disgust')])
def test_rows_that_disagree(read, place, value):
    other = ['sub1', 'ep02_01f', *ROWS[0][2:]]
    other[place] = value
    message = ':4: says other things of the clip sub01/ep02_01f than line 2'
    with pytest.raises(ValueError, match=message):
        read(ROWS[0], ROWS[1], other)


@pytest.mark.parametrize('place, value, message', [
    (0, None, 'no subject'),
    (1, None, 'no name'),
    (8, None, 'no emotion'),
    (3, '?', r"expected a frame number for the onset, .* got '\?'"),
    (5, 6.5, r"expected a frame number for the offset, .* got '6\.5'"),
])
def test_wrong_rows(read, place, value, message):
    row = [1, 'EP', None, 4, 5, 6, None, 1, 'fear']
    row[place] = value
    with pytest.raises(ValueError, match=rf'a\.xlsx:3: {message}'):
        read(ROWS[0], row)


@pytest.mark.parametrize('header, message', [
    (HEADER, 'lists no clip'),
    (('a', 'b'), 'no row is the header'),
    (HEADER[:4] + ('x', ) + HEADER[5:], r"\['apex'\]"),
])
def test_wrong_tables(read, header, message):
    with pytest.raises(ValueError, match=message):
        read(header=header)


def test_folders_are_the_annotation(tmp_path, write_frames):
    for path in ('s1/micro/negative/s1_ne_01', 's01/micro/surprise/s1_sur_02',
                 's11/micro/Positive/s11_po_01', 's11/micro/boredom/s11_bo_01',
                 's11/non_micro/positive/x', 's12/non_micro/positive/x'):
        write_frames(tmp_path / path, 'reg_image{:06d}.bmp', range(100, 121))
    clips, findings = read_smic(str(tmp_path))
    assert sorted((c.subject, c.emotion, c.name)
                  for c in clips) == [('s01', 'negative', 's1_ne_01'),
                                      ('s01', 'surprise', 's1_sur_02'),
                                      ('s11', 'positive', 's11_po_01')]
    assert [x.clip for x in findings] == ['s01', 's11/boredom']
    # All frames from onset to offset, the apex in the middle, no complaint.
    clip, notes = resolve_frames(clips[0], list_frames(clips[0].frame_dir))
    assert (clip.onset, clip.apex, clip.offset) == (100, 110, 120)
    assert notes == []


@pytest.mark.parametrize(
    'again', ['s01/micro/positive/s1_po_01', 's1/micro/surprise/S1_po_01'])
def test_no_folder_and_two_folders_of_one_clip(tmp_path, again):
    with pytest.raises(FileNotFoundError, match='negative,positive,surprise'):
        read_smic(str(tmp_path))
    paths = [tmp_path / 's1/micro/positive/s1_po_01', tmp_path / again]
    for path in paths:
        path.mkdir(parents=True)
    with pytest.raises(ValueError, match='delete one') as error:
        read_smic(str(tmp_path))
    assert all(str(path) in str(error.value) for path in paths)


LINES = 'smic,s1,s1_ne_01,0\ncasme2,sub17,EP01_15,1\nsamm,006,006_1_2,2\n'
ENTRIES = [
    ExpressionClip('smic', 'smic/s01', 's1_ne_01', 'negative'),
    ExpressionClip('casme2', 'casme2/sub17', 'EP01_15', 'positive'),
    ExpressionClip('samm', 'samm/006', '006_1_2', 'surprise')
]


@pytest.fixture
def read_lines(tmp_path):
    """Function that writes the composite's csv and reads it."""

    def write_and_read(text):
        (tmp_path / 'a.csv').write_bytes(text.encode())
        return read_megc2019(str(tmp_path / 'a.csv'))

    return write_and_read


@pytest.mark.parametrize('text', [
    LINES,
    ('Dataset,Subject,Filename,Class\n' + LINES).replace('\n', '\r\n'),
    '\n\nDataset,Subject,Filename,Class\n' + LINES,
    '\ufeff' +
    LINES.replace(',0\n', ', Negative\n').replace('smic', 'SMIC-HS'),
])
def test_forms_of_the_composite(read_lines, text):
    assert read_lines(text) == (ENTRIES, [])


@pytest.mark.parametrize('text, message', [
    ('', 'lists no clip'),
    ('smic,s1,a', 'csv:1: expected dataset,subject,clip,class'),
    ('smic,s1,a,0\nck+,s1,b,0', r"csv:2: .* got 'ck\+'"),
    ('smic,s1,a,3', "csv:1: expected a class 0 to 2"),
    ('smic,s1,a,0\n\nsmic,s01,A,1',
     'csv:3: says other things of the clip smic/s01/A than line 1'),
])
def test_wrong_lines_of_the_composite(read_lines, text, message):
    with pytest.raises(ValueError, match=message):
        read_lines(text)


def test_a_repeated_line_and_the_join(read_lines):
    entries, (finding, ) = read_lines(LINES + 'samm,6,006_1_2,surprise\n')
    assert entries == ENTRIES
    assert str(finding) == \
        'samm/006/006_1_2: line 4 repeats line 3; taken once'
    clips = dict(
        casme2=[
            ExpressionClip('casme2', 'sub17', 'ep01_15', 'happiness', 1, 2, 3),
            ExpressionClip('casme2', 'sub17', 'other', 'fear', 1, 2, 3)
        ],
        smic=[ExpressionClip('smic', 's01', 's1_ne_01', 'negative')],
        samm=[])
    chosen, missing = join_composite(entries, clips)
    assert [(c.key, c.emotion, c.apex)
            for c in chosen] == [('smic/s01/s1_ne_01', 'negative', None),
                                 ('casme2/sub17/ep01_15', 'positive', 2)]
    assert [x.clip for x in missing] == ['samm/006/006_1_2']
