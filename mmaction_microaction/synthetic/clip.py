# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One generated clip with its truth.

Shapes: T frames, H height, W width.
"""
from dataclasses import dataclass
from typing import Optional, Tuple

import cv2
import numpy as np

from mmaction_microaction.labels import get_action
from mmaction_microaction.utils.errors import UserError
from .appearance import (ENERGY, Subject, check_appearance, make_noise,
                         make_shake, make_subject)
from .geometry import Camera
from .motions import REVERSED_FROM, perform
from .performance import FPS, Performance
from .renderer import Figure
from .room import make_room
from .skeleton import Pose, solve

#: Fewest and most frames of a clip, as in MA-52.
NUM_FRAMES = (20, 75)


@dataclass
class Clip:
    """A generated clip.

    Attributes:
        label (int): Index of the class.
        frames (np.ndarray): (T, H, W, 3) uint8 RGB.
        keypoints (np.ndarray): (T, 28, 2) float32, pixels: 0-17 OpenPose
            COCO-18, 18-22 finger tips (thumb first) of the left hand, 23-27
            of the right hand.
        keypoint_scores (np.ndarray): (T, 28) float32: 1 inside the frame, 0
            outside.
        segment (tuple[float, float]): Start and end of the motion, half-open,
            seconds.
    """
    label: int
    frames: np.ndarray
    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    segment: Tuple[float, float]


def check_size(size: Tuple[int, int]) -> Tuple[int, int]:
    """Check the size of a picture.

    Args:
        size (tuple[int, int]): Width and height in pixels.

    Returns:
        tuple[int, int]: The same.

    Raises:
        ValueError: If one is odd (H.264 in yuv420p halves both) or below 32,
            or if decord cannot read the width.
    """
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
        label (int): Index of the class, 0 to 51.
        seed (int): Decides on everything random.
        size (tuple[int, int]): Width and height in pixels.
        appearance (str): ``'easy'`` or ``'hard'``.
        num_frames (int, optional): Length T; default: 20 to 75 at random.
        subject_seed (int, optional): Decides on the person and the colours of
            the room alone; default: drawn from ``seed``.

    Returns:
        Clip: Frames and truth.

    Raises:
        ValueError: If there is no such class or appearance, if the size is
            odd or too small, or if ``num_frames`` is below 2.
    """
    label = get_action(label).index
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
    frames, keypoints = draw_pose(rng, act.pose, subject, size, appearance)
    start, end = act.start, act.end
    if label in REVERSED_FROM:
        frames, keypoints = frames[::-1].copy(), keypoints[::-1].copy()
        start, end = num_frames - end, num_frames - start
    return Clip(label, frames, keypoints, keypoints_inside(keypoints, size),
                (start / FPS, end / FPS))


def draw_pose(rng: np.random.Generator, pose: Pose, subject: Subject,
              size: Tuple[int, int],
              appearance: str) -> Tuple[np.ndarray, np.ndarray]:
    """Film a person who goes through a sequence of poses.

    Args:
        rng (np.random.Generator): Decides on room, camera and noise.
        pose (Pose): T poses.
        subject (Subject): The person.
        size (tuple[int, int]): Width and height in pixels.
        appearance (str): ``'easy'`` or ``'hard'``.

    Returns:
        tuple[np.ndarray, np.ndarray]: Frames (T, H, W, 3) uint8 RGB, and key
        points (T, 28, 2) float32 in pixels, see :class:`Clip`.
    """
    shake = make_shake(rng, len(pose.root), appearance)
    camera = Camera(size, subject, shake)
    figure = Figure(pose, solve(pose, subject.build), subject, camera)
    frames = _shaken(make_room(rng, subject, size, appearance), camera.shake)
    figure.draw(frames)
    add_noise(rng, frames, make_noise(rng, size, appearance))
    return frames, figure.keypoints().astype(np.float32)


def keypoints_inside(keypoints: np.ndarray, size: Tuple[int,
                                                        int]) -> np.ndarray:
    """(T, 28) float32: 1 where a key point (T, 28, 2) is in the frame."""
    return ((keypoints >= 0) & (keypoints < size)).all(-1).astype(np.float32)


def _shaken(room: np.ndarray, shake: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) uint8: a still room seen by a shaking camera."""
    frames = np.empty((len(shake), *room.shape), np.uint8)
    for frame, (x, y) in zip(frames, shake):
        cv2.warpAffine(
            room,
            np.float32([[1, 0, x], [0, 1, y]]),
            room.shape[1::-1],
            dst=frame,
            borderMode=cv2.BORDER_REPLICATE)
    return frames


def add_noise(rng: np.random.Generator, frames: np.ndarray,
              tile: np.ndarray) -> None:
    """Add a random window of the tile to every frame, in place.

    Args:
        rng (np.random.Generator): Chooses the windows.
        frames (np.ndarray): (T, H, W, 3) uint8.
        tile (np.ndarray): Of :func:`make_noise`.
    """
    height, width = frames.shape[1:3]
    corners = rng.integers(0, 33, (len(frames), 2))
    for frame, (y, x) in zip(frames, corners):
        cv2.add(
            frame, tile[y:y + height, x:x + width], dst=frame, dtype=cv2.CV_8U)
