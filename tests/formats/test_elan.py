# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mmaction_microaction.formats import read_elan, read_elan_file, write_elan
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52

pympi = pytest.importorskip('pympi')


def test_tiers_types_and_vocabulary(make_result, segments, tmp_path):
    """As pympi sees them."""
    path = str(tmp_path / 'a.eaf')
    write_elan(make_result(segments), path)
    eaf = pympi.Eaf(path)
    tiers = {
        name
        for name in eaf.get_tier_names() if not re.search('score|comm', name)
    }
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
            eaf.add_tier(tier, part='S01', ann='Ben' * (tier == 'HEAD'))
        eaf.add_annotation(tier, *row)
    eaf.to_file(path)
    with pytest.raises(ValueError, match='1 entries') as error:
        read_elan(path)
    text = str(error.value)
    assert "tier 'HEAD', 1.500 s: unknown micro-action 'winking'" in text
    assert '--skip-unknown' in text and 'strict=False' in text
    with pytest.warns(UserWarning) as warned:
        found, duration, extra, people = read_elan_file(path, strict=False)
    assert duration is None and people == ('S01', 'Ben')
    assert extra == dict(speech=[(.1, .2, 'well, <yes>'), (.3, .4, '')])
    for text, warning in zip(('omitted 1', "micro-actions: 'speech' .2.; sel"),
                             warned):
        assert re.search(text, str(warning.message))
    assert [(s.start, s.end, s.label.name, s.score) for s in found] == [
        (0., 0.5, 'nodding', 1.), (0.1, 0.2, 'bowing head', 1.),
        (0.5, 0.7, 'shaking head', 1.)]  # yapf: disable
    text = Path(path).read_text()
    for end, problem in (('', 'has no time'), (' TIME_VALUE="0"', 'ends at')):
        Path(path).write_text(text.replace(' TIME_VALUE="500"', end))
        with pytest.raises(ValueError, match=f"'Nodding' {problem}"):
            read_elan(path)


@pytest.mark.parametrize('asked, expected, aside', [
    ((), ['nodding'], "'talk' (2)"),
    (['Anna'], ['nodding'], ''),
    (['Ben', 'Anna'
      ], ValueError, "no tier Ben (of --tier); the file has Anna, t"),
    (['talk'], ValueError, "'talk', 0.000 s: unknown micro-action 'so'"),
    (['Ben'], ValueError, "no tier Ben (of --tier); the file has Anna, talk"),
])
def test_choice_of_tiers(asked, expected, aside, make_eaf, recwarn):
    path = make_eaf(('', 'Anna', '', ('b1', 0, 500)),
                    ('', 'talk', '', ('so', 0, 500), ('what?', 500, 800)))
    if expected is ValueError:
        with pytest.raises(ValueError, match=re.escape(aside)):
            read_elan(path, tiers=asked)
    else:
        found = read_elan(path, tiers=asked)
        assert [s.label.name for s in found] == expected
        assert [aside in str(x.message)
                for x in recwarn] == [True] * bool(aside)


@pytest.mark.parametrize('tier, header, text', [
    (('', 'x', '', ('b1', 0, 't')), {}, "tier 'x': 'b1' has no time"),
    (('', 'x', '', ('b1', 9, 9)), {}, "'x', 0.009 s: 'b1' ends at 0.009"),
    (('', 'head', '', ('noding', 0, 9)), {}, "unknown micro-action 'noding'"),
    (('', 'x', '', ('so', 0, 9)), {}, 'no tier has a micro-action of MA-52'),
    (('', 'x', '',
      ('b1', 0, 9)), dict(TIME_UNITS='PAL-frames'), 'times are in PAL-frames'),
])
def test_what_cannot_be_read(tier, header, text, make_eaf):
    path = make_eaf(tier, **header)
    with pytest.raises(ValueError, match=text):
        read_elan(path)


def test_edited_in_elan(make_result, segments, tmp_path, same, annotate):
    """A segment is moved, one added, one deleted; one is unsure, with a
    comment; there is speech, and a place without a name."""
    path = str(tmp_path / 'a.eaf')
    write_elan(make_result(segments), path)
    root = ElementTree.parse(path).getroot()
    tiers = {tier.get('TIER_ID'): tier for tier in root.iter('TIER')}
    first = tiers['head'][0][0]  # 0 to 1.25 s
    slot = first.get('TIME_SLOT_REF2')
    root.find(f".//*[@TIME_SLOT_ID='{slot}']").set('TIME_VALUE', '1111')
    for name in ('head 2', 'head 2 score'):  # 0.5 to 2 s
        tiers[name].remove(tiers[name][0])
    annotate(root, 'head comment', 'Unsure: or a bow?',
             first.get('ANNOTATION_ID'))
    annotate(root, 'upper limb', 'waving ?', 4000, 4500)
    annotate(root, 'upper limb', 'unsure?', 6000, 6500)
    annotate(root, 'upper limb comment', 'dark', 'upper_limb2')
    root.insert(
        4,
        ElementTree.Element(
            'TIER', TIER_ID='talk', LINGUISTIC_TYPE_REF='default-lt'))
    annotate(root, 'talk', 'so then', 100, 900)
    ElementTree.ElementTree(root).write(path)
    moved, _, *rest = segments
    expected = [
        replace(moved, end=1.111, unsure=True, comment='or a bow?'), *rest,
        Segment(4., 4.5, MA52.find('waving').index, unsure=True)
    ]
    extra = {
        'upper limb': [(6., 6.5, 'unsure?; dark')],
        'talk': [(.1, .9, 'so then')]
    }
    found = read_elan_file(path)
    # All of it goes into a new file.
    write_elan(make_result(found.segments), path, extra=found.extra)
    again = read_elan_file(path)
    for file in (found, again):
        same(file.segments, expected)
        assert [(s.unsure, s.comment) for s in file.segments
                if s.unsure or s.comment] == [(True, 'or a bow?'), (True, '')]
        assert file.duration == 10
    assert found.extra == extra
    assert list(again.extra.values()) == list(extra.values())[::-1]
    check_schema(path)


