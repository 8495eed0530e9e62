# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mmaction_microaction.formats import read_elan, write_elan
from mmaction_microaction.formats.elan import read_elan_duration
from mmaction_microaction.taxonomy import MA52

pympi = pytest.importorskip('pympi')


@pytest.mark.parametrize('count', [0, 200, 201])
def test_round_trip(make_result, random_segments, tmp_path, same, count):
    segments = random_segments(count, count)
    path = str(tmp_path / 'a.eaf')
    write_elan(make_result(segments), path)
    same(read_elan(path), segments)
    assert set(pympi.Eaf(path).get_tier_names()) >= set(MA52.groups)


def test_tiers_types_and_vocabulary(make_result, segments, tmp_path):
    """As pympi sees them."""
    path = str(tmp_path / 'a.eaf')
    write_elan(make_result(segments), path)
    eaf = pympi.Eaf(path)
    tiers = {name for name in eaf.get_tier_names() if 'score' not in name}
    assert tiers == {'head 2', 'head 3', *MA52.groups}
    for tier, (rows, _, parameters, _) in eaf.tiers.items():
        kind = eaf.linguistic_types[parameters['LINGUISTIC_TYPE_REF']]
        if tier not in tiers:
            assert kind['CONSTRAINTS'] == 'Symbolic_Association'
            continue
        entries = eaf.get_cv_entries(kind['CONTROLLED_VOCABULARY_REF'])
        assert [
            (values[0][0], values[0][2]) for values, _ in entries.values()
        ] == [(a.name, a.code) for a in MA52.members(tier.rstrip(' 23'))]
        # None overlap in a tier.
        rows = sorted(eaf.get_annotation_data_for_tier(tier))
        assert all(a[1] <= b[0] for a, b in zip(rows, rows[1:]))
    rows = eaf.get_ref_annotation_data_for_tier('head score')
    assert [row[:4] for row in rows] == [(0, 1250, '0.7500', 'nodding'),
                                         (1250, 1251, '0.1250', 'nodding')]
    ids = [
        element.attrib[key] for element in ElementTree.parse(path).iter()
        for key in ('ANNOTATION_ID', 'TIME_SLOT_ID', 'CVE_ID')
        if key in element.attrib
    ]
    assert len(ids) == len(set(ids)) > 60


def test_media_is_linked_relatively(make_result, tmp_path):
    result = make_result([])
    for media, link in ((tmp_path / 'v' / 'a b.mp4', './../v/a b.mp4'),
                        (tmp_path / 'out' / 'x', './x')):
        path = tmp_path / 'out' / 'a.eaf'
        write_elan(result, str(path), media=str(media))
        found, = pympi.Eaf(str(path)).get_linked_files()
        assert found['RELATIVE_MEDIA_URL'] == link
        assert found['MEDIA_URL'].endswith(link)
        assert found['MIME_TYPE'].startswith('video/')
        assert str(tmp_path) not in path.read_text()
    result.video = replace(result.video, path='')  # frames in an array
    write_elan(result, str(path))
    assert pympi.Eaf(str(path)).get_linked_files() == []


def test_hostile_names(make_result, segments, tmp_path, hostile_name, same):
    path = tmp_path / 'a.eaf'
    result = make_result(segments, hostile_name)
    result.source = hostile_name
    write_elan(result, str(path))
    same(read_elan(str(path)), segments)
    assert [p.name for p in tmp_path.iterdir()] == ['a.eaf']
    author = ElementTree.parse(path).getroot().attrib['AUTHOR']
    assert author == re.sub('[\x07\udce9]', '\ufffd', hostile_name)


def test_written_by_people(tmp_path):
    eaf, path = pympi.Eaf(), str(tmp_path / 'a.eaf')
    for tier, *row in (('Anna', 0, 500, 'Nodding'), ('Anna', 500, 700, 'b2'),
                       ('HEAD', 100, 200, ' bowing  head '), ('HEAD', 1500,
                                                              1700, 'winking'),
                       ('speech', 100, 200, 'well, <yes>'), ('speech', 300,
                                                             400, '')):
        if tier not in eaf.tiers:
            eaf.add_tier(tier)
        eaf.add_annotation(tier, *row)
    eaf.to_file(path)
    assert read_elan_duration(path) is None
    with pytest.raises(ValueError, match='3 entries') as error:
        read_elan(path)
    text = str(error.value)
    assert "tier 'HEAD', 1.500 s: unknown micro-action 'winking'" in text
    assert "tier 'speech', 0.100 s" in text and "'well, <yes>'" in text
    with pytest.warns(UserWarning, match='left out 3'):
        found = read_elan(path, strict=False)
    assert [(s.start, s.end, s.label.name, s.score) for s in found] == [
        (0., 0.5, 'nodding', 1.), (0.1, 0.2, 'bowing head', 1.),
        (0.5, 0.7, 'shaking head', 1.)]  # yapf: disable
    text = Path(path).read_text()
    for end, problem in (('', 'has no time'), (' TIME_VALUE="0"', 'ends at')):
        Path(path).write_text(text.replace(' TIME_VALUE="500"', end))
        with pytest.raises(ValueError, match=f"'Nodding' {problem}"):
            read_elan(path)


@pytest.mark.parametrize('content', [
    b'', b'\x00\x01', b'<a>', b'<a/>', b'time,code\n', b'<?xml version="1.0"?>'
    b'<!DOCTYPE x [<!ENTITY a "b">]><ANNOTATION_DOCUMENT VERSION="3.0"/>'
])
def test_no_elan_file(tmp_path, content):
    path = tmp_path / 'a.eaf'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='a.eaf: expected an ELAN file'):
        read_elan(str(path))
    with pytest.raises(FileNotFoundError, match='b.eaf'):
        read_elan(str(tmp_path / 'b.eaf'))
