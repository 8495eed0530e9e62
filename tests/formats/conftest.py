# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results to be written."""
import csv
import io
import zipfile
from dataclasses import replace
from html import escape
from xml.etree import ElementTree

import numpy as np
import pytest

from mmaction_microaction.results import Segment, VideoInfo, VideoResult
from mmaction_microaction.results.spans import to_span
from mmaction_microaction.taxonomy import MA52

#: What file names may hold, up to a byte that is no UTF-8.
HOSTILE_NAMES = ('<script>&"\'.mp4', 'two\nlines\t.mp4', '=cmd|A1.mp4',
                 '微动作 ü.mp4', '--> 00:00.mp4', '../../up.mp4', 'bell\x07.mp4',
                 'latin\udce9.mp4')


@pytest.fixture
def make_result():
    """A function that makes a result of segments."""

    def make(segments, name='interview.mp4', fps=25., taxonomy=MA52):
        count, none = taxonomy.num_classes, np.zeros(0)
        info = VideoInfo(name, f'videos/{name}', 64, 48, 250, fps,
                         250 / max(fps, 1.))
        result = VideoResult(info, np.full(count, 1 / count, 'f4'), none, none,
                             np.zeros((0, count), 'f4'), segments)
        return replace(result, source='manet_r50_ma52', taxonomy=taxonomy)

    return make


@pytest.fixture(params=HOSTILE_NAMES, ids=ascii)
def hostile_name(request) -> str:
    return request.param


@pytest.fixture
def segments():
    """Of one body part: overlapping, touching, within another, too short for
    a millisecond; and of two more."""
    return [
        Segment(0., 1.25, 9, 0.75),
        Segment(0.5, 2., 10, 0.5),
        Segment(0.75, 1., 9, 0.25),  # overlaps its own kind
        Segment(1.25, 1.2502, 9, 0.125),
        Segment(2., 3., 51, 1.),
        Segment(2.4996, 9.9999, 11, 0.0625),
    ]


@pytest.fixture
def random_segments():
    """A function that makes many segments from a seed."""

    def make(seed, count):
        rng = np.random.default_rng(seed)
        starts = rng.uniform(0, 9, count)
        ends = starts + rng.exponential(0.3, count) + 1e-5
        actions, scores = rng.integers(0, 52, count), rng.random(count)
        columns = (x.tolist() for x in (starts, ends, actions, scores))
        return list(map(Segment, *columns))

    return make


@pytest.fixture
def same():
    """A function that compares segments up to a rounded millisecond."""

    def rows(segments):
        return sorted(
            (*to_span(s), s.label, round(s.score, 4)) for s in segments)

    def compare(found, expected):
        assert rows(found) == rows(expected)

    return compare


def add(parent, tag, text=None, **attributes):
    item = ElementTree.SubElement(parent, tag, attributes)
    item.text = text
    return item


def annotate_tier(root, tier, text, *where):
    """Add an annotation to a tier as ELAN does; ``where`` is start and end in
    ms, or a name for a slot without a time, else the keys of its parent and of
    its predecessor."""
    tier, = (x for x in root.iter('TIER') if x.get('TIER_ID') == tier)
    key = f"{tier.get('TIER_ID').replace(' ', '_')}{len(tier)}"
    names = dict(ANNOTATION_ID=key)
    if where[0] in {x.get('ANNOTATION_ID') for x in root.findall('.//*/*/*')}:
        names.update(zip(('ANNOTATION_REF', 'PREVIOUS_ANNOTATION'), where))
    for i, time in enumerate(where, 1):
        if 'ANNOTATION_REF' not in names:
            names[f'TIME_SLOT_REF{i}'] = slot = f's{time}'
            if root.find(f".//*[@TIME_SLOT_ID='{slot}']") is None:
                time = {} if isinstance(time, str) else {
                    'TIME_VALUE': str(time)
                }
                add(root.find('TIME_ORDER'),
                    'TIME_SLOT',
                    TIME_SLOT_ID=slot,
                    **time)
    kind = 'REF' if 'ANNOTATION_REF' in names else 'ALIGNABLE'
    row = add(add(tier, 'ANNOTATION'), f'{kind}_ANNOTATION', **names)
    add(row, 'ANNOTATION_VALUE', text)


@pytest.fixture
def annotate():
    return annotate_tier


@pytest.fixture
def make_eaf(tmp_path):
    """A function that makes the file of an annotator, ``a.eaf``."""

    def make(*tiers, media=(), **header):
        """Of a tier: constraint (or ''), name, parent (or
        ''), arguments of :func:`annotate_tier`."""
        root = ElementTree.Element('ANNOTATION_DOCUMENT')
        add(root, 'HEADER', **header)
        for link, mime, origin in media:
            add(root[0],
                'MEDIA_DESCRIPTOR',
                MEDIA_URL=f'file:///x/{link}',
                MIME_TYPE=mime,
                TIME_ORIGIN=origin)
        add(root, 'TIME_ORDER')
        for constraint, name, parent, *rows in tiers:
            add(root,
                'TIER',
                TIER_ID=name,
                LINGUISTIC_TYPE_REF=f'{name} type',
                **({
                    'PARENT_REF': parent
                } if parent else {}))
            for row in rows:
                annotate_tier(root, name, *row)
        for constraint, name, *_ in tiers:
            add(root,
                'LINGUISTIC_TYPE',
                LINGUISTIC_TYPE_ID=f'{name} type',
                **({
                    'CONSTRAINTS': constraint
                } if constraint else {}))
        path = tmp_path / 'a.eaf'
        ElementTree.ElementTree(root).write(path)
        return str(path)

    return make


@pytest.fixture
def save_table():
    """A function that saves rows as BORIS or a spreadsheet does, by the ending
    of the path."""

    def save(path, rows):
        if path.suffix == '.xlsx':
            book = pytest.importorskip('openpyxl').Workbook()
            for row in rows:
                book.active.append(row)
            book.save(path)
        elif path.suffix == '.ods':
            pytest.importorskip('python_calamine')
            cells = ''.join(
                '<table:table-row>' +
                ''.join('<table:table-cell office:value-type="string"><text:p>'
                        f'{escape(str(x))}</text:p></table:table-cell>'
                        for x in row) + '</table:table-row>' for row in rows)
            head = 'urn:oasis:names:tc:opendocument:xmlns:'
            kinds = ' '.join(f'xmlns:{kind}="{head}{kind}:1.0"'
                             for kind in ('office', 'table', 'text'))
            whole = 'application/vnd.oasis.opendocument.spreadsheet'
            with zipfile.ZipFile(path, 'w') as file:
                file.writestr('mimetype', whole)
                file.writestr(
                    'META-INF/manifest.xml',
                    f'<m:manifest xmlns:m="{head}manifest:1.0"><m:file-entry '
                    f'm:full-path="/" m:media-type="{whole}"/></m:manifest>')
                file.writestr(
                    'content.xml', f'<office:document-content {kinds}>'
                    '<office:body><office:spreadsheet>'
                    f'<table:table table:name="a">{cells}</table:table>'
                    '</office:spreadsheet></office:body>'
                    '</office:document-content>')
        else:
            text = io.StringIO(newline='')
            tab = '\t' if path.suffix == '.tsv' else ','
            csv.writer(text, delimiter=tab).writerows(rows)
            path.write_text(text.getvalue(), newline='')

    return save
