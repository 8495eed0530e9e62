# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reader and writer of ELAN files (``.eaf``), the annotation program of the
Max Planck Institute for Psycholinguistics.

A tier per body part (group), with its actions as controlled vocabulary.
Annotations of one tier cannot overlap, so concurrent actions of a body part
get another tier, ``head 2``, and so on. A dependent tier ``head score`` holds
scores; ``head comment`` remarks of an annotator, and the word ``unsure``.
Times are whole milliseconds.
"""
import math
import mimetypes
import os.path as osp
import re
import warnings
from contextlib import suppress
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from mmaction_microaction.results.spans import (assign_lanes, sort_segments,
                                                to_span)
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import import_extra
from mmaction_microaction.utils.files import write_bytes
from .common import (join_unsure, parse_action, report_problems, split_unsure,
                     to_xml_text)
from .eaf import SOURCE, Eaf, ancestors, check_tiers, find_origin, read_eaf

_SCORE, _COMMENT, _OTHER = 'score', 'comment', 'other'
_IS_COMMENT = re.compile('comment|note|remark', re.I)
# Property in the head of the file, seconds.
_DURATION = 'mmaction-microaction:duration'
# ELAN's entry for an undetermined language.
_LANGUAGE = ('und', 'http://cdb.iso.org/lg/CDB-00130975-001',
             'undetermined (und)')

#: Other annotations, by tier: start, end (seconds), text.
Extra = Dict[str, List[Tuple[float, float, str]]]


class ElanFile(NamedTuple):
    """Content of an ELAN file."""
    segments: List[Segment]  # sorted by start
    duration: Optional[float]  # of the video, seconds; only in our files
    extra: Extra
    people: Tuple[str, str]  # participants, annotators


def write_elan(result: VideoResult,
               path: str,
               media: Optional[str] = None,
               extra: Optional[Extra] = None) -> None:
    """Write segments as an ELAN file.

    Args:
        result (VideoResult): Provides segments, label set and duration.
        path (str): Output file, ``.eaf``.
        media (str, optional): Video to link, relative to ``path``; by default
            ``result.video.path``.
        extra (dict, optional): Further tiers, see :data:`Extra`.
    """
    pympi = import_extra('pympi', 'ELAN files')
    eaf = pympi.Eaf(author=to_xml_text(result.source))
    eaf.remove_tier('default')
    eaf.remove_linguistic_type('default-lt')
    eaf.adocument.update({
        'VERSION':
        '3.0',
        'FORMAT':
        '3.0',
        'xsi:noNamespaceSchemaLocation':
        'http://www.mpi.nl/tools/elan/EAFv3.0.xsd'
    })
    eaf.header = dict(MEDIA_FILE='', TIME_UNITS='milliseconds')
    media = media or result.video.path
    if media:
        # ELAN looks for RELATIVE_MEDIA_URL, and expects no percent encoding.
        folder = osp.dirname(osp.abspath(path))
        link = to_xml_text(f'./{osp.relpath(media, folder)}')
        kind = mimetypes.guess_type(media)[0] or ''
        if not kind.startswith('video/'):
            kind = 'video/*'
        eaf.add_linked_file(f'file:///{link}', relpath=link, mimetype=kind)
    _add_types(eaf, result.taxonomy)
    for body in result.taxonomy.groups:
        _add_body(
            eaf, body,
            sort_segments(s for s in result.segments
                          if s.label.group_name == body))
    if extra:
        eaf.add_linguistic_type(_OTHER)
    for tier, rows in (extra or {}).items():
        tier = f'{tier} ({_OTHER})' if tier in eaf.tiers else tier
        eaf.add_tier(tier, _OTHER)
        for start, end, text in rows:
            first = max(0, round(1000 * start))
            last = max(first + 1, round(1000 * end))
            eaf.add_annotation(tier, first, last, to_xml_text(text))
    eaf.properties = [('lastUsedAnnotationId', eaf.maxaid)]
    eaf.add_property(_DURATION, f'{result.video.duration:.3f}')
    eaf.add_property(SOURCE, to_xml_text(result.source))
    text = pympi.Elan.to_string(eaf)
    write_bytes(
        path,
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode() + b'\n')


class _Mark(NamedTuple):
    """Score and comments of an annotation, from dependent tiers."""
    score: float = 1.
    unsure: bool = False
    comment: str = ''


def read_elan(path: str,
              strict: bool = True,
              taxonomy: Taxonomy = MA52,
              tiers: Sequence[str] = (),
              media: Optional[str] = None) -> List[Segment]:
    """The segments of :func:`read_elan_file`."""
    return read_elan_file(path, strict, taxonomy, tiers, media).segments


def read_elan_file(path: str,
                   strict: bool = True,
                   taxonomy: Taxonomy = MA52,
                   tiers: Sequence[str] = (),
                   media: Optional[str] = None) -> ElanFile:
    """Read the micro-actions of an ELAN file, of ours or of an annotator.

    Tiers may have any name. An annotation is a name or code of an action,
    case-insensitive; a final ``?`` or ``unsure``, or ``unsure`` in a dependent
    tier, marks doubt. Scores are read from a dependent tier ``<tier> score``
    (default 1), comments from one with ``comment`` in its name. ELAN's offset
    of the video is applied.

    Args:
        path (str): The file, ``.eaf``.
        strict (bool): Whether unknown actions are an error or skipped with a
            warning.
        taxonomy (Taxonomy): Label set of the annotations.
        tiers (Sequence[str]): Tiers to read; by default those with a known
            action. The others are ``extra``.
        media (str, optional): Linked file that defines the times; by default
            the first video.

    Raises:
        ValueError: If it is no ELAN file, or an annotation is malformed.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    eaf = read_eaf(path)
    origin = find_origin(eaf, path, media)
    chosen = _choose_tiers(eaf, path, taxonomy, tiers)
    marks, spent = _read_marks(eaf, chosen)
    segments, problems = [], []
    extra: Extra = {}
    rows = [(tier.name, row) for tier in eaf.tiers.values()
            if tier.name not in spent for row in tier.rows]
    for tier, row in rows:
        times = [(x + origin) / 1000 for x in eaf.times.get(row.key, ())]
        mark = marks.get(row.key) or marks.get(row.parent) or _Mark()
        action, unsure = parse_action(row.text, taxonomy)
        where = f'tier {tier!r}' + ''.join(f', {x:.3f} s' for x in times[:1])
        if tier not in chosen or unsure and not split_unsure(row.text)[0]:
            texts = row.text, mark.comment if tier in chosen else ''
            if times:
                extra.setdefault(tier, []).append(
                    (*times, '; '.join(filter(None, texts))))
        elif not times:
            problems.append(f'{where}: {row.text!r} has no time')
        elif action is None:
            problems.append(f'{where}: unknown micro-action {row.text!r}')
        elif not 0 <= times[0] < times[1]:
            problems.append(f'{where}: {row.text!r} ends at {times[1]:.3f} s')
        else:
            segments.append(
                Segment(*times, action.index, mark.score, taxonomy, unsure
                        or mark.unsure, mark.comment))
    if not chosen and rows:
        problems.append(f'no tier has a micro-action of {taxonomy.title}; the '
                        f'file has {", ".join(eaf.tiers)}')
    report_problems(problems, path, strict)
    _tell_extra(extra, chosen, path, bool(tiers))
    return ElanFile(sort_segments(segments), _duration(eaf), extra, eaf.people)


