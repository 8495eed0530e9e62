# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The panel below the picture in an overlay video.

It lies below the picture, not upon it: a hand on a knee at the lower edge is
what people look for. Lengths are pixels.

Shapes: H x W pixels of the panel, S time steps, K = 52 classes.
"""
from functools import lru_cache
from typing import Optional, Sequence, Tuple

import numpy as np
from PIL import Image, ImageDraw

from mmaction_microaction.labels import ACTIONS, BODY_COLOURS, BODY_NAMES
from mmaction_microaction.results.video_result import Segment, VideoResult
from .pictogram import draw_pictogram
from .style import (action_colour, fade, format_time, get_theme, load_font,
                    mix, rgb_tuple, text_colour)

_THEME = get_theme('dark')
_TOP = 3
_SMALLEST_FONT = 13
# Size of the font as a share of the picture: 34 letters fit beside the
# figure, and the panel does not get higher than a third of a picture.
_FONT_OF_WIDTH, _FONT_OF_HEIGHT = 1 / 34, 1 / 34
_WIDE = 56  # font sizes; from there on segments stand beside the bars


class OverlayPanel:
    """Draws the panel at any time of the video.

    Attributes:
        height (int): H, even.
        width (int): W.

    Args:
        result (VideoResult): The result.
        size (tuple[int, int]): Height and width of the picture above.
        truth (Sequence[Segment], optional): Named as well. Defaults to None.
    """

    def __init__(self,
                 result: VideoResult,
                 size: Tuple[int, int],
                 truth: Optional[Sequence[Segment]] = None) -> None:
        self._result = result
        self.width = size[1]
        self._font_size = font = max(
            _SMALLEST_FONT,
            round(
                min(size[1] * _FONT_OF_WIDTH,
                    max(size[0], size[1] / 2) * _FONT_OF_HEIGHT)))
        self._margin, self._line = round(0.7 * font), round(1.75 * font)
        self._origins = [('', result.segments)]
        if truth is not None:
            self._origins = [('true', truth), ('model', result.segments)]
        self._is_wide = self.width >= _WIDE * font
        rows = _TOP if self._is_wide else _TOP + len(self._origins)
        self._strip_top = self._margin + rows * self._line + self._margin // 2
        lane = max(2, round(font / 6))
        strip_height = len(BODY_NAMES) * (lane + 1) - 1
        height = self._strip_top + strip_height + self._margin
        self.height = height + height % 2
        self._clock_width = round(
            load_font(font).getlength(self._clock(result.video.duration)))
        self._strip = self._draw_strip(lane, strip_height)
        # Most frames look like the one before.
        self._draw_still = lru_cache(maxsize=1)(self._draw_still)
        self._draw_moment = lru_cache(maxsize=1)(self._draw_moment)

    def draw(self, time: float) -> np.ndarray:
        """Draw the panel.

        Args:
            time (float): Seconds from the start of the video.

        Returns:
            np.ndarray: (H, W, 3) uint8, RGB.
        """
        current = tuple(
            tuple(s for s in segments if s.start <= time < s.end)
            for _, segments in self._origins)
        share = min(time / max(self._result.video.duration, 1e-9), 1)
        cursor = self._margin + round(share * (self._strip.shape[1] - 1))
        return self._draw_moment(
            self._step(time), current, self._clock(time), cursor)

    def _draw_moment(self, step: Optional[int],
                     current: Tuple[Tuple[Segment, ...], ...], clock: str,
                     cursor: int) -> np.ndarray:
        panel = Image.fromarray(self._draw_still(step, current))
        pen = ImageDraw.Draw(panel)
        top, height = self._strip_top, self._strip.shape[0]
        pen.text((self.width - self._margin, top + height / 2),
                 clock,
                 _THEME.muted,
                 load_font(self._font_size),
                 anchor='rm')
        left = cursor - self._font_size // 24
        wide = max(1, self._font_size // 12)
        pen.rectangle((left, top - 3, left + wide - 1, top + height + 2),
                      _THEME.ink)
        return np.asarray(panel)

    def _clock(self, time: float) -> str:
        total = format_time(self._result.video.duration, 0.1)
        return f'{format_time(time, 0.1)} / {total}'

    def _step(self, time: float) -> Optional[int]:
        """The time step, or None where the model has not looked."""
        step = int(
            np.searchsorted(self._result.step_starts, time + 1e-6, 'right'))
        if step and time < self._result.step_ends[step - 1] + 1e-6:
            return step - 1
        return None

    def _draw_still(self, step: Optional[int],
                    current: Tuple[Tuple[Segment, ...], ...]) -> np.ndarray:
        """All but clock and cursor, which is redrawn when it changes."""
        image = Image.new('RGB', (self.width, self.height), _THEME.paper)
        pen = ImageDraw.Draw(image)
        scores = np.zeros(len(ACTIONS)) if step is None else \
            self._result.step_scores[step]
        best = np.argsort(-scores, kind='stable')[:_TOP]
        margin, line = self._margin, self._line
        figure = self._draw_figure(current[-1], scores, int(best[0]))
        image.paste(Image.fromarray(figure), (margin, margin))
        left = 2 * margin + figure.shape[1]
        right = self.width - margin
        if self._is_wide:
            right = round(0.58 * self.width)
        for row, action in enumerate(best):
            self._draw_bar(pen, (left, margin + row * line, right),
                           int(action), float(scores[action]))
        x, y = (right + 2 * margin, margin) if self._is_wide else \
            (margin, margin + _TOP * line)
        for (title, _), segments in zip(self._origins, current):
            self._draw_names(pen, x, y, title, segments)
            y += line
        top = self._strip_top
        image.paste(Image.fromarray(self._strip), (margin, top))
        return np.asarray(image)

    def _draw_figure(self, current: Sequence[Segment], scores: np.ndarray,
                     best: int) -> np.ndarray:
        """Lit by the segments, or faintly by the best score."""
        lit = {s.label.group: s.score for s in current}
        if not lit and scores[best] > 0:
            lit = {ACTIONS[best].group: float(scores[best]) / 2}
        rest = mix(_THEME.line, _THEME.muted, 0.8)
        colours = {b: fade(BODY_COLOURS[b], s, rest) for b, s in lit.items()}
        return draw_pictogram(_TOP * self._line, colours, rest, _THEME.paper)

    def _draw_bar(self, pen: ImageDraw.ImageDraw, place: Tuple[int, int, int],
                  action: int, score: float) -> None:
        """Name, bar and percent; ``place`` is left, top and right."""
        left, top, right = place
        font, size = load_font(self._font_size), self._font_size
        bottom = top + self._line - round(0.3 * size)
        middle = (top + bottom) / 2
        end = right - round(font.getlength('100 %')) - size // 2
        radius = max(2, size // 5)
        pen.rounded_rectangle((left, top, end, bottom), radius, _THEME.lane)
        if score <= 0:
            return
        label = ACTIONS[action]
        colour = BODY_COLOURS[label.group]
        filled = left + round(score * (end - left))
        if filled > left + 1:
            pen.rounded_rectangle((left, top, filled, bottom),
                                  min(radius, (filled - left) // 2),
                                  mix(colour, _THEME.lane, 0.6))
        pen.rectangle((left, top, left + max(2, size // 4), bottom), colour)
        x, room = left + round(0.7 * size), end - left - size
        name = _shorten(label.name, size, room)
        pen.text((x, middle), name, _THEME.ink, font, anchor='lm')
        x += round(font.getlength(name)) + size // 2
        if x + font.getlength(label.group_name) < end - size // 2:
            pen.text((x, middle),
                     label.group_name,
                     mix(_THEME.ink, colour, 0.7),
                     font,
                     anchor='lm')
        pen.text((right, middle), f'{100 * score:.0f} %', _THEME.ink, font,
                 anchor='rm')  # yapf: disable

    def _draw_names(self, pen: ImageDraw.ImageDraw, x: int, y: int, title: str,
                    segments: Sequence[Segment]) -> None:
        """A row with the names of segments, as many as there is room for."""
        font, size = load_font(self._font_size), self._font_size
        bottom = y + self._line - round(0.3 * size)
        middle, end = (y + bottom) / 2, self.width - self._margin
        if title:
            pen.text((x, middle), title, _THEME.muted, font, anchor='lm')
            x += round(font.getlength('model')) + size // 2
        if not segments:
            pen.text((x, middle), 'no segment', _THEME.muted, font,
                     anchor='lm')  # yapf: disable
        ordered = sorted(segments, key=lambda s: -s.score)
        for i, segment in enumerate(ordered):
            rest = len(ordered) - i
            more = f'+{rest - 1}' if rest > 1 else ''
            room = end - x - size - (font.getlength(more) + size // 2) * \
                bool(more)
            name = segment.label.name
            if i and font.getlength(name) > room:
                pen.text((x, middle), f'+{rest}', _THEME.muted, font,
                         anchor='lm')  # yapf: disable
                return
            name = _shorten(name, size, room)
            width = round(font.getlength(name)) + size
            colour = action_colour(segment.action)
            pen.rounded_rectangle((x, y, x + width, bottom), size // 3, colour)
            pen.text((x + size // 2, middle), name, text_colour(colour), font,
                     anchor='lm')  # yapf: disable
            x += width + size // 2

    def _draw_strip(self, lane: int, height: int) -> np.ndarray:
        """All segments of the video, a thin lane for each body part."""
        width = self.width - 3 * self._margin - self._clock_width
        strip = np.empty((height, width, 3), np.uint8)
        strip[:] = rgb_tuple(_THEME.paper)
        scale = width / max(self._result.video.duration, 1e-9)
        for body in range(len(BODY_NAMES)):
            strip[body * (lane + 1):][:lane] = rgb_tuple(_THEME.lane)
        for segment in sorted(self._result.segments, key=lambda s: s.score):
            body = segment.label.group
            start = min(int(segment.start * scale), width - 1)
            end = max(start + 1, round(segment.end * scale))
            strip[body * (lane + 1):][:lane, start:end] = rgb_tuple(
                fade(BODY_COLOURS[body], segment.score, _THEME.lane))
        return strip


@lru_cache(maxsize=256)
def _shorten(text: str, font_size: int, room: float) -> str:
    """The text, or as much of it as there is room for and an ellipsis."""
    font = load_font(font_size)
    shorter = text
    while len(shorter) > 1 and font.getlength(shorter) > room:
        text = text[:-1]
        shorter = text.rstrip() + '…'
    return shorter
