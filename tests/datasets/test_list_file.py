# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets import read_list, scan_list


@pytest.fixture
def write(tmp_path):

    def write(content: bytes):
        (tmp_path / 'list.txt').write_bytes(content)
        return str(tmp_path / 'list.txt')

    return write


@pytest.mark.parametrize('content', [
    b'a.mp4 0\nb.mp4 51\n', b'a.mp4 0\r\nb.mp4 51', b'\xef\xbb\xbfa.mp4 0\n'
    b'\n  \nb.mp4\t51\n\n'
], ids=['unix', 'official', 'bom, blank lines, tab'])  # yapf: disable
def test_good_lists(write, content):
    assert read_list(write(content)) == [('a.mp4', 0), ('b.mp4', 51)]


def test_without_labels(write):
    path = write(b'test0000.mp4\r\ntest0001.mp4')
    assert read_list(
        path, labels_required=False) == [('test0000.mp4', None),
                                         ('test0001.mp4', None)]
    with pytest.raises(ValueError, match='list.txt:1: .*has no label'):
        read_list(path)


@pytest.mark.parametrize('line, message', [
    (b'b.mp4', 'has no label'),
    (b'my clip b.mp4 3', 'spaces'),
    (b'b.mp4 52', "from 0 to 51, but got '52'"),
    (b'b.mp4 -1', "but got '-1'"),
    (b'b.mp4 nodding', "but got 'nodding'"),
    (b'b.mp4 1_0', "but got '1_0'"),
    (b'b.mp4 1.0', "but got '1.0'"),
    (b'a.mp4 3', r'again \(first on line 1\)'),
])
def test_bad_line_is_named(write, line, message):
    path = write(b'a.mp4 0\r\n\r\n' + line + b'\r\nc.mp4 1')
    with pytest.raises(ValueError, match=f'list.txt:3: .*{message}'):
        read_list(path)
    entries, problems = scan_list(path)
    assert entries == [('a.mp4', 0), ('c.mp4', 1)]
    assert len(problems) == 1


@pytest.mark.parametrize('content, message', [
    (b'a.mp4\nb.mp4 1\n', ':2: .*either all'),
    (b'a.mp4 6', ':1: .*0 to 5'),
    (b'', ': the list is empty'),
    (b'\xef\xbb\xbf\r\n \r\n', ': the list is empty'),
    (b'\xff\xfe\x00a', ': not a UTF-8 text'),
])
def test_unfit_lists(write, content, message):
    with pytest.raises(ValueError, match='list.txt' + message):
        read_list(write(content), num_classes=6, labels_required=False)


def test_limits(write, tmp_path):
    assert read_list(write(b'a.mp4 6'), num_classes=7) == [('a.mp4', 6)]
    path = write(b'\n'.join(b'%d.mp4 99' % i for i in range(25)))
    with pytest.raises(ValueError, match='and 15 more'):
        read_list(path)
    assert len(scan_list(path)[1]) == 25
    with pytest.raises(FileNotFoundError, match='none.txt'):
        read_list(str(tmp_path / 'none.txt'))
