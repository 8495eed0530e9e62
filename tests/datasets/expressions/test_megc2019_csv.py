# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import (ExpressionClip,
                                                       join_composite,
                                                       read_megc2019)

LINES = ('smic,s1,s1_ne_01,0\n'
         'casme2,sub17,EP01_15,1\n'
         'samm,006,006_1_2,2\n')
ENTRIES = [('smic', 's01', 's1_ne_01', 'negative'),
           ('casme2', 'sub17', 'EP01_15', 'positive'),
           ('samm', '006', '006_1_2', 'surprise')]


@pytest.mark.parametrize('text', [
    LINES,
    'Dataset,Subject,Filename,Class\r\n' + LINES.replace('\n', '\r\n') +
    '\r\n',
    '\n\nDataset,Subject,Filename,Class\n' + LINES,
    '\ufeff' +
    LINES.replace(',0\n', ', Negative\n').replace('smic', 'SMIC-HS'),
])
def test_forms(tmp_path, text):
    path = tmp_path / 'a.csv'
    path.write_bytes(text.encode())
    assert read_megc2019(str(path)) == (ENTRIES, [])


@pytest.mark.parametrize('text, message', [
    ('', 'lists no clip'),
    ('smic,s1,a', 'csv:1: expected dataset,subject,clip,class'),
    ('smic,s1,a,0\nck+,s1,b,0', r"csv:2: .* got 'ck\+'"),
    ('smic,s1,a,3', "csv:1: expected a class 0 to 2"),
    ('smic,s1,a,0\n\nsmic,s01,A,1',
     'lines 1 and 3 give the clip smic/s01/a .* negative and positive'),
])
def test_wrong_lines(tmp_path, text, message):
    path = tmp_path / 'a.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_megc2019(str(path))


def test_a_repeated_line_and_the_join(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text(LINES + 'samm,6,006_1_2,surprise\n')
    entries, (finding, ) = read_megc2019(str(path))
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
