# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reader and writer of WebVTT subtitles, such as ``head: nodding (87 %)``."""
import re
from html import escape, unescape
from math import nan
from typing import Iterator, List

from mmaction_microaction.results.spans import sort_segments, to_span
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.utils.limits import read_limited
from .common import parse_action, to_segments

_TIME = r'(?:(\d{1,4}):)?(\d\d):(\d\d)\.(\d{3})'


def write_webvtt(result: VideoResult, path: str) -> None:
    """Write the segments of a video as subtitles, ``.vtt``."""
    cues = [_cue(segment) for segment in sort_segments(result.segments)]
    write_bytes(path, '\n\n'.join(['WEBVTT', *cues, '']).encode())


def read_webvtt(path: str,
                strict: bool = True,
                taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Read subtitles in our form; body part and score (default 1) are
    optional: ``nodding``.

    Args:
        path (str): The file, ``.vtt``.
        strict (bool): Whether unknown actions are an error or skipped with a
            warning.
        taxonomy (Taxonomy): Label set of the cues.

    Returns:
        list[Segment]: Sorted by start.

    Raises:
        ValueError: If it is no WebVTT, or a cue is malformed.
    """
    text = read_limited(path, b'\n').decode('utf-8-sig', 'replace')
    text = re.sub('\r\n?', '\n', text)
    if not text.startswith('WEBVTT'):
        raise UserError(f'{path}: expected subtitles that begin with WEBVTT')
    return to_segments(path, _cues(text, taxonomy), strict, taxonomy)


def _cues(text: str, taxonomy: Taxonomy) -> Iterator[tuple]:
    """Location, action, start, end, score and comment of each cue."""
    for block in re.split(r'\n{2,}', text):
        head, arrow, _ = block.partition('-->')
        if not arrow or head.startswith(('NOTE', 'STYLE', 'REGION')):
            continue
        # An identifier may stand above the times.
        times, *lines = block[head.rfind('\n') + 1:].splitlines()
        text = unescape(re.sub('<[^<>]*>', '', ' '.join(lines)))
        words = ' '.join(text.split())  # &#10; is a blank, too
        name, score = re.fullmatch(r'(.*?)(?: \((\d{1,3}) ?%\))?',
                                   words).groups()
        action = name.partition(': ')[2]
        start, end, *_ = (*(round(
            sum(
                int(x or 0) * unit
                for x, unit in zip(parts, (3600, 60, 1, .001))), 3)
                            for parts in re.findall(_TIME, times)), nan, nan)
        yield (times, action if parse_action(action, taxonomy)[0] else name,
               start, end, int(score or 100) / 100, '')


def _cue(segment: Segment) -> str:
    start, end = map(_timestamp, to_span(segment))
    label = segment.label
    name = label.name + ' ?' * segment.unsure
    text = f'{label.group_name}: {name} ({100 * segment.score:.0f} %)'
    return f'{start} --> {end}\n{escape(text, quote=False)}'


def _timestamp(milliseconds: int) -> str:
    """``hh:mm:ss.mmm``."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours:02}:{minutes:02}:{seconds:02}.{rest:03}'
