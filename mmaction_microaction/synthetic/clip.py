# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A generated clip with its truth: T frames, H height, W width."""
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .appearance import ENERGY, Size, Subject, check_appearance, make_shake
from .geometry import Camera, make_room, shifted
from .motion_builder import FPS, MotionBuilder
from .motions import REVERSED_FROM, perform
from .renderer import Figure
from .scene import Part, Scene
from .skeleton import Pose, solve

#: Fewest and most frames of a clip, as in MA-52.
NUM_FRAMES = (20, 75)


@dataclass
class Clip:
    """A generated clip."""
    label: Union[int, List[int]]  # the class; those of a scene
    frames: np.ndarray  # (T, H, W, 3) uint8 RGB
    #: (T, 28, 2) float32, pixels, of layout ``openpose28``.
    keypoints: np.ndarray
    segment: Tuple[float, float]  # of the motion, half-open, seconds

    @property
    def keypoint_scores(self) -> np.ndarray:
        """(T, 28) float32: 1 in the frame, else 0."""
        inside = self.keypoints >= 0
        inside &= self.keypoints < self.frames.shape[2:0:-1]
        return inside.all(-1).astype(np.float32)


def check_size(size: Size) -> None:
    """UserError unless H.264 in yuv420p (even only) and decord support it."""
    width, height = size
    if width in (48, 72):
        # Its rows are padded to four bytes a pixel, which decord 0.6 then
        # takes for four channels.
        raise UserError(f'decord misreads videos {width} pixels wide; take '
                        'another width, such as 64, 80 or 96')
    if width % 2 or height % 2 or min(size) < 32:
        raise UserError('size must be an even width and height of at least '
                        f'32 pixels, but got {width}x{height}')


def render_clip(label: int,
                seed: int,
                size: Size = (96, 128),
                appearance: str = 'easy',
                num_frames: Optional[int] = None,
                subject_seed: Optional[int] = None) -> Clip:
    """Draw one clip.

    Both classes of a time-reversed pair share one motion: with the same seed,
    one clip is the other with its frames in reverse order.

    Args:
        label (int | str): The class of MA-52.
        seed (int): Determines everything random.
        size (tuple[int, int]): Width and height in pixels, even.
        appearance (str): ``'easy'`` or ``'hard'``.
        num_frames (int, optional): T, at least 2; default: 20 to 75 at random.
        subject_seed (int, optional): Determines the person and the colours of
            the room; default: drawn from ``seed``.

    Returns:
        Clip: The clip with its truth.

    Raises:
        UserError: If an argument is out of range.
    """
    label = MA52.find(label).index
    check_appearance(appearance)
    check_size(size)
    rng = np.random.default_rng(seed)
    if num_frames is None:
        num_frames = int(rng.integers(NUM_FRAMES[0], NUM_FRAMES[1] + 1))
    if num_frames < 2:
        raise UserError(f'num_frames must be at least 2, got {num_frames}')
    if subject_seed is None:
        subject_seed = int(rng.integers(2**31))
    subject = Subject(subject_seed, appearance)
    act = MotionBuilder(rng, num_frames, subject.build, ENERGY[appearance])
    perform(label, act)
    frames, keypoints = _film(rng, act.pose, subject, size)
    start, end = act.start, act.end
    if label in REVERSED_FROM:
        frames, keypoints = frames[::-1].copy(), keypoints[::-1].copy()
        start, end = num_frames - end, num_frames - start
    return Clip(label, frames, keypoints, (start / FPS, end / FPS))


def render_scene(parts: Sequence[Part],
                 seed: int,
                 size: Size,
                 appearance: str,
                 num_frames: int,
                 subject_seed: int,
                 idle: bool = False) -> Clip:
    """Draw a person performing any number of actions; ``idle``: with other
    movement before and after them."""
    rng = np.random.default_rng(seed)
    subject = Subject(subject_seed, appearance)
    scene = Scene(rng, num_frames, subject.build, ENERGY[appearance])
    if idle:
        scene.idle()
    scene.play(parts)
    labels = sorted({part.label for part in parts})
    return Clip(labels, *_film(rng, scene.pose, subject, size),
                (0., num_frames / FPS))


def _film(rng: np.random.Generator, pose: Pose, subject: Subject,
          size: Size) -> Tuple[np.ndarray, np.ndarray]:
    """Frames and key points of :class:`Clip`."""
    camera = Camera(size, subject,
                    make_shake(rng, len(pose.root), subject.appearance))
    figure = Figure(pose, solve(pose, subject.build), subject, camera)
    room = make_room(rng, subject, size)
    frames = np.stack([shifted(room, *move) for move in camera.shake])
    figure.draw(frames)
    add_noise(rng, frames, subject.appearance)
    return frames, figure.keypoints().astype(np.float32)


def add_noise(rng: np.random.Generator, frames: np.ndarray,
              appearance: str) -> None:
    """Add sensor noise to frames (T, H, W, 3), in place: windows of one tile,
    cheaper than new noise, and independent of the order."""
    sigma = rng.uniform(2, 5) if appearance == 'easy' else rng.uniform(8, 16)
    height, width = frames.shape[1:3]
    tile = np.empty((height + 32, width + 32, 3), np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(tile, (0, 0, 0), (sigma, sigma, sigma))
    corners = rng.integers(0, 33, (len(frames), 2))
    for frame, (y, x) in zip(frames, corners):
        cv2.add(
            frame, tile[y:y + height, x:x + width], dst=frame, dtype=cv2.CV_8U)
