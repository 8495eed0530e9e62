# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of ELAN (``.eaf``), the annotation program of the Max Planck
Institute for Psycholinguistics.

A tier per body part (group of the label set), with the names of its actions
as controlled vocabulary. Annotations of one tier cannot overlap in ELAN, so a
body part that does two things at once gets a further tier, ``head 2``, and so
on. Scores are in a dependent tier, ``head score``, one for each annotation.
Times are whole milliseconds.
"""
import math
import mimetypes
import os.path as osp
import re
from typing import Collection, Dict, List, Optional

from mmaction_microaction.results.spans import assign_lanes, in_order, to_span
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from .common import find_action, report_problems, to_xml_text

_SCORE = 'score'
# Property in the head of the file, seconds.
_DURATION = 'mmaction-microaction:duration'
# ELAN marks texts of no particular language by this entry.
_LANGUAGE = ('und', 'http://cdb.iso.org/lg/CDB-00130975-001',
             'undetermined (und)')


def write_elan(result: VideoResult,
               path: str,
               media: Optional[str] = None) -> None:
    """Write the segments of a video as an ELAN file.

    The video is linked relative to the file, so that both can be moved
    together. Only the way from the one to the other is written down.

    Args:
        result (VideoResult): The segments, and where the video is.
        path (str): The ``.eaf`` to write.
        media (str, optional): The video to link, if it is not
            ``result.video.path``.

    Raises:
        ImportError: If pympi-ling is not installed.
    """
    pympi = _import_pympi()
    eaf = pympi.Eaf(author=to_xml_text(result.source))
    eaf.remove_tier('default')
    eaf.remove_linguistic_type('default-lt')
    eaf.header = dict(MEDIA_FILE='', TIME_UNITS='milliseconds')
    media = media or result.video.path
    if media:
        link = './' + osp.relpath(media, osp.dirname(osp.abspath(path)))
        link = to_xml_text(link)
        # The file's place is looked up in RELATIVE_MEDIA_URL; ELAN does not
        # expect either of them to be percent-encoded.
        kind = mimetypes.guess_type(media)[0] or ''
        if not kind.startswith('video/'):
            kind = 'video/*'
        eaf.add_linked_file(f'file:///{link}', relpath=link, mimetype=kind)
    _add_types(eaf, result.taxonomy)
    for body in result.taxonomy.groups:
        _add_body(
            eaf, body,
            in_order(s for s in result.segments if s.label.group_name == body))
    eaf.properties = [('lastUsedAnnotationId', eaf.maxaid)]
    eaf.add_property(_DURATION, f'{result.video.duration:.3f}')
    text = pympi.Elan.to_string(eaf)
    write_bytes(
        path,
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode() + b'\n')


def read_elan(path: str,
              strict: bool = True,
              tiers: Optional[Collection[str]] = None,
              taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Read the micro-actions of an ELAN file, of ours or of an annotator.

    Tiers may have any name. An annotation is the name of a micro-action or its
    manual code; upper and lower case are the same. A dependent tier
    ``<tier> score`` holds scores, where there is none the score is 1; other
    dependent tiers are not looked at.

    Args:
        path (str): The ``.eaf``.
        strict (bool): Whether an annotation that is no micro-action is an
            error; if not, it is left out with a warning.
        tiers (Collection[str], optional): To read. None: all.
        taxonomy (Taxonomy): The label set.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If pympi-ling is not installed.
        ValueError: If it is no ELAN file, a tier is missing, or if ``strict``
            and an annotation is no micro-action, naming tier and time.
    """
    eaf = _parse(path)
    if tiers is None:
        tiers = eaf.tiers
    missing = [name for name in tiers if name not in eaf.tiers]
    if missing:
        raise UserError(f'{path}: no tier {missing[0]!r}; its tiers are '
                        f'{sorted(eaf.tiers)}')
    scores = _read_scores(eaf)
    segments, problems = [], []
    for tier in tiers:
        for key, (start, end, text, _) in eaf.tiers[tier][0].items():
            start, end = eaf.timeslots.get(start), eaf.timeslots.get(end)
            if start is None or end is None:
                # Only the outer ends of a subdivided annotation have times.
                problems.append(f'tier {tier!r}: {text!r} has no time')
                continue
            where = f'tier {tier!r}, {start / 1000:.3f} s'
            action = find_action(text, taxonomy)
            if action is None:
                problems.append(f'{where}: unknown micro-action {text!r}')
            elif not 0 <= start < end:
                problems.append(f'{where}: {text!r} ends at {end / 1000:.3f}')
            else:
                segments.append(
                    Segment(start / 1000, end / 1000, action.index,
                            scores.get(key, 1.), taxonomy))
    report_problems(problems, path, strict)
    return in_order(segments)


