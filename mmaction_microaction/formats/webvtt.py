# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Subtitles (WebVTT), which any player shows over the video, such as ``head:
nodding (87 %)``."""
from html import escape

from mmaction_microaction.results.spans import in_order, to_span
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.files import write_bytes


def write_webvtt(result: VideoResult, path: str) -> None:
    """Write the segments of a video as subtitles, ``.vtt``."""
    cues = [_cue(segment) for segment in in_order(result.segments)]
    write_bytes(path, '\n\n'.join(['WEBVTT', *cues, '']).encode())


def _cue(segment: Segment) -> str:
    start, end = map(_timestamp, to_span(segment))
    label = segment.label
    text = f'{label.group_name}: {label.name} ({100 * segment.score:.0f} %)'
    return f'{start} --> {end}\n{escape(text, quote=False)}'


def _timestamp(milliseconds: int) -> str:
    """``hh:mm:ss.mmm``."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours:02}:{minutes:02}:{seconds:02}.{rest:03}'
