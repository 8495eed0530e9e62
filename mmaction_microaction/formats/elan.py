# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of ELAN (``.eaf``), the annotation program of the Max Planck
Institute for Psycholinguistics.

A tier per body part (group), with its actions as controlled vocabulary. As
annotations of one tier cannot overlap, a body part that does two things at
once gets a further tier, ``head 2``, and so on. Scores are in a dependent
tier, ``head score``. Times are whole milliseconds.
"""
import math
import mimetypes
import os.path as osp
import re
from contextlib import suppress
from typing import Dict, List, Optional

from mmaction_microaction.results.spans import assign_lanes, in_order, to_span
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError, import_extra
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
    """Write the segments of a video as an ELAN file, ``.eaf``.

    The video, ``media`` or else ``result.video.path``, is linked relative to
    the file, so that both can be moved together.
    """
    pympi = import_extra('pympi', 'ELAN files')
    eaf = pympi.Eaf(author=to_xml_text(result.source))
    eaf.remove_tier('default')
    eaf.remove_linguistic_type('default-lt')
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
            in_order(s for s in result.segments if s.label.group_name == body))
    eaf.properties = [('lastUsedAnnotationId', eaf.maxaid)]
    eaf.add_property(_DURATION, f'{result.video.duration:.3f}')
    text = pympi.Elan.to_string(eaf)
    write_bytes(
        path,
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode() + b'\n')


def read_elan(path: str,
              strict: bool = True,
              taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Read the micro-actions of an ELAN file, of ours or of an annotator.

    Tiers may have any name. An annotation is the name of a micro-action or its
    manual code, in upper or lower case. A dependent tier ``<tier> score``
    holds scores, else they are 1; other dependent tiers are not looked at.

    Args:
        strict (bool): Whether an annotation that is no micro-action is an
            error or left out with a warning.

    Raises:
        ValueError: If it is no ELAN file, or an annotation cannot be read.
    """
    eaf = _parse(path)
    scores = _read_scores(eaf)
    segments, problems = [], []
    for tier, (annotations, *_) in eaf.tiers.items():
        for key, (start, end, text, _) in annotations.items():
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
    """Seconds of the video, which none but our files have, or None."""
    try:
        duration = float(dict(_parse(path).properties)[_DURATION])
    except (KeyError, ValueError):  # missing, or changed by hand
        return None
    return duration if 0 < duration < math.inf else None


def _add_types(eaf, taxonomy: Taxonomy) -> None:
    """Type and controlled vocabulary of every body part; type of scores."""
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
    pympi = import_extra('pympi', 'ELAN files')
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
                with suppress(ValueError):  # an annotator's remark
                    scores[parent] = float(text)
    return scores
