# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Grad-CAM strips of some clips.

Shapes: N clips, T frames.
"""
import os.path as osp
from typing import Any, List, Optional

import numpy as np
from rich.progress import track
from torch import nn

from mmaction_microaction.evaluation.metrics.artifacts import write_csv
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.visualization import Section, Strip, draw_strips
from .analysed_clips import AnalysedClips
from .grad_cam import ClipGradCAM, input_frames
from .sections import describe, evenly


def choose_clips(right: np.ndarray, number: int, seed: int = 0) -> np.ndarray:
    """Draw clips, half of them recognised and half not, where there are.

    Args:
        right (np.ndarray): (N,) bool, which clips are recognised.
        number (int): How many to draw; N at most.
        seed (int): Defaults to 0.

    Returns:
        np.ndarray: Their numbers, int64: recognised ones, then the others.

    Raises:
        ValueError: If ``number`` is negative.
    """
    if number < 0:
        raise UserError(f'number must not be negative, but got {number}')
    rng = np.random.default_rng(seed)
    hits, misses = (
        rng.permutation(np.flatnonzero(x)) for x in (right, ~right))
    wrong = max(number // 2, number - len(hits))
    misses = misses[:wrong]
    return np.concatenate([hits[:number - len(misses)], misses])


def analyse_attention(clips: AnalysedClips,
                      model: nn.Module,
                      dataset: Any,
                      out_dir: str,
                      number: int = 8,
                      seed: int = 0,
                      layer: Optional[str] = None) -> Section:
    """Draw where the model saw the predicted and the true class.

    Args:
        clips (AnalysedClips): All clips of the test set, in its order.
        model (nn.Module): The recogniser.
        dataset (BaseDataset): The test set.
        out_dir (str): A folder that is there.
        number (int): How many clips. Defaults to 8.
        seed (int): Of their choice. Defaults to 0.
        layer (str, optional): See :class:`ClipGradCAM`. Defaults to None.

    Returns:
        Section: With ``grad_cam.csv`` and ``grad_cam_01.png``, ...

    Raises:
        ValueError: See :class:`ClipGradCAM`.
    """
    right = clips.predictions == clips.labels
    rows, pictures = [], []
    with ClipGradCAM(model, layer) as cam:
        chosen = choose_clips(right, number, seed)
        for rank, i in enumerate(track(chosen, 'Grad-CAM'), start=1):
            sample, name = dataset[int(i)], f'grad_cam_{rank:02}.png'
            draw_strips(
                _strips(cam, sample, clips, i), osp.join(out_dir, name))
            verdict = 'recognised' if right[i] else 'not recognised'
            pictures.append((name, f'{clips.names[i]}, {verdict}'))
            rows.append([
                name, clips.names[i], clips.classes[clips.labels[i]],
                clips.classes[clips.predictions[i]],
                f'{clips.top_scores[i]:.4f}',
                f'{clips.scores[i, clips.labels[i]]:.4f}'
            ])
        used = cam.layer
    write_csv(
        osp.join(out_dir, 'grad_cam.csv'), [
            'picture', 'clip', 'true', 'predicted', 'score',
            'score of the true class'
        ], rows)
    return Section(
        'Grad-CAM',
        'Coloured places speak for the class, red ones the most; the scale is '
        'that of the whole clip, so a frame without colour did not count. '
        f'The gradient is taken at {used}. Where the model was wrong there is '
        'a third row, for the true class.',
        pictures,
        files=['grad_cam.csv'])


def _strips(cam: ClipGradCAM, sample: dict, clips: AnalysedClips,
            i: int) -> List[Strip]:
    frames = input_frames(sample['inputs'])
    shown = evenly(len(frames))
    true, predicted = clips.labels[i], clips.predictions[i]
    strips = [
        Strip(describe(clips, i), frames[shown]),
        Strip(f'for: {clips.classes[predicted]}',
              cam.overlay(sample)[shown])
    ]
    if true != predicted:
        strips.append(
            Strip(
                f'for: {clips.classes[true]} (true, '
                f'{clips.scores[i, true]:.2f})',
                cam.overlay(sample, use_label=True)[shown]))
    return strips
