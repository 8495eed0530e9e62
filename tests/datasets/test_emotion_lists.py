# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata

import pytest

from mmaction_microaction.datasets import (read_classes, read_clip_sessions,
                                           read_emotions)


@pytest.fixture
def write(tmp_path):

    def write(content: bytes):
        path = tmp_path / 'list.txt'
        path.write_bytes(content)
        return str(path)

    return write


def test_classes(write):
    path = write(b'\xef\xbb\xbfcalm\r\n\r\nmild joy\r\n')
    assert read_classes(path) == ('calm', 'mild joy')
    assert read_classes(['b', 'a']) == ('b', 'a')


@pytest.mark.parametrize(
    'classes', [[], ['calm'], ['joy', 'Joy'], ['calm', ' '], ['calm', 3]])
def test_bad_classes(classes):
    with pytest.raises(ValueError, match='classes: expected'):
        read_classes(classes)


def test_forms_of_accents(write):
    """As a Mac and as Windows write them."""
    one, other = (unicodedata.normalize(x, 'zärtlich') for x in ('NFC', 'NFD'))
    assert read_classes([other, ' calm ']) == (one, 'calm')
    with pytest.raises(ValueError, match='none of them twice'):
        read_classes([one, other])
    path = write(f'a.mp4 {other}\n'.encode())
    assert read_emotions(path, (one, 'calm')) == [('a.mp4', 0)]
    path = write(f'a.mp4 {one}\nb.mp4 {other}\n'.encode())
    assert set(read_clip_sessions(path).values()) == {one}
    # The name of a clip stays as it is on the disk.
    path = write(f'{other}.mp4 calm\n'.encode())
    assert read_emotions(path, (one, 'calm'))[0][0] == f'{other}.mp4'
    path = write(f'{other}.mp4 calm\n{one}.mp4 calm\n'.encode())
    with pytest.raises(ValueError, match=':2: .*again'):
        read_emotions(path, (one, 'calm'))


def test_bad_class_files(write, tmp_path):
    with pytest.raises(ValueError, match='list.txt: expected at least two'):
        read_classes(write(b'joy\njoy\n'))
    with pytest.raises(ValueError, match='UTF-8'):
        read_classes(write(b'\xff\xfe\n'))
    with pytest.raises(FileNotFoundError, match='one per line'):
        read_classes(str(tmp_path / 'none.txt'))


def test_emotions(write):
    classes = ('calm', 'mild joy')
    path = write(b'a.mp4 mild joy\r\nb.mp4\tcalm')
    assert read_emotions(path, classes) == [('a.mp4', 1), ('b.mp4', 0)]
    found = read_emotions(write(b'a.mp4\nb.mp4\n'), classes, required=False)
    assert found == [('a.mp4', None), ('b.mp4', None)]
    with pytest.raises(ValueError, match="empty.*'session emotion'"):
        read_emotions(write(b'\n'), classes, what='session')


@pytest.mark.parametrize('line, message', [
    (b'b.mp4 rage', "unknown emotion 'rage' of 'b.mp4'.*calm, joy"),
    (b'b.mp4 Joy', "unknown emotion 'Joy'"),
    (b'b.mp4 1', "unknown emotion '1'"),
    (b'b.mp4', "'b.mp4' has no emotion"),
    (b'a.mp4 joy', r'again \(first on line 1\)'),
    (b'./a.mp4 calm', r'again \(first on line 1\)'),
    (b'x/../a.mp4 calm', r'again \(first on line 1\)'),
])
def test_bad_emotions(write, line, message):
    path = write(b'a.mp4 joy\n\n' + line + b'\n')
    with pytest.raises(ValueError, match=f'list.txt:3: .*{message}'):
        read_emotions(path, ('calm', 'joy'))


def test_clip_sessions(write):
    path = write(b'0001_1.mp4 s1\n0001_2.mp4 s2\n')
    assert read_clip_sessions(path) == {'0001_1.mp4': 's1', '0001_2.mp4': 's2'}
    # Without sessions: by participant.
    path = write(b'0001_01_0001.mp4\n0002_01_0001.mp4\n')
    assert list(read_clip_sessions(path).values()) == ['0001', '0002']


@pytest.mark.parametrize('line, message', [
    (b'my clip.mp4 s1 x', '3 fields|4 fields'),
    (b'clip.mp4', 'participant'),
    (b'0001_01_0002.mp4', 'either all'),
    (b'0001_01_0001.mp4 s3', 'again'),
])
def test_bad_clip_sessions(write, line, message):
    with pytest.raises(ValueError, match=f'list.txt:2: .*({message})'):
        read_clip_sessions(write(b'0001_01_0001.mp4 s1\n' + line))
