# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata

import pytest

from mmaction_microaction.datasets import (read_classes, read_clip_sessions,
                                           read_emotions, read_list, scan_list)

AGAIN = r'again \(first on line 1\)'
#: A name in two forms, as Windows and as a Mac write it.
NFC, NFD = (unicodedata.normalize(x, 'zärtlich') for x in ('NFC', 'NFD'))


@pytest.fixture
def write(tmp_path):

    def write(content: bytes):
        (tmp_path / 'list.txt').write_bytes(content)
        return str(tmp_path / 'list.txt')

    return write


@pytest.mark.parametrize(
    'content',
    [
        b'a.mp4 0\r\nb.mp4 51',  # as the official files
        b'\xef\xbb\xbfa.mp4 0\n\n  \nb.mp4\t51\n\n',
    ])
def test_good_lists(write, content):
    assert read_list(write(content)) == [('a.mp4', 0), ('b.mp4', 51)]


def test_without_labels(write):
    path = write(b'a.mp4\r\nb.mp4')
    expected = [('a.mp4', None), ('b.mp4', None)]
    assert read_list(path, labels_required=False) == expected
    assert read_emotions(path, ('calm', 'joy'), required=False) == expected


@pytest.mark.parametrize('line, message', [
    (b'b.mp4', 'has no label'),
    (b'my clip b.mp4 3', 'spaces'),
    (b'b.mp4 52', "from 0 to 51, but got '52'"),
    (b'b.mp4 -1', "but got '-1'"),
    (b'b.mp4 1_0', "but got '1_0'"),
    (b'a.mp4 3', AGAIN),
])
def test_bad_line_is_named(write, line, message):
    path = write(b'a.mp4 0\r\n\r\n' + line + b'\r\nc.mp4 1')
    with pytest.raises(ValueError, match=f'list.txt:3: .*{message}'):
        read_list(path)
    entries, problems = scan_list(path)
    assert entries == [('a.mp4', 0), ('c.mp4', 1)] and len(problems) == 1


@pytest.mark.parametrize('content, message', [
    (b'a.mp4\nb.mp4 1\n', ':2: .*either all'),
    (b'a.mp4 6', ':1: .*0 to 5'),
    (b'\xef\xbb\xbf\r\n \r\n', ": the list is empty; .*'name.mp4 label'"),
    (b'\xff\xfe\x00a', ': not a UTF-8 text'),
    (b'\n'.join(b'%d.mp4 9' % i for i in range(25)), ':1: (.|\n)*and 15 more'),
])
def test_unfit_lists(write, content, message):
    with pytest.raises(ValueError, match='list.txt' + message):
        read_list(write(content), num_classes=6, labels_required=False)


def test_classes(write, tmp_path):
    path = write(b'\xef\xbb\xbfcalm\r\n\r\nmild joy\r\n')
    assert read_classes(path) == ('calm', 'mild joy')
    assert read_classes([NFD, ' calm ']) == (NFC, 'calm')
    for classes in [], ['calm'], ['joy', 'Joy'], ['a', ' '], ['a',
                                                              3], [NFC, NFD]:
        with pytest.raises(ValueError, match='classes: expected'):
            read_classes(classes)
    for content, message in ((b'joy\nJoy\n', ': expected at least two'),
                             (b'joy\njoy\n', ':2: .*again'),
                             (b'\xff\xfe\n', ': not a UTF-8')):
        with pytest.raises(ValueError, match='list.txt' + message):
            read_classes(write(content))
    with pytest.raises(FileNotFoundError, match='one per line'):
        read_classes(str(tmp_path / 'none.txt'))


def test_emotions_in_any_form_of_accents(write):
    path = write(f'a.mp4 mild joy\r\nb.mp4\t{NFD}\r\n{NFD}.mp4 {NFC}'.encode())
    # The name of a clip stays as it is on the disk.
    assert read_emotions(path, (NFC, 'mild joy')) == [('a.mp4', 1),
                                                      ('b.mp4', 0),
                                                      (f'{NFD}.mp4', 0)]
    with pytest.raises(ValueError, match="empty.*'session emotion'"):
        read_emotions(write(b'\n'), ('calm', 'joy'), what='session')


@pytest.mark.parametrize('line, message', [
    ('b.mp4 rage', "unknown emotion 'rage' of 'b.mp4'.*calm, joy"),
    ('b.mp4', "'b.mp4' has no emotion"),
    (f'./{NFC}.mp4 joy', AGAIN),
    (f'x/../{NFD}.mp4 calm', AGAIN),
])
def test_bad_emotions(write, line, message):
    path = write(f'{NFD}.mp4 joy\n\n{line}\n'.encode())
    with pytest.raises(ValueError, match=f'list.txt:3: .*{message}'):
        read_emotions(path, ('calm', 'joy'))


def test_clip_sessions(write):
    path = write(f'0001_1.mp4 {NFC}\n0001_2.mp4 {NFD}\n'.encode())
    assert read_clip_sessions(path) == {'0001_1.mp4': NFC, '0001_2.mp4': NFC}
    # Without sessions: by participant.
    path = write(b'0001_01_0001.mp4\n0002_01_0001.mp4\n')
    assert list(read_clip_sessions(path).values()) == ['0001', '0002']
    for line, message in ((b'my clip.mp4 s1 x', '4 fields'), (b'clip.mp4',
                                                              'participant'),
                          (b'0001_01_0002.mp4',
                           'either all'), (b'0001_01_0001.mp4 s3', 'again')):
        with pytest.raises(ValueError, match=f'list.txt:2: .*{message}'):
            read_clip_sessions(write(b'0001_01_0001.mp4 s1\n' + line))