def read_elan_duration(path: str) -> Optional[float]:
    """Seconds of the video, which ELAN itself does not write down; None if the
    file is not one of ours. Errors as of :func:`read_elan`."""
    properties = dict(_parse(path).properties)
    try:
        duration = float(properties.get(_DURATION))
    except (TypeError, ValueError):  # missing, or changed by hand
        return None
    return duration if 0 < duration < math.inf else None


def _import_pympi():
    try:
        import pympi
    except ImportError as error:
        raise ModuleNotFoundError('ELAN files need pympi-ling: pip install '
                                  '"mmaction-microaction[export]"') from error
    return pympi


def _add_types(eaf, taxonomy: Taxonomy) -> None:
    """Type and controlled vocabulary of every body part; type of scores."""
    eaf.add_language(*_LANGUAGE)
    for body in taxonomy.groups:
        eaf.add_controlled_vocabulary(body)
        for action in taxonomy.members(body):
            code = re.sub(r'[^\w.-]', '_', action.code)  # an id of XML
            eaf.add_cv_entry(body, f'cveid_{code}',
                             [(action.name, _LANGUAGE[0], action.code)])
        eaf.add_linguistic_type(
            body,
            param_dict=dict(
                LINGUISTIC_TYPE_ID=body,
                TIME_ALIGNABLE='true',
                GRAPHIC_REFERENCES='false',
                CONTROLLED_VOCABULARY_REF=body))
    eaf.add_linguistic_type(_SCORE, 'Symbolic_Association', False)


def _add_body(eaf, body: str, segments: List[Segment]) -> None:
    """The tiers of one body part; its segments come by start."""
    spans = [to_span(segment) for segment in segments]
    lanes = assign_lanes(spans)
    eaf.add_tier(body, body)
    for lane in range(max(lanes, default=-1) + 1):
        tier = body if lane == 0 else f'{body} {lane + 1}'
        if lane:
            eaf.add_tier(tier, body)
        eaf.add_tier(f'{tier} {_SCORE}', _SCORE, parent=tier)
        for segment, span, its_lane in zip(segments, spans, lanes):
            if its_lane == lane:
                eaf.add_annotation(tier, *span, segment.label.name)
                # pympi's add_ref_annotation searches the whole tier by time.
                parent = f'a{eaf.maxaid}'
                key = eaf.generate_annotation_id()
                eaf.annotations[key] = f'{tier} {_SCORE}'
                eaf.tiers[f'{tier} {_SCORE}'][1][key] = (
                    parent, f'{segment.score:.4f}', None, None)


def _parse(path: str):
    pympi = _import_pympi()
    if not osp.isfile(path):
        raise FileNotFoundError(f'no ELAN file {path}')
    try:
        return pympi.Eaf(path, suppress_version_warning=True)
    except Exception as error:  # pympi raises plain ones for broken XML
        raise UserError(f'{path}: expected an ELAN file (.eaf), but it '
                        f'cannot be parsed ({error!r})') from error


def _read_scores(eaf) -> Dict[str, float]:
    """Score by the id of the annotation it belongs to."""
    scores = {}
    for tier, (_, references, attributes, _) in eaf.tiers.items():
        if tier == f'{attributes.get("PARENT_REF")} {_SCORE}':
            for parent, text, _, _ in references.values():
                try:
                    scores[parent] = float(text)
                except ValueError:  # an annotator's remark
                    continue
    return scores
