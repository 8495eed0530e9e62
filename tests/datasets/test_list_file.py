# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata
from functools import partial

import pytest

from mmaction_microaction.datasets import (read_classes, read_clip_sessions,
                                           read_emotions, read_list, scan_list)

AGAIN = r'again \(first on line 1\)'
#: A name in two forms, as Windows and as a Mac write it.
NFC, NFD = (unicodedata.normalize(x, 'zärtlich') for x in ('NFC', 'NFD'))
EMOTIONS = 'calm', 'mild joy', NFC
BARE = [('a.mp4', None), ('b.mp4', None)]

free = partial(read_list, num_classes=6, labels_required=False)
emotions = partial(read_emotions, classes=EMOTIONS, what='session')
free_emotions = partial(emotions, required=False)


@pytest.fixture
def write(tmp_path):

    def write(content):
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / 'list.txt').write_bytes(content)
        return str(tmp_path / 'list.txt')

    return write


@pytest.mark.parametrize(
    'read, content, expected',
    [
        # As the official files.
        (read_list, 'a.mp4 0\r\nb.mp4 51', [('a.mp4', 0), ('b.mp4', 51)]),
        (read_list, '\ufeffa 0\n\n  \nb\t1\n\n', [('a', 0), ('b', 1)]),
        (read_list, 'a 9.0\nb 1.', [('a', 9), ('b', 1)]),  # as pandas
        (free, 'a.mp4\r\nb.mp4', BARE),
        (free_emotions, 'a.mp4\r\nb.mp4', BARE),
        # The name of a clip stays as it is on the disk.
        (emotions, f'a.mp4 mild joy\r\nb.mp4\t{NFD}\r\n{NFD}.mp4 {NFC}', [
            ('a.mp4', 1), ('b.mp4', 2), (f'{NFD}.mp4', 2)
        ]),
        (read_classes, '\ufeffcalm\r\n\r\nmild joy\r\n', EMOTIONS[:2]),
        (read_clip_sessions, f'1_1 {NFC}\n1_2 {NFD}',
         dict.fromkeys(['1_1', '1_2'], NFC)),
        # Without sessions: by participant.
        (read_clip_sessions, '01_1.mp4\n02_1.mp4', {
            '01_1.mp4': '01',
            '02_1.mp4': '02'
        }),
    ])
def test_good_lists(write, read, content, expected):
    assert read(write(content)) == expected


@pytest.mark.parametrize('read, content, message', [
    (free, 'a.mp4\nb.mp4 1\n', ':2: .*either all'),
    (free, 'a.mp4 6', ':1: .*0 to 5'),
    (free, '\ufeff\r\n \r\n', ": the list is empty; .*'name.mp4 label'"),
    (free, b'\xff\xfe\x00a', ': not a UTF-8 text'),
    (free, '\n'.join(f'{i} 9' for i in range(25)), ':1: (.|\n)*and 15 more'),
    (emotions, 'b rage', ":1: unknown emotion 'rage' of 'b'.*calm, mild"),
    (emotions, 'b.mp4', ":1: 'b.mp4' has no emotion"),
    (emotions, f'{NFD} calm\n\n./{NFC} calm', f':3: .*{AGAIN}'),
    (emotions, f'{NFC} calm\n\nx/../{NFD} calm', f':3: .*{AGAIN}'),
    (emotions, '\n', ": the list is empty; .*'session emotion'"),
    (read_clip_sessions, '1_1 s\nmy clip s x', ':2: .*without spaces'),
    (read_clip_sessions, 'clip.mp4', ':1: .*participant'),
    (read_clip_sessions, '1_1 s\n1_2', ':2: .*either all'),
    (read_classes, 'joy\nJoy\n', ': expected at least two'),
    (read_classes, 'joy\njoy\n', ':2: .*again'),
])
def test_unfit_lists(write, read, content, message):
    with pytest.raises(ValueError, match='list.txt' + message):
        read(write(content))


@pytest.mark.parametrize('line, message', [
    ('b.mp4', 'and its label'),
    ('my clip b.mp4 3', 'spaces'),
    ('b.mp4 52', "from 0 to 51, but got '52'"),
    ('b.mp4 -1', "but got '-1'"),
    ('b.mp4 1_0', "but got '1_0'"),
    ('b.mp4 1.5', "but got '1.5'"),
    ('a.mp4 3', AGAIN),
])
def test_bad_line_is_named(write, line, message):
    path = write(f'a.mp4 0\r\n\r\n{line}\r\nc.mp4 1')
    with pytest.raises(ValueError, match=f'list.txt:3: .*{message}'):
        read_list(path)
    entries, problems = scan_list(path)
    assert entries == [('a.mp4', 0), ('c.mp4', 1)] and len(problems) == 1


def test_classes_in_a_list():
    assert read_classes([NFD, ' calm ']) == (NFC, 'calm')
    for classes in ([], ['calm'], ['joy', 'Joy'], ['a', ' '], ['a',
                                                               3], [NFC, NFD]):
        with pytest.raises(ValueError, match='classes: expected'):
            read_classes(classes)
    with pytest.raises(FileNotFoundError, match='one per line'):
        read_classes('none.txt')
