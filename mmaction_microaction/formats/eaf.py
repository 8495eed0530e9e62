# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Parser of ELAN files (``.eaf``), with the times of all annotations as ELAN
shows them, in milliseconds of the annotation's clock.

A file has times for some annotations only. Time slots without a value are
spaced evenly between their neighbours in the tier (*Time Subdivision*). A
reference to an annotation of another tier has its time (*Symbolic
Association*), or an even share of it (*Symbolic Subdivision*).
"""
import os.path as osp
import re
import warnings
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import unquote
from xml.etree import ElementTree

from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.limits import read_limited
from .common import join_names

#: Property in our files: the author we set, a model. It may stay after
#: corrections in ELAN, so it is no observer.
SOURCE = 'mmaction-microaction:source'
Slots = Dict[str, Optional[int]]
Times = Dict[str, Tuple[int, int]]


class Annotation(NamedTuple):
    """An annotation: between two time slots, or on a ``parent``."""
    key: str
    text: str
    slots: Tuple[str, ...]
    parent: Optional[str]
    previous: Optional[str]


class Tier(NamedTuple):
    """A tier; its ``kind`` is the constraint of its linguistic type."""
    name: str
    parent: Optional[str]
    kind: Optional[str]
    vocabulary: Optional[str]
    rows: List[Annotation]


class Medium(NamedTuple):
    """A linked file; ``origin``: its time at 0 of the annotation, ms."""
    name: str
    is_video: bool
    origin: int


class Eaf(NamedTuple):
    """A file: tiers by name, parents first; times by annotation key, where
    known."""
    tiers: Dict[str, Tier]
    times: Times
    media: List[Medium]
    properties: Dict[str, Optional[str]]
    people: Tuple[str, str]  # participants and annotators


class _NoDoctype(ElementTree.TreeBuilder):
    """Takes no entities, which may lead to other files or multiply."""

    def doctype(self, *_: object) -> None:
        raise ValueError('it has a DOCTYPE, unlike the files of ELAN')


def read_eaf(path: str) -> Eaf:
    """Parse a file of any version; UserError for other content."""
    try:
        root = ElementTree.fromstring(
            read_limited(path, b'<'),
            ElementTree.XMLParser(target=_NoDoctype()))
        header, order = root.find('HEADER'), root.find('TIME_ORDER')
        if root.tag != 'ANNOTATION_DOCUMENT' or None in (header, order):
            raise ValueError(f'no header and time order in a <{root.tag}>')
        units = header.get('TIME_UNITS', 'milliseconds')
        if units != 'milliseconds':
            raise ValueError(f'times are in {units}, expected milliseconds')
        slots = _unique((x.attrib['TIME_SLOT_ID'], x.get('TIME_VALUE'))
                        for x in order.iter('TIME_SLOT'))
        slots = {key: _to_ms(x) if x else None for key, x in slots.items()}
        types = {x.get('LINGUISTIC_TYPE_ID'): x
                 for x in root.iter('LINGUISTIC_TYPE')}  # yapf: disable
        tiers = _unique((x.attrib['TIER_ID'], _read_tier(x, types))
                        for x in root.iter('TIER'))
        _unique((row.key, row) for x in tiers.values() for row in x.rows)
        order = sorted(tiers, key=lambda name: len(ancestors(tiers, name)))
        tiers = {name: tiers[name] for name in order}
        media = [_read_medium(x) for x in root.iter('MEDIA_DESCRIPTOR')]
        properties = {x.get('NAME'): x.text for x in header.iter('PROPERTY')}
    except (ElementTree.ParseError, KeyError, ValueError,
            LookupError) as error:
        raise UserError(f'{path}: expected an ELAN file (.eaf), but it '
                        f'cannot be parsed ({error})') from error
    subject, observer = (
        join_names(x.get(key) for x in root.iter('TIER'))
        for key in ('PARTICIPANT', 'ANNOTATOR'))
    if root.get('AUTHOR') != properties.get(SOURCE):
        observer = observer or root.get('AUTHOR', '')
    return Eaf(tiers, _find_times(tiers, slots), media, properties,
               (subject, observer))


def tiers_per_file(paths: Sequence[str],
                   tiers: Sequence[str]) -> List[List[str]]:
    """For each file, those of the tiers that it has; UserError for a tier in
    none of the ELAN files."""
    there: Dict[str, Sequence[str]] = {}
    for path in paths if tiers else ():
        if path.lower().endswith('.eaf'):
            try:
                there[path] = list(read_eaf(path).tiers)
            except (OSError, UserError):  # reported by its reader
                there[path] = tiers
    if there:
        known = dict.fromkeys(x for names in there.values() for x in names)
        check_tiers(', '.join(first_of(list(there))), tiers, list(known))
    return [[x for x in tiers if x in there.get(path, ())] for path in paths]


def check_tiers(where: str, tiers: Sequence[str],
                known: Sequence[str]) -> None:
    """UserError for unknown tiers."""
    missing = [x for x in tiers if x not in known]
    if missing:
        raise UserError(f'{where}: no tier {", ".join(missing)} (of --tier); '
                        f'the file has {", ".join(known)}')


def ancestors(tiers: Dict[str, Tier], name: str) -> List[str]:
    """Names of the parent tiers, nearest first."""
    found: List[str] = []
    parent = tiers[name].parent
    while parent in tiers and parent not in found:
        found.append(parent)
        parent = tiers[parent].parent
    return found


def find_origin(eaf: Eaf, path: str, media: Optional[str]) -> int:
    """Time of the video at 0 of the annotation, ms: ELAN's offset."""
    media = media and osp.basename(media)
    named = [x for x in eaf.media if x.name == (media or x.name)]
    if media and not named:
        raise UserError(
            f'{path}: no linked file is named {media!r}; expected one of '
            f'{", ".join(x.name for x in eaf.media) or "none"}')
    found = [x for x in named if x.is_video] or named
    if len({x.origin for x in found}) > 1:
        warnings.warn(
            f'{path}: its videos begin at different times; times are those of '
            f'{found[0].name}, unless --media (in Python media) selects '
            f'another: {", ".join(x.name for x in found[1:])}')
    return found[0].origin if found else 0