def _duration(eaf: Eaf) -> Optional[float]:
    try:
        duration = float(eaf.properties[_DURATION])
    except (KeyError, TypeError, ValueError):  # missing, or changed by hand
        return None
    return duration if 0 < duration < math.inf else None


def _choose_tiers(eaf: Eaf, path: str, taxonomy: Taxonomy,
                  tiers: Sequence[str]) -> List[str]:
    if tiers:
        check_tiers(path, tiers, list(eaf.tiers))
        return [name for name in eaf.tiers if name in tiers]
    chosen = []
    for name, tier in eaf.tiers.items():
        # Our own names, so that a tier of misspellings counts, too.
        names = {re.sub(r' \d+$', '', name), tier.vocabulary}
        ours = names & set(taxonomy.groups)
        if ours or any(parse_action(x.text, taxonomy)[0] for x in tier.rows):
            # A translation of, or a remark on, a chosen tier.
            above = set(ancestors(eaf.tiers, name)) & set(chosen)
            if not (above and str(tier.kind).startswith('Symbolic')):
                chosen.append(name)
    return chosen


def _read_marks(eaf: Eaf,
                chosen: List[str]) -> Tuple[Dict[str, _Mark], Set[str]]:
    """Marks by annotation, and the tiers that only hold marks."""
    marks: Dict[Optional[str], _Mark] = {}
    spent = set()
    known = {x for name in chosen for x in (name, *ancestors(eaf.tiers, name))}
    for tier in eaf.tiers.values():
        if tier.name in chosen or tier.parent not in known or any(
                row.slots for row in tier.rows):
            continue
        is_score = tier.name == f'{tier.parent} {_SCORE}'
        is_comment = bool(_IS_COMMENT.search(tier.name))
        spent.update([tier.name] * (is_score or is_comment))
        for row in tier.rows:
            mark = marks.get(row.parent, _Mark())
            if is_score:
                with suppress(ValueError):  # an annotator's remark
                    if 0 <= float(row.text) <= 1:
                        mark = mark._replace(score=float(row.text))
            else:
                text, unsure = split_unsure(row.text, True)
                texts = [mark.comment, text if is_comment else '']
                mark = mark._replace(
                    unsure=unsure or mark.unsure,
                    comment='; '.join(filter(None, texts)))
            marks[row.parent] = mark
    return marks, spent


