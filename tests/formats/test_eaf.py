# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.formats import read_elan

UNITS = '', 'unit', '', ('1', 0, 1000), ('2', 2000, 3000)


@pytest.mark.parametrize('tiers, expected', [
    ([UNITS, ('Symbolic_Association', 'label', 'unit', ('nodding', 'unit0'),
              ('b2?', 'unit1'))],
     [(0, 1, 'nodding'), (2, 3, 'shaking head')]),
    # Thirds, the last one first in the file; of them one in halves.
    ([UNITS, ('Symbolic_Subdivision', 'part', 'unit', ('x', 'unit0', 'part1'),
              ('y', 'unit0', 'part2'), ('z', 'unit0')),
      ('Symbolic_Subdivision', 'label', 'part', ('b1', 'part1'),
       ('b2', 'part1', 'label0'))],
     [(.333, .499, 'nodding'), (.499, .666, 'shaking head')]),
    # As ELAN shows them: 333, 666.
    ([UNITS, ('Time_Subdivision', 'label', 'unit', ('b1', 0, 't1'),
              ('b2', 't1', 't2'), ('b1', 't2', 1000))],
     [(0, .333, 'nodding'), (.333, .666, 'shaking head'),
      (.666, 1, 'nodding')]),
    # A limit of the parent's is the parent's.
    ([('', 'unit', '', ('1', 0, 1000)),
      ('Time_Subdivision', 'half', 'unit', ('x', 0, 't1'), ('y', 't1', 1000)),
      ('Time_Subdivision', 'label', 'half', ('b1', 0, 't2'),
       ('b2', 't2', 't1'), ('b1', 't1', 1000))],
     [(0, .25, 'nodding'), (.25, .5, 'shaking head'), (.5, 1, 'nodding')]),
    # Below an action, the same in other words.
    ([('', 'Anna', '', ('b1', 0, 1000)),
      ('Symbolic_Association', 'words', 'Anna', ('nodding', 'Anna0'))],
     [(0, 1, 'nodding')]),
])  # yapf: disable
def test_times_of_dependent_tiers(tiers, expected, make_eaf):
    found = read_elan(make_eaf(*tiers))
    assert [(s.start, s.end, s.label.name) for s in found] == expected


FILMS = ('sound.wav', 'audio/x-wav',
         '1'), ('a.mp4', 'video/mp4', '5000'), ('b.mp4', 'video/mp4', '-250')


@pytest.mark.parametrize('media, asked, start, said', [
    ((), None, 1, 0),
    (FILMS[:1], None, 1.001, 0),
    (FILMS[:2], None, 6, 0),
    (FILMS, None, 6, 1),
    (FILMS, 'x/b.mp4', .75, 0),
])
def test_offsets_of_media(media, asked, start, said, make_eaf, recwarn):
    path = make_eaf(('', 'x', '', ('b1', 1000, 2000)), media=media)
    found, = read_elan(path, media=asked)
    assert (found.start, found.end) == (start, start + 1)
    assert [str(x.message).count('a.mp4, unless --media')
            for x in recwarn] == [1] * said
    with pytest.raises(ValueError, match='c.mp4.; expected one of '):
        read_elan(path, media='c.mp4')


@pytest.mark.parametrize('content', [
    b'', b'\x00\x01', b'<a>', b'<a/>', b'time,code\n', b'<?xml version="1.0"?>'
    b'<!DOCTYPE x [<!ENTITY a "b">]><ANNOTATION_DOCUMENT VERSION="3.0"/>',
    b'<ANNOTATION_DOCUMENT><HEADER/><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a"/>'
    b'<TIME_SLOT TIME_SLOT_ID="a"/></TIME_ORDER></ANNOTATION_DOCUMENT>'
])
def test_no_elan_file(tmp_path, content):
    path = tmp_path / 'a.eaf'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='a.eaf: expected an ELAN file'):
        read_elan(str(path))
    with pytest.raises(FileNotFoundError, match='b.eaf'):
        read_elan(str(tmp_path / 'b.eaf'))
