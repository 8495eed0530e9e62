# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of Label Studio: a task with predictions, and the labelling config.

Frames count from 1 and ranges include both ends: [0 s, 1 s) at 25 frames per
second is ``{"start": 1, "end": 25}``. The frame rate comes from the labelling
config, so that the two have to agree.

Source: the pages of the tags ``TimelineLabels`` and ``Video``, and the
converter in HumanSignal's own machine learning backend.
"""
import json
import math
from typing import Optional
from urllib.parse import quote
from xml.etree import ElementTree

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes

# Names of the tags in the labelling config, to which the results refer.
_LABELS = 'actions'
_VIDEO = 'video'


def write_label_studio(result: VideoResult,
                       path: str,
                       video_url: Optional[str] = None) -> None:
    """Write a task with the segments as predictions, to be imported.

    Args:
        video_url (str, optional): Where Label Studio finds the video. None:
            at the top of a local storage, ``/data/local-files/?d=<name>``.

    Raises:
        ValueError: If there are segments but no frame rate.
    """
    name = result.video.name.encode('utf-8', 'surrogateescape')
    url = video_url or f'/data/local-files/?d={quote(name)}'
    segments = in_order(result.segments)
    scores = [segment.score for segment in segments]
    prediction = dict(
        model_version=result.source or 'mmaction-microaction',
        score=sum(scores) / len(scores) if scores else 0.,
        result=[
            _result(number, segment, result)
            for number, segment in enumerate(segments, 1)
        ])
    tasks = [dict(data={_VIDEO: url}, predictions=[prediction])]
    write_bytes(path, json.dumps(tasks, indent=2).encode() + b'\n')


def label_studio_config(fps: Optional[float] = None,
                        taxonomy: Taxonomy = MA52) -> str:
    """The labelling config that belongs to :func:`write_label_studio`, XML to
    be pasted under *Labeling Setup > Custom template*.

    Args:
        fps (float, optional): Of the video. None: Label Studio assumes 24.

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
    """One range, in frames that count from 1, both ends included."""
    fps = _check_fps(result.video.fps)
    # The program counts from the player's zero, at an even rate.
    last = round(result.video.duration * fps) or math.inf
    start = min(round(segment.start * fps), last - 1)
    end = min(max(round(segment.end * fps), start + 1), last)
    return dict(
        id=f'segment_{number}',
        from_name=_LABELS,
        to_name=_VIDEO,
        type='timelinelabels',
        value=dict(
            ranges=[dict(start=start + 1, end=end)],
            timelinelabels=[segment.label.name]),
        score=segment.score)


def _check_fps(fps: float) -> float:
    if not 0 < fps < math.inf:
        raise UserError('Label Studio counts in frames, so the frame rate '
                        f'must be a positive number, but got {fps}')
    return fps