def _unique(pairs: Iterator[tuple]) -> dict:
    found = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'duplicate {key!r}')
        found[key] = value
    return found


def _to_ms(text: str) -> int:
    if abs(int(text)) >> 32:  # 50 days; the format's own limit
        raise ValueError(f'invalid time of {text} ms')
    return int(text)


def _read_tier(tier: ElementTree.Element, types: dict) -> Tier:
    kind = types.get(tier.get('LINGUISTIC_TYPE_REF'), {})
    rows = [
        Annotation(
            x.attrib['ANNOTATION_ID'],
            x.findtext('ANNOTATION_VALUE') or '',
            tuple(x.attrib[f'TIME_SLOT_REF{end}']
                  for end in '12') if x.tag == 'ALIGNABLE_ANNOTATION' else (),
            x.get('ANNOTATION_REF'), x.get('PREVIOUS_ANNOTATION'))
        for x in tier.iterfind('ANNOTATION/*')
    ]
    return Tier(tier.attrib['TIER_ID'], tier.get('PARENT_REF'),
                kind.get('CONSTRAINTS'), kind.get('CONTROLLED_VOCABULARY_REF'),
                rows)


def _read_medium(item: ElementTree.Element) -> Medium:
    link = item.get('RELATIVE_MEDIA_URL') or item.get('MEDIA_URL', '')
    return Medium(
        unquote(re.split(r'[/\\]', link)[-1]),
        item.get('MIME_TYPE', '').startswith('video'),
        _to_ms(item.get('TIME_ORIGIN') or '0'))


def _find_times(tiers: Dict[str, Tier], slots: Slots) -> Times:
    times: Times = {}
    for tier in tiers.values():
        _space_slots([row.slots for row in tier.rows if row.slots], slots)
        families: Dict[Optional[str], List[Annotation]] = {}
        for row in tier.rows:
            ends = tuple(slots.get(slot) for slot in row.slots)
            if row.slots and None not in ends:
                times[row.key] = ends
            elif row.parent in times:
                families.setdefault(row.parent, []).append(row)
        for parent, rows in families.items():
            start, end = times[parent]
            parts = len(rows) if tier.kind == 'Symbolic_Subdivision' else 1
            for i, row in enumerate(_in_order(rows)):
                first, last = ((end - start) * (i % parts + k) // parts
                               for k in (0, 1))
                times[row.key] = start + first, start + last
    return times


def _space_slots(limits: List[Tuple[str, ...]], slots: Slots) -> None:
    """Space slots without a time evenly, in whole steps as in ELAN. Parents
    come first, as shared slots are theirs."""
    after = dict(limits)
    for chain in map(list, limits):
        if slots.get(chain[0]) is None:
            continue
        while slots.get(
                chain[-1]) is None and chain[-1] in after and (len(chain)
                                                               <= len(after)):
            chain.append(after[chain[-1]])
        first, last = (slots.get(chain[i]) for i in (0, -1))
        if last is not None:
            step = (last - first) // (len(chain) - 1)
            for k, inner in enumerate(chain[1:-1], 1):
                slots[inner] = first + k * step


def _in_order(rows: List[Annotation]) -> List[Annotation]:
    """Annotations of one parent, in the order of their ``previous``."""
    after = {row.previous: row for row in rows}
    chain, row = [], after.pop(None, None)
    while row is not None:
        chain.append(row)
        row = after.pop(row.key, None)
    return chain if len(chain) == len(rows) else rows
