# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The parts of an analysis: each writes its tables and pictures into a folder
that is there.

Shapes: N clips, K classes, T frames of H x W pixels.
"""
import os.path as osp
from contextlib import closing
from typing import Any, List, Optional

import av
import cv2
import numpy as np
from rich.progress import track
from torch import nn

from mmaction_microaction.evaluation import confused_pairs, per_class_table
from mmaction_microaction.evaluation.metrics.artifacts import (write_confusion,
                                                               write_csv)
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import VideoReader
from mmaction_microaction.visualization import (Section, Strip,
                                                draw_class_scatter,
                                                draw_embedding_map,
                                                draw_strips)
from mmaction_microaction.visualization.confusion_matrix_hook import \
    draw_confusions
from mmaction_microaction.visualization.style import group_word
from .analysed_clips import AnalysedClips
from .grad_cam import ClipGradCAM, input_frames
from .projection import project

_SHOWN = 8  # frames of a clip in a picture
_EXAMPLES = 2  # clips of a pair of classes, each way
_HEIGHT = 160  # pixels of an example's frames


def analyse_confusion(clips: AnalysedClips, out_dir: str) -> Section:
    """Draw both confusion matrices: ``confusion_action``, ``_body``."""
    taxonomy, part = clips.taxonomy, group_word(clips.taxonomy)
    found = clips.predictions, taxonomy.group_index[clips.predictions]
    draw_confusions(write_confusion(out_dir, *found, clips.labels, taxonomy))
    return Section(
        'Confusion',
        'Rows are true, columns predicted; colours and numbers are percent of '
        'the clips of a row, so a good model is dark along the diagonal. The '
        f'tables hold the counts. Orange squares: actions of one {part}.',
        pictures=[('confusion_body.png', f'{part.capitalize()}s'),
                  ('confusion_action.png', 'Actions')],
        files=['confusion_body.csv', 'confusion_action.csv'])


def analyse_pairs(clips: AnalysedClips,
                  out_dir: str,
                  number: int = 10) -> Section:
    """Find the classes that are taken for each other, with examples.

    Writes ``confused_pairs.csv``, ``confused_clips.csv`` and, of at most
    ``number`` pairs with clips whose file is known, ``pair_01.png``, ...
    """
    names, pairs = clips.classes, confused_pairs(clips.matrix, number)
    rows, examples, pictures, unread = [], [], [], 0
    for rank, (a, b, a_as_b, b_as_a) in enumerate(pairs, start=1):
        both = [names[a], names[b]]
        rows.append([rank, *both, a_as_b, b_as_a, a_as_b + b_as_a])
        strips: List[Strip] = []
        for true, predicted in ((a, b), (b, a)):
            members = np.flatnonzero((clips.labels == true)
                                     & (clips.predictions == predicted))
            order = np.argsort(-clips.top_scores[members], kind='stable')
            for place, i in enumerate(members[order]):
                examples.append([
                    rank, clips.names[i], names[true], names[predicted],
                    f'{clips.top_scores[i]:.4f}'
                ])
                if place < _EXAMPLES and clips.paths and clips.paths[i]:
                    frames = _read_frames(clips.paths[i])
                    unread += frames is None
                    if frames is not None:
                        strips.append(Strip(clips.describe(i), frames))
        if strips:
            file = f'pair_{rank:02}.png'
            draw_strips(strips, osp.join(out_dir, file))
            pictures.append((file, ' and '.join(both)))
    files = ['confused_pairs.csv', 'confused_clips.csv']
    header = ('rank', 'first', 'second', 'first as second', 'second as first',
              'clips')
    write_csv(osp.join(out_dir, files[0]), header, rows)
    columns = ('rank', 'clip', 'true', 'predicted', 'score')
    write_csv(osp.join(out_dir, files[1]), columns, examples)
    text = ('The pairs of actions with the most clips taken for the other '
            f'one, and up to {_EXAMPLES} clips each way, the most certain '
            'mistakes first.')
    if not pairs:
        text = 'No clip is taken for another action.'
    if unread:
        text += f' {unread} example clips could not be read.'
    return Section('Most confused pairs', text, pictures, header, rows, files)


def analyse_classes(clips: AnalysedClips, out_dir: str) -> Section:
    """Set F1 of each class against the number of its training clips.

    Writes ``per_class.csv`` and ``f1_by_frequency.png``. Without
    ``train_counts`` the analysed clips are counted.
    """
    table = per_class_table(clips.matrix, clips.taxonomy)
    for row, column in zip(table, clips.matrix.sum(axis=0).tolist()):
        row['predicted'] = column
        # The metric's rule: neither true nor predicted, not in the mean.
        row['in_f1_macro'] = row['support'] + column > 0
    columns = ['name', 'body', 'f1', 'precision', 'recall', 'support']
    counted, key = 'analysed clips', 'support'
    text = ('F1 of each class; those far from the trend bear their name. A '
            'class that is neither true nor predicted is left out, as in the '
            'mean (F1 macro); one that is only true or only predicted has 0.')
    if clips.train_counts is None:
        text += (' No training list is known, so the analysed clips are '
                 'counted.')
    else:
        counted, key = 'training clips', 'train_clips'
        columns.append(key)
        for row, count in zip(table, clips.train_counts.tolist()):
            row[key] = count
    counts = [row[key] for row in table]
    f1 = [row['f1'] if row['in_f1_macro'] else np.nan for row in table]
    picture = 'f1_by_frequency.png'
    draw_class_scatter(counts, f1, clips.taxonomy, osp.join(out_dir, picture),
                       counted)
    write_csv(
        osp.join(out_dir, 'per_class.csv'), list(table[0]),
        [list(row.values()) for row in table])
    rows = [[row[name] for name in columns] for row in table
            if row['in_f1_macro']]  # yapf: disable
    return Section('Classes', text, [(picture, f'F1 against {counted}')],
                   [name.replace('_', ' ') for name in columns], rows,
                   ['per_class.csv'])


def analyse_embedding(clips: AnalysedClips,
                      out_dir: str,
                      method: str = 'pca',
                      seed: int = 0) -> Section:
    """Draw the clips' features, and the label vectors, as points of a plane.

    Writes ``embedding.csv`` and ``embedding.png``, by ``'pca'`` or ``'tsne'``
    (see :func:`project`).
    """
    labelled, taxonomy = clips.label_vectors is not None, clips.taxonomy
    vectors = [clips.features] + [clips.label_vectors] * labelled
    points = project(np.concatenate(vectors), method, seed)
    videos, labels = np.split(points, [len(clips.names)])
    axis = dict(pca='principal component', tsne='t-SNE')[method]
    right = clips.predictions == clips.labels
    draw_embedding_map(videos, clips.labels, right, taxonomy,
                       osp.join(out_dir, 'embedding.png'),
                       labels if labelled else None, axis)
    rows = [('video', name, taxonomy.labels[true], clips.classes[predicted])
            for name, true, predicted in zip(clips.names, clips.labels,
                                             clips.predictions)]
    if labelled:
        rows += [('label', x.name, x, '') for x in taxonomy.labels]
    write_csv(
        osp.join(out_dir, 'embedding.csv'),
        ['kind', 'name', 'index', 'action', 'body', 'predicted', 'x', 'y'], [[
            kind, name, true.index, true.name, true.group_name, predicted,
            f'{x:.6g}', f'{y:.6g}'
        ] for (kind, name, true, predicted), (x, y) in zip(rows, points)])
    text = ('Every clip as the model sees it, in the colour of its true '
            f'{group_word(taxonomy)}. ')
    text += ('Clips (joint embedding) and stars (vectors of the labels) '
             'share a space: a clip should lie near the star of its action.'
             if labelled else 'The space is what the last linear layer takes; '
             'names stand at the median of the clips of a class.')
    if method == 'tsne':
        text += ' t-SNE keeps neighbours; its distances mean little.'
    return Section(
        'Embedding',
        text, [('embedding.png', f'Embedding, {axis}')],
        files=['embedding.csv'])


def analyse_attention(clips: AnalysedClips,
                      model: nn.Module,
                      dataset: Any,
                      out_dir: str,
                      number: int = 8,
                      seed: int = 0,
                      layer: Optional[str] = None) -> Section:
    """Draw where the model saw the predicted and the true class.

    Writes ``grad_cam.csv`` and ``grad_cam_01.png``, ...

    Args:
        clips (AnalysedClips): All clips of the test set, in its order.
        number (int): How many to draw, by :func:`choose_clips`.
        layer (str, optional): Of :class:`ClipGradCAM`, whose errors it raises.
    """
    right = clips.predictions == clips.labels
    rows, pictures = [], []
    with ClipGradCAM(model, layer) as cam:
        chosen = choose_clips(right, number, seed)
        for rank, i in enumerate(track(chosen, 'Grad-CAM'), start=1):
            sample, file = dataset[int(i)], f'grad_cam_{rank:02}.png'
            name, true = clips.names[i], clips.labels[i]
            draw_strips(
                _strips(cam, sample, clips, i), osp.join(out_dir, file))
            verdict = 'recognised' if right[i] else 'not recognised'
            pictures.append((file, f'{name}, {verdict}'))
            rows.append([
                file, name, clips.classes[true],
                clips.classes[clips.predictions[i]],
                f'{clips.top_scores[i]:.4f}', f'{clips.scores[i, true]:.4f}'
            ])
    header = 'picture,clip,true,predicted,score,score of the true class'
    write_csv(osp.join(out_dir, 'grad_cam.csv'), header.split(','), rows)
    return Section(
        'Grad-CAM',
        'Coloured places speak for the class, red ones the most; the scale is '
        'that of the whole clip, so a frame without colour did not count. '
        f'The gradient is taken at {cam.layer}. Where the model was wrong '
        'there is a third row, for the true class.',
        pictures,
        files=['grad_cam.csv'])


def choose_clips(right: np.ndarray, number: int, seed: int = 0) -> np.ndarray:
    """Draw the numbers of clips, recognised ones (``right``, (N,) bool), then
    others; half of each, where there are."""
    if number < 0:
        raise UserError(f'number must not be negative, but got {number}')
    rng = np.random.default_rng(seed)
    hits, misses = (
        rng.permutation(np.flatnonzero(x)) for x in (right, ~right))
    misses = misses[:max(number // 2, number - len(hits))]
    return np.concatenate([hits[:number - len(misses)], misses])


def _strips(cam: ClipGradCAM, sample: dict, clips: AnalysedClips,
            i: int) -> List[Strip]:
    frames = input_frames(sample['inputs'])
    shown = _evenly(len(frames))
    true, predicted = clips.labels[i], clips.predictions[i]
    strips = [
        Strip(clips.describe(i), frames[shown]),
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


def _evenly(total: int) -> np.ndarray:
    """Numbers of frames in the middle of equal parts of a clip; a shorter
    clip is shown whole."""
    number = min(total, _SHOWN)
    return ((np.arange(number) + 0.5) * total / number).astype(int)


def _read_frames(path: str) -> Optional[np.ndarray]:
    """(T, H, W, 3) uint8; None if the file does not read."""

    def shrink(frame: np.ndarray) -> np.ndarray:
        height, width = frame.shape[:2]
        size = (max(1, round(width * _HEIGHT / height)), _HEIGHT)
        return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    try:
        with closing(VideoReader(path)) as reader:
            return np.stack(reader.read(_evenly(len(reader)), shrink))
    except (OSError, ValueError, av.error.FFmpegError):
        return None
