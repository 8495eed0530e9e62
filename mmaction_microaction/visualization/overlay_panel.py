# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The panel of an overlay video, below the picture so that it covers nothing,
such as a hand on a knee at the lower edge. Lengths are pixels."""
from functools import lru_cache
from typing import Dict, Optional, Sequence, Tuple

import numpy as np
from PIL import Image, ImageDraw
from PIL.ImageColor import getrgb

from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52
from .style import (THEMES, action_colour, fade, format_time, load_font, mix,
                    text_colour)

_THEME = THEMES['dark']
_TOP = 3
_SMALLEST_FONT = 13
# Size of the font as a share of the picture: 34 letters fit beside the
# figure, and the panel does not get higher than a third of a picture.
_FONT_OF_SIZE = 1 / 34
_WIDE = 56  # font sizes; from there on segments stand beside the bars

# The figure: what of it belongs to MA-52's body parts, in their order, and
# strokes as (width, x, y, x, y, ...), in units of the height, on both sides of
# its middle at 0.
_PARTS = (('torso', ), ('head', ), ('arms', 'hands'), ('legs', ),
          ('torso', 'hands'), ('head', 'hands'), ('legs', 'hands'))
_STROKES = dict(
    torso=(0.2, 0.0, 0.36, 0.0, 0.52),
    arms=(0.075, 0.165, 0.32, 0.225, 0.45, 0.215, 0.54),
    legs=(0.095, 0.065, 0.68, 0.08, 0.80, 0.08, 0.93),
    hands=(0.105, 0.215, 0.6, 0.215, 0.605),
    head=(0.2, 0.0, 0.115, 0.0, 0.12))
_ASPECT = 0.6  # width to height
_OVERSAMPLING = 4

Moment = Tuple[Segment, ...]


class OverlayPanel:
    """Draws the panel of any time, ``height`` (even) high, below a picture of
    ``size``, height and width."""

    def __init__(self,
                 result: VideoResult,
                 size: Tuple[int, int],
                 truth: Optional[Sequence[Segment]] = None) -> None:
        self._result, self._taxonomy = result, result.taxonomy
        self.width = size[1]
        side = min(size[1], max(size[0], size[1] / 2))
        self._size = size = max(_SMALLEST_FONT, round(side * _FONT_OF_SIZE))
        self._font = load_font(size)
        self._margin, self._line = round(0.7 * size), round(1.75 * size)
        self._origins = [('', result.segments)] if truth is None else \
            [('true', truth), ('model', result.segments)]
        self._is_wide = self.width >= _WIDE * size
        rows = _TOP if self._is_wide else _TOP + len(self._origins)
        self._strip_top = self._margin + rows * self._line + self._margin // 2
        self._strip = self._draw_strip()
        height = self._strip_top + len(self._strip) + self._margin
        self.height = height + height % 2
        # Most frames look like the one before.
        self._draw_still = lru_cache(maxsize=1)(self._draw_still)
        self._draw_moment = lru_cache(maxsize=1)(self._draw_moment)

    def draw(self, time: float) -> np.ndarray:
        """The panel at a time in seconds, (height, width, 3) uint8 RGB."""
        current = tuple(
            tuple(s for s in segments if s.start <= time < s.end)
            for _, segments in self._origins)
        share = min(time / max(self._result.video.duration, 1e-9), 1)
        cursor = self._margin + round(share * (self._strip.shape[1] - 1))
        starts, ends = self._result.step_starts, self._result.step_ends
        step = int(np.searchsorted(starts, time + 1e-6, 'right')) - 1
        if step < 0 or time >= ends[step] + 1e-6:
            step = None  # the model has not looked
        return self._draw_moment(step, current, self._clock(time), cursor)

    def _clock(self, time: float) -> str:
        total = self._result.video.duration
        return f'{format_time(time, 0.1)} / {format_time(total, 0.1)}'

    def _draw_moment(self, step: Optional[int], current: Tuple[Moment, ...],
                     clock: str, cursor: int) -> np.ndarray:
        panel = Image.fromarray(self._draw_still(step, current))
        pen = ImageDraw.Draw(panel)
        top, bottom = self._strip_top, self._strip_top + len(self._strip)
        right, middle = self.width - self._margin, (top + bottom) / 2
        self._write(pen, right, middle, clock, 'muted', 'rm')
        left, wide = cursor - self._size // 24, max(1, self._size // 12)
        pen.rectangle((left, top - 3, left + wide - 1, bottom + 2), _THEME.ink)
        return np.asarray(panel)

    def _write(self, pen, x, y, text, colour='ink', anchor='lm') -> None:
        colour = getattr(_THEME, colour, colour)
        pen.text((x, y), text, colour, self._font, anchor)

    def _draw_still(self, step: Optional[int],
                    current: Tuple[Moment, ...]) -> np.ndarray:
        """All but clock and cursor."""
        image = Image.new('RGB', (self.width, self.height), _THEME.paper)
        pen = ImageDraw.Draw(image)
        scores = np.zeros(self._taxonomy.num_classes) if step is None else \
            self._result.step_scores[step]
        best = np.argsort(-scores, kind='stable')[:_TOP]
        margin, line = self._margin, self._line
        left, right = margin, self.width - margin
        if self._taxonomy.groups == MA52.groups:
            figure = self._draw_figure(current[-1], scores, int(best[0]))
            image.paste(figure, (margin, margin))
            left += margin + figure.width
        x, y = margin, margin + _TOP * line
        if self._is_wide:
            right = round(0.58 * self.width)
            x, y = right + 2 * margin, margin
        for row, k in enumerate(best.tolist()):
            place = left, margin + row * line, right
            self._draw_bar(pen, *place, k, float(scores[k]))
        for (title, _), segments in zip(self._origins, current):
            self._draw_names(pen, x, y, title, segments)
            y += line
        image.paste(Image.fromarray(self._strip), (margin, self._strip_top))
        return np.asarray(image)

    def _draw_figure(self, current: Moment, scores: np.ndarray,
                     best: int) -> Image.Image:
        """Lit by the segments, or faintly by the best score."""
        lit = {s.label.group: s.score for s in current}
        if not lit and scores[best] > 0:
            lit = {self._taxonomy.group_of[best]: float(scores[best]) / 2}
        rest = mix(_THEME.line, _THEME.muted, 0.8)
        shades = {}
        for body, score in lit.items():
            shade = fade(MA52.colours[body], score, rest)
            shades.update(dict.fromkeys(_PARTS[body], shade))
        return _draw_pictogram(_TOP * self._line, shades, rest)

    def _draw_bar(self, pen: ImageDraw.ImageDraw, left: int, top: int,
                  right: int, action: int, score: float) -> None:
        """Name, bar and percent."""
        size, length = self._size, self._font.getlength
        bottom = top + self._line - round(0.3 * size)
        middle = (top + bottom) / 2
        end = right - round(length('100 %')) - size // 2
        radius = max(2, size // 5)
        pen.rounded_rectangle((left, top, end, bottom), radius, _THEME.lane)
        if score <= 0:
            return
        label = self._taxonomy.labels[action]
        colour = self._taxonomy.colours[label.group]
        filled = left + round(score * (end - left))
        if filled > left + 1:
            radius = min(radius, (filled - left) // 2)
            pen.rounded_rectangle((left, top, filled, bottom), radius,
                                  mix(colour, _THEME.lane, 0.6))
        pen.rectangle((left, top, left + max(2, size // 4), bottom), colour)
        x = left + round(0.7 * size)
        name = _shorten(label.name, size, end - left - size)
        self._write(pen, x, middle, name)
        x += round(length(name)) + size // 2
        if x + length(label.group_name) < end - size // 2:
            ink = mix(_THEME.ink, colour, 0.7)
            self._write(pen, x, middle, label.group_name, ink)
        self._write(pen, right, middle, f'{100 * score:.0f} %', anchor='rm')

    def _draw_names(self, pen: ImageDraw.ImageDraw, x: int, y: int, title: str,
                    segments: Moment) -> None:
        """A row of segment names, as many as fit."""
        length, size = self._font.getlength, self._size
        bottom = y + self._line - round(0.3 * size)
        middle, end = (y + bottom) / 2, self.width - self._margin
        if title:
            self._write(pen, x, middle, title, 'muted')
            x += round(length('model')) + size // 2
        if not segments:
            self._write(pen, x, middle, 'no segment', 'muted')
        ordered = sorted(segments, key=lambda s: -s.score)
        for i, segment in enumerate(ordered):
            rest, room = len(ordered) - i, end - x - size
            if rest > 1:
                room -= length(f'+{rest - 1}') + size // 2
            name = segment.label.name
            if i and length(name) > room:
                self._write(pen, x, middle, f'+{rest}', 'muted')
                return
            name = _shorten(name, size, room)
            width = round(length(name)) + size
            colour = action_colour(segment.action, self._taxonomy)
            pen.rounded_rectangle((x, y, x + width, bottom), size // 3, colour)
            self._write(pen, x + size // 2, middle, name, text_colour(colour))
            x += width + size // 2

    def _draw_strip(self) -> np.ndarray:
        """All segments of the video, a thin lane for each group."""
        duration, taxonomy = self._result.video.duration, self._taxonomy
        clock = self._font.getlength(self._clock(duration))
        width = self.width - 3 * self._margin - round(clock)
        lane = max(2, round(self._size / 6))
        strip = np.empty((taxonomy.num_groups, lane + 1, width, 3), np.uint8)
        strip[:, :lane] = getrgb(_THEME.lane)
        strip[:, lane:] = getrgb(_THEME.paper)
        scale = width / max(duration, 1e-9)
        for segment in sorted(self._result.segments, key=lambda s: s.score):
            group = segment.label.group
            start = min(int(segment.start * scale), width - 1)
            end = max(start + 1, round(segment.end * scale))
            strip[group, :lane, start:end] = getrgb(
                fade(taxonomy.colours[group], segment.score, _THEME.lane))
        return strip.reshape(-1, width, 3)[:-1]


@lru_cache(maxsize=256)
def _shorten(text: str, font_size: int, room: float) -> str:
    """The text, cut to the available room with an ellipsis."""
    font, shorter = load_font(font_size), text
    while len(shorter) > 1 and font.getlength(shorter) > room:
        text = text[:-1]
        shorter = text.rstrip() + '…'
    return shorter


def _draw_pictogram(height: int, shades: Dict[str, str],
                    rest: str) -> Image.Image:
    """A sitting figure, ``height`` pixels high; ``shades`` are the colours of
    some parts, ``rest`` that of the others."""
    scale = height * _OVERSAMPLING
    image = Image.new('RGB', (round(scale * _ASPECT), scale), _THEME.paper)
    pen = ImageDraw.Draw(image)
    for part, (width, *points) in _STROKES.items():
        shade, r = shades.get(part, rest), width * scale / 2
        for side in (-1, 1):
            line = [((_ASPECT / 2 + side * x) * scale, y * scale)
                    for x, y in zip(points[::2], points[1::2])]
            pen.line(line, shade, round(width * scale))
            for x, y in line:  # round ends and corners
                pen.ellipse((x - r, y - r, x + r, y + r), shade)
    size = (round(height * _ASPECT), height)
    return image.resize(size, Image.Resampling.LANCZOS)
