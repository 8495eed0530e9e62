# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reader and writer of Label Studio files: tasks with predictions, labelling
configs, and the exports JSON and JSON_MIN.

Frames are 1-based and ranges inclusive: [0 s, 1 s) at 25 Hz is ``{"start": 1,
"end": 25}``. The frame rate must match that of the labelling config; our tasks
have it in their data, which exports keep.

Source: the pages of the tags ``TimelineLabels`` and ``Video``, the converter
in HumanSignal's own machine learning backend, and that of ``label-studio-sdk``
2.1.
"""
import json
import math
import warnings
from typing import Iterator, List, Optional, Tuple
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from .common import join_unsure, load_json, pick, to_segments

# Names of the tags in the labelling config, to which the results refer.
_LABELS = 'actions'
_VIDEO = 'video'
_KIND = 'timelinelabels'


def write_label_studio(result: VideoResult,
                       path: str,
                       video_url: Optional[str] = None) -> None:
    """Write a task with the segments as predictions, for import.

    Args:
        result (VideoResult): Provides segments and frame rate.
        path (str): Output file, ``.json``.
        video_url (str, optional): URL of the video in Label Studio. None: in
            the root of a local storage, ``/data/local-files/?d=<name>``.

    Raises:
        ValueError: If there are segments but no frame rate.
    """
    name = result.video.name.encode('utf-8', 'surrogateescape')
    url = video_url or f'/data/local-files/?d={quote(name)}'
    segments = sort_segments(result.segments)
    scores = [segment.score for segment in segments]
    prediction = dict(
        model_version=result.source or 'mmaction-microaction',
        score=round(sum(scores) / len(scores), 4) if scores else 0.,
        result=[
            _result(number, segment, result)
            for number, segment in enumerate(segments, 1)
        ])
    data = {_VIDEO: url}
    if 0 < result.video.fps < math.inf:
        data.update(fps=result.video.fps)
    tasks = [dict(data=data, predictions=[prediction])]
    write_bytes(path, json.dumps(tasks, indent=2).encode() + b'\n')


def read_label_studio(path: str,
                      strict: bool = True,
                      taxonomy: Taxonomy = MA52,
                      fps: Optional[float] = None,
                      name: str = '') -> List[Segment]:
    """The segments of :func:`read_label_studio_file`."""
    return read_label_studio_file(path, strict, taxonomy, fps, name)[0]


def read_label_studio_file(path: str,
                           strict: bool = True,
                           taxonomy: Taxonomy = MA52,
                           fps: Optional[float] = None,
                           name: str = '') -> Tuple[List[Segment], str]:
    """Read an export (JSON or JSON_MIN) or one of our tasks. Cancelled
    annotations are ignored; without annotations, predictions are read.

    Args:
        path (str): The file, ``.json``.
        strict (bool): Whether unknown labels are an error or skipped with a
            warning.
        taxonomy (Taxonomy): Label set of the labels.
        fps (float, optional): Frame rate of the labelling config, Hz. None:
            from the data of the task.
        name (str): Selects one of several annotations: its id, annotator or
            video.

    Returns:
        tuple: Segments by start, annotator.

    Raises:
        ValueError: If it is no such file, or a range is malformed.
    """
    tasks = load_json(path, 'a Label Studio export')
    try:
        tasks = tasks if isinstance(tasks, list) else [tasks]
        found = [x for task in tasks for x in _annotations(task)]
        who, data, values = pick(path, found, name, 'annotation')
        ours = [x for x in values if _KIND in x]
        fps = fps or data.get('fps')
        if ours and not fps:
            raise UserError(
                f'{path}: no frame rate, and Label Studio counts frames; set '
                '--fps to the frameRate of the labelling config (24 if it has '
                'none)')
        fps = _check_fps(float(fps or 1))
        entries = [
            (f'frames {x["start"]} to {x["end"]}', label,
             (x['start'] - 1) / fps, x['end'] / fps,
             float(value.get('score', 1.)), ' '.join(value.get('meta', ())))
            # A region may have lost its label; that is told, too.
            for value in ours for label in value[_KIND] or ['']
            for x in value['ranges']
        ]
    except UserError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f'{path}: expected a Label Studio export (JSON '
                        f'or JSON_MIN), but got {error!r}') from error
    if len(ours) < len(values):
        warnings.warn(f'{path}: omitted {len(values) - len(ours)} results '
                      'that are not timeline labels')
    return to_segments(path, entries, strict, taxonomy), str(who or '')


def _annotations(task: dict) -> Iterator[Tuple[list, tuple]]:
    """Annotations of a task: names; annotator, data of the task, values."""
    data = task.get('data', task)
    url = str(data.get(_VIDEO) or next(iter(data.values()), ''))
    video = unquote(url).replace('?d=', '/').split('/')[-1]
    if 'data' not in task:  # JSON_MIN: an annotation each
        names = [task['annotation_id'], task.get('annotator'), video]
        values = [
            x for y in task.values() if isinstance(y, list) for x in y
            if isinstance(x, dict)
        ]
        yield names, (names[1], data, values)
        return
    kind = 'annotations' if 'annotations' in task else 'predictions'
    for item in task[kind]:
        if not item.get('was_cancelled'):
            who = item.get('completed_by') or item.get('model_version')
            who = who.get('email') if isinstance(who, dict) else who
            names = [item.get('id', kind), who, video]
            values = [{
                'score': 1. if x.get('score') is None else x['score'],
                'meta': x.get('meta', {}).get('text', ()),
                **x['value']
            } for x in item['result'] if 'value' in x]
            yield names, (who, data, values)


def label_studio_config(fps: Optional[float] = None,
                        taxonomy: Taxonomy = MA52) -> str:
    """The labelling config for :func:`write_label_studio`, XML to paste under
    *Labeling Setup > Custom template*.

    Args:
        fps (float, optional): Frame rate, Hz. None: Label Studio assumes 24.
        taxonomy (Taxonomy): Provides labels and colours.

    Raises:
        ValueError: If ``fps`` is not a positive number.
    """
    view = ElementTree.Element('View')
    video = dict(name=_VIDEO, value=f'${_VIDEO}', timelineHeight='160')
    if fps is not None:
        video['frameRate'] = f'{_check_fps(fps):.6g}'
    ElementTree.SubElement(view, 'Video', video)
    labels = ElementTree.SubElement(
        view, 'TimelineLabels', name=_LABELS, toName=_VIDEO)
    for action in taxonomy.labels:
        colour = taxonomy.colours[action.group]
        ElementTree.SubElement(
            labels, 'Label', value=action.name, background=colour)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding='unicode') + '\n'


def _result(number: int, segment: Segment, result: VideoResult) -> dict:
    """One range in frames, 1-based and inclusive."""
    fps = _check_fps(result.video.fps)
    # Label Studio counts from 0 s at a constant rate.
    last = round(result.video.duration * fps) or math.inf
    start = min(round(segment.start * fps), last - 1)
    end = min(max(round(segment.end * fps), start + 1), last)
    remark = join_unsure(segment)
    return dict(
        id=f'segment_{number}',
        from_name=_LABELS,
        to_name=_VIDEO,
        type=_KIND,
        value=dict(
            ranges=[dict(start=start + 1, end=end)],
            timelinelabels=[segment.label.name]),
        score=round(float(segment.score), 4),
        **(dict(meta=dict(text=[remark])) if remark else {}))


def _check_fps(fps: float) -> float:
    if not 0 < fps < math.inf:
        raise UserError('Label Studio counts in frames, so the frame rate '
                        f'must be a positive number, but got {fps}')
    return fps