#: EAF 3.0, after EAFv3.0.xsd, for what we write: element | its children in
#: order | attributes it must have | those it may have.
SCHEMA = r"""
ANNOTATION_DOCUMENT | (LICENSE )*HEADER TIME_ORDER (TIER )*(LINGUISTIC_TYPE )*(LOCALE )*(LANGUAGE )*(CONSTRAINT )*(CONTROLLED_VOCABULARY )* | DATE AUTHOR VERSION | FORMAT
HEADER | (MEDIA_DESCRIPTOR )*(PROPERTY )* || MEDIA_FILE TIME_UNITS
MEDIA_DESCRIPTOR || MEDIA_URL MIME_TYPE | RELATIVE_MEDIA_URL TIME_ORIGIN
PROPERTY ||| NAME
TIME_ORDER | (TIME_SLOT )* ||
TIME_SLOT || TIME_SLOT_ID | TIME_VALUE
TIER | (ANNOTATION )* | TIER_ID LINGUISTIC_TYPE_REF | PARENT_REF
ANNOTATION | \w+_ANNOTATION ||
ALIGNABLE_ANNOTATION | ANNOTATION_VALUE | ANNOTATION_ID TIME_SLOT_REF1 TIME_SLOT_REF2 |
REF_ANNOTATION | ANNOTATION_VALUE | ANNOTATION_ID ANNOTATION_REF | PREVIOUS_ANNOTATION
ANNOTATION_VALUE |||
LINGUISTIC_TYPE || LINGUISTIC_TYPE_ID | TIME_ALIGNABLE CONSTRAINTS GRAPHIC_REFERENCES CONTROLLED_VOCABULARY_REF
LANGUAGE || LANG_ID | LANG_DEF LANG_LABEL
CONSTRAINT || STEREOTYPE | DESCRIPTION
CONTROLLED_VOCABULARY | (CV_ENTRY_ML )* | CV_ID |
CV_ENTRY_ML | (CVE_VALUE )+ | CVE_ID |
CVE_VALUE || LANG_REF | DESCRIPTION
"""  # noqa: E501
#: What names another element, and that one's name for itself.
LINKS = dict(
    PARENT_REF='TIER_ID', LINGUISTIC_TYPE_REF='LINGUISTIC_TYPE_ID',
    CONTROLLED_VOCABULARY_REF='CV_ID', ANNOTATION_REF='ANNOTATION_ID',
    TIME_SLOT_REF1='TIME_SLOT_ID', TIME_SLOT_REF2='TIME_SLOT_ID',
    LANG_REF='LANG_ID', CONSTRAINTS='STEREOTYPE')  # yapf: disable


def check_schema(path):
    """The structure, the attributes, that ids are unique and links lead
    somewhere; the schema itself is not ours to copy."""
    rules = {}
    for line in SCHEMA.strip().splitlines():
        name, children, *names = map(str.strip, line.split('|'))
        rules[name] = children, *map(set, map(str.split, names))
    root, ids, links = ElementTree.parse(path).getroot(), [], set()
    for item in root.iter():
        children, needed, allowed = rules[item.tag]
        names = {x for x in item.attrib if x[0] != '{'}
        assert needed <= names <= needed | allowed, item.tag
        text = ''.join(f'{x.tag} ' for x in item)
        assert re.fullmatch(children, text.strip()) or (re.fullmatch(
            children, text)), item.tag
        ids += [(key, item.get(key)) for key in set(LINKS.values()) & needed]
        links |= {(LINKS[key], item.get(key)) for key in names & set(LINKS)}
        assert int(item.get('TIME_VALUE', 0)) >= 0
    ids = [x for x in ids if x[1]]
    assert len(set(ids)) == len(ids) and links <= set(ids)
    xml_ids = [
        x for key, x in ids
        if key in ('TIME_SLOT_ID', 'ANNOTATION_ID', 'LANG_ID', 'STEREOTYPE')
    ]
    assert len(set(xml_ids)) == len(xml_ids)
