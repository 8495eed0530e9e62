# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""All files that can be made of a result, in one table."""
import os.path as osp
from dataclasses import dataclass
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from mmaction_microaction.formats import (label_studio_config, write_boris,
                                          write_boris_ethogram, write_elan,
                                          write_label_studio, write_webvtt)
from mmaction_microaction.inference.micro_action_inferencer import Progress
from mmaction_microaction.inference.pose_input import VideoPose
from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.results.tables import (write_frames_csv, write_json,
                                                 write_segments_csv)
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.visualization import (draw_timeline, write_overlay,
                                                write_report)


@dataclass(frozen=True, eq=False)
class Job:
    """Input of an output."""
    result: VideoResult
    video: str  # its file
    truth: Optional[List[Segment]] = None  # what is to be found, where known
    progress: Optional[Progress] = None
    pose: Optional[VideoPose] = None  # for the overlay


class Output(NamedTuple):
    """A kind of output: name of its file, its writer, which gets a path, and
    the names of further files."""
    file: str
    write: Callable[[Job, str], None]
    companions: Tuple[str, ...] = ()

    @property
    def files(self) -> Tuple[str, ...]:
        return (self.file, *self.companions)


def _tables(job: Job, path: str) -> None:
    write_segments_csv(job.result, path)
    write_frames_csv(job.result, osp.join(osp.dirname(path), 'frames.csv'),
                     VideoFile(job.video).times)


def _boris(job: Job, path: str) -> None:
    write_boris(job.result, path)
    write_boris_ethogram(
        osp.join(osp.dirname(path), 'boris_ethogram.xlsx'),
        job.result.taxonomy)


def _label_studio(job: Job, path: str) -> None:
    write_label_studio(job.result, path)
    with open(osp.splitext(path)[0] + '.xml', 'w', encoding='utf-8') as f:
        f.write(label_studio_config(job.result.video.fps, job.result.taxonomy))


def _timeline(job: Job, path: str) -> None:
    for ending in ('.png', '.svg'):
        draw_timeline(job.result, osp.splitext(path)[0] + ending, job.truth)


def _overlay(job: Job, path: str) -> None:
    write_overlay(job.result, job.video, path, job.progress, job.truth,
                  job.pose)


#: Name -> output, in the order in which they are made: quick ones first. A new
#: one is a line here, and its name in tools/infer.py; the page has it, too.
OUTPUTS: Dict[str, Output] = {
    'json':
    Output('predictions.json', lambda j, p: write_json(j.result, p)),
    'csv':
    Output('segments.csv', _tables, ('frames.csv', )),
    'webvtt':
    Output('segments.vtt', lambda j, p: write_webvtt(j.result, p)),
    'elan':
    Output('segments.eaf',
           lambda j, p: write_elan(j.result, p, media=j.video)),
    'boris':
    Output('segments.xlsx', _boris, ('boris_ethogram.xlsx', )),
    'label-studio':
    Output('label_studio.json', _label_studio, ('label_studio.xml', )),
    'timeline':
    Output('timeline.png', _timeline, ('timeline.svg', )),
    'report':
    Output('report.html',
           lambda j, p: write_report(j.result, p, j.video, truth=j.truth)),
    'overlay':
    Output('overlay.mp4', _overlay),
}
