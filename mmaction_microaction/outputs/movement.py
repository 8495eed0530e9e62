# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Outputs of ``tools/movement.py`` from a :class:`MovementResult`."""
import csv
import json
from functools import lru_cache
from typing import Dict

from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.kinematics import (MovementResult, MovementSettings,
                                             measure_movement)
from mmaction_microaction.pose import KeypointLayout, require_layout
from mmaction_microaction.results.tables import write_segments_csv
from mmaction_microaction.utils.files import atomic_text_file, write_bytes
from mmaction_microaction.visualization import write_overlay, write_report
from mmaction_microaction.visualization.curves import draw_curves
from .outputs import OUTPUTS, Job, Output

_TALLEST = 720  # pixels of the overlay: it is to be watched, not measured


def measure_source(
    source: VideoFile, settings: MovementSettings = MovementSettings()
) -> MovementResult:
    """Movement of the person in a video whose pose is known; UserError
    unless its points are those of ``openpose28``."""
    entry = source.pose.entry
    require_layout(entry, KeypointLayout.load('openpose28'))
    result = measure_movement(entry['keypoint'][0], entry['keypoint_score'][0],
                              source.info(), source.times, settings)
    result.settings.update(source.pose.facts)
    return result


def write_curves(result: MovementResult, path: str) -> None:
    """Write ``curves.csv``: a row per frame; empty cells without the
    points."""
    curves = result.curves
    with atomic_text_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(['frame', *curves])
        for i, row in enumerate(zip(*curves.values())):
            writer.writerow([
                i, *(x if isinstance(x, str) else '' if x != x else f'{x:.4f}'
                     for x in row)
            ])


def write_movement_summary(result: MovementResult, path: str) -> None:
    """Write ``summary.json``: the dominant part (one of seven, or null), the
    amount of movement of each, and the share of frames with each point set."""
    content = dict(
        video=result.video.name,
        duration=round(result.video.duration, 3),
        dominant_part=result.dominant_part,
        amounts={
            k: round(v, 4)
            for k, v in result.amounts.items()
        },
        seen={
            k: round(v, 4)
            for k, v in result.seen.items()
        },
        notes=result.settings['notes'],
        provenance=result.provenance)
    with atomic_text_file(path) as file:
        json.dump(content, file, indent=1)


def _curves(job: Job, path: str) -> None:
    write_curves(job.result, path)
    write_bytes(path[:-3] + 'png', _picture(job))


@lru_cache(maxsize=1)  # for two outputs
def _picture(job: Job) -> bytes:
    return draw_curves(job.result.curves)


def _report(job: Job, path: str) -> None:
    result = job.result
    write_report(
        result, path, job.video, measured=dict(
            seen=result.seen, amounts=result.amounts,
            dominant=result.dominant_part,
            curves=_picture(job)))  # yapf: disable


def _overlay(job: Job, path: str) -> None:
    write_overlay(job.result, job.video, path, job.progress, None, job.pose,
                  _TALLEST)


#: As ``OUTPUTS``, without what needs a model's scores.
MOVEMENT_OUTPUTS: Dict[str, Output] = {
    'json': OUTPUTS['json'],
    'summary': Output(
        'summary.json', lambda j, p: write_movement_summary(j.result, p)),
    'csv': Output('segments.csv', lambda j, p: write_segments_csv(j.result, p)
                  ),
    'curves': Output('curves.csv', _curves, ('curves.png', )),
    **{name: OUTPUTS[name] for name in ('webvtt', 'elan', 'boris',
                                        'label-studio', 'timeline')},
    'report': Output('report.html', _report),
    'overlay': Output('overlay.mp4', _overlay),
}  # yapf: disable