def _tell_extra(extra: Extra, chosen: List[str], path: str,
                asked: bool) -> None:
    """Warn of annotations that were ignored, unless tiers were selected."""
    aside = [f'{name!r} ({len(rows)})' for name, rows in extra.items()
             if name not in chosen]  # yapf: disable
    doubts = sum(len(extra.get(name, ())) for name in chosen)
    if aside and not asked:
        warnings.warn(f'{path}: ignored tiers (annotations) without '
                      f'micro-actions: {", ".join(aside)}; select tiers with '
                      '--tier (in Python tiers)')
    if doubts:
        warnings.warn(f'{path}: ignored {doubts} annotations that mark '
                      'something as unsure but name no micro-action')


def _add_types(eaf, taxonomy: Taxonomy) -> None:
    """Add linguistic types and controlled vocabularies."""
    eaf.add_language(*_LANGUAGE)
    for body in taxonomy.groups:
        eaf.add_controlled_vocabulary(body)
        for action in taxonomy.members(body):
            code = re.sub(r'[^\w.-]', '_', action.code)  # an id of XML
            eaf.add_cv_entry(body, f'cveid_{code}',
                             [(action.name, _LANGUAGE[0], action.code)])
        kind = dict(TIME_ALIGNABLE='true', GRAPHIC_REFERENCES='false')
        kind.update(LINGUISTIC_TYPE_ID=body, CONTROLLED_VOCABULARY_REF=body)
        eaf.add_linguistic_type(body, param_dict=kind)
    for kind in (_SCORE, _COMMENT):
        eaf.add_linguistic_type(kind, 'Symbolic_Association', False)


def _add_body(eaf, body: str, segments: List[Segment]) -> None:
    """Add the tiers of one body part; segments sorted by start."""
    spans = [to_span(segment) for segment in segments]
    lanes = assign_lanes(spans)
    eaf.add_tier(body, body)
    for lane in range(max(lanes, default=0) + 1):
        tier = body if lane == 0 else f'{body} {lane + 1}'
        if lane:
            eaf.add_tier(tier, body)
        for kind in (_SCORE, _COMMENT):
            eaf.add_tier(f'{tier} {kind}', kind, parent=tier)
        for segment, span, its_lane in zip(segments, spans, lanes):
            if its_lane == lane:
                eaf.add_annotation(tier, *span, segment.label.name)
                parent, remark = f'a{eaf.maxaid}', join_unsure(segment)
                _refer(eaf, f'{tier} {_SCORE}', parent, f'{segment.score:.4f}')
                if remark:
                    _refer(eaf, f'{tier} {_COMMENT}', parent, remark)


def _refer(eaf, tier: str, parent: str, text: str) -> None:
    # pympi's add_ref_annotation searches the whole tier by time.
    key = eaf.generate_annotation_id()
    eaf.annotations[key] = tier
    eaf.tiers[tier][1][key] = (parent, to_xml_text(text), None, None)
