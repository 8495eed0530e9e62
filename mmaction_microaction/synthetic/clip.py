# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One generated clip with its truth: T frames, H height, W width."""
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .appearance import (ENERGY, Subject, check_appearance, make_noise,
                         make_shake, make_subject)
from .geometry import Camera, make_room, shifted
from .motions import REVERSED_FROM, perform
from .performance import FPS, Performance
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
    #: (T, 28, 2) float32, pixels: 0-17 OpenPose COCO-18, 18-22 finger tips
    #: (thumb first) of the left hand, 23-27 of the right hand.
    keypoints: np.ndarray
    keypoint_scores: np.ndarray  # (T, 28) float32: 1 in the frame, else 0
    segment: Tuple[float, float]  # of the motion, half-open, seconds


def check_size(size: Tuple[int, int]) -> Tuple[int, int]:
    """The size, if H.264 in yuv420p (even only) and decord can do it."""
    width, height = size
    if width in (48, 72):
        # Its rows are padded to four bytes a pixel, which decord 0.6 then
        # takes for four channels.
        raise UserError(f'decord misreads videos {width} pixels wide; take '
                        'another width, such as 64, 80 or 96')
    if width % 2 or height % 2 or min(size) < 32:
        raise UserError('size must be an even width and height of at least '
                        f'32 pixels, but got {width}x{height}')
    return size


def render_clip(label: int,
                seed: int,
                size: Tuple[int, int] = (96, 128),
                appearance: str = 'easy',
                num_frames: Optional[int] = None,
                subject_seed: Optional[int] = None) -> Clip:
    """Draw one clip.

    The two classes of a time-reversed pair share one motion: with the same
    seed, one clip is the other one with its frames in reverse order.

    Args:
        label (int | str): The class of MA-52.
        seed (int): Decides on everything random.
        size (tuple[int, int]): Width and height in pixels, even.
        appearance (str): ``'easy'`` or ``'hard'``.
        num_frames (int, optional): T, from 2 on; default: 20 to 75 at random.
        subject_seed (int, optional): Decides on the person and the colours of
            the room alone; default: drawn from ``seed``.

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
    subject = make_subject(np.random.default_rng(subject_seed), appearance)

    act = Performance(rng, num_frames, subject.build, ENERGY[appearance])
    perform(label, act)
    frames, keypoints = _draw_pose(rng, act.pose, subject, size, appearance)
    start, end = act.start, act.end
    if label in REVERSED_FROM:
        frames, keypoints = frames[::-1].copy(), keypoints[::-1].copy()
        start, end = num_frames - end, num_frames - start
    return Clip(label, frames, keypoints, _inside(keypoints, size),
                (start / FPS, end / FPS))


def render_scene(parts: Sequence[Part], seed: int, size: Tuple[int, int],
                 appearance: str, num_frames: int, subject_seed: int) -> Clip:
    """Draw a person who performs any number of actions."""
    rng = np.random.default_rng(seed)
    subject = make_subject(np.random.default_rng(subject_seed), appearance)
    scene = Scene(rng, num_frames, subject.build, ENERGY[appearance])
    scene.play(parts)
    frames, keypoints = _draw_pose(rng, scene.pose, subject, size, appearance)
    labels = sorted({part.label for part in parts})
    return Clip(labels, frames, keypoints, _inside(keypoints, size),
                (0., num_frames / FPS))


def _draw_pose(rng: np.random.Generator, pose: Pose, subject: Subject,
               size: Tuple[int, int],
               appearance: str) -> Tuple[np.ndarray, np.ndarray]:
    """Film a person: frames and key points of :class:`Clip`."""
    shake = make_shake(rng, len(pose.root), appearance)
    camera = Camera(size, subject, shake)
    figure = Figure(pose, solve(pose, subject.build), subject, camera)
    room = make_room(rng, subject, size, appearance)
    frames = np.stack([shifted(room, *move) for move in camera.shake])
    figure.draw(frames)
    add_noise(rng, frames, make_noise(rng, size, appearance))
    return frames, figure.keypoints().astype(np.float32)


def _inside(keypoints: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """(T, 28) float32: 1 where a key point (T, 28, 2) is in the frame."""
    return ((keypoints >= 0) & (keypoints < size)).all(-1).astype(np.float32)


def add_noise(rng: np.random.Generator, frames: np.ndarray,
              tile: np.ndarray) -> None:
    """Add a random window of :func:`make_noise` to each frame, in place."""
    height, width = frames.shape[1:3]
    corners = rng.integers(0, 33, (len(frames), 2))
    for frame, (y, x) in zip(frames, corners):
        cv2.add(
            frame, tile[y:y + height, x:x + width], dst=frame, dtype=cv2.CV_8U)
