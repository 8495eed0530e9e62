# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The parts of an analysis: each writes its tables and pictures.

Shapes: N clips, K classes, T frames of H x W pixels.
"""
import os.path as osp
from typing import List, Optional, Tuple

import av
import cv2
import numpy as np

from mmaction_microaction.evaluation.functional import (confused_pairs,
                                                        confusion_matrix,
                                                        per_class_table)
from mmaction_microaction.evaluation.metrics.artifacts import (write_confusion,
                                                               write_csv)
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video import VideoReader
from mmaction_microaction.visualization import (Section, Strip,
                                                draw_class_scatter,
                                                draw_embedding_map,
                                                draw_strips)
from mmaction_microaction.visualization.confusion_matrix_hook import \
    draw_confusions
from .analysed_clips import AnalysedClips
from .projection import project

#: Frames of a clip in a picture.
SHOWN_FRAMES = 8
#: Example clips of a pair of classes, each way.
EXAMPLES = 2
_HEIGHT = 160  # pixels of an example's frames


def analyse_confusion(clips: AnalysedClips, out_dir: str) -> Section:
    """Draw both confusion matrices.

    Args:
        clips (AnalysedClips): The clips.
        out_dir (str): A folder that is there.

    Returns:
        Section: With ``confusion_action`` and ``confusion_body``.
    """
    taxonomy = MA52.subset(clips.classes)
    draw_confusions(
        write_confusion(out_dir, clips.predictions,
                        taxonomy.group_index[clips.predictions], clips.labels,
                        taxonomy))
    return Section(
        'Confusion',
        'Rows are true, columns predicted; colours and numbers are percent of '
        'the clips of a row, so a good model is dark along the diagonal. The '
        'tables hold the counts. Orange squares: actions of one body part.',
        pictures=[('confusion_body.png', 'Body parts'),
                  ('confusion_action.png', 'Actions')],
        files=['confusion_body.csv', 'confusion_action.csv'])


def analyse_pairs(clips: AnalysedClips,
                  out_dir: str,
                  number: int = 10) -> Section:
    """Find the classes that are taken for each other, with examples.

    Args:
        clips (AnalysedClips): The clips; examples are drawn of those whose
            file is known.
        out_dir (str): A folder that is there.
        number (int): How many pairs at most. Defaults to 10.

    Returns:
        Section: With ``confused_pairs.csv``, ``confused_clips.csv`` and
        ``pair_01.png``, ``pair_02.png``, ...
    """
    names, matrix = clips.classes, _matrix(clips)
    pairs = confused_pairs(matrix, number)
    rows, examples, pictures, unread = [], [], [], 0
    for rank, pair in enumerate(pairs, start=1):
        both = [names[pair.first], names[pair.second]]
        rows.append([
            rank, *both, pair.first_as_second, pair.second_as_first,
            pair.first_as_second + pair.second_as_first
        ])
        strips: List[Strip] = []
        for true, predicted in (pair[:2], pair[1::-1]):
            members = _confused(clips, true, predicted)
            for i in members:
                examples.append([
                    rank, clips.names[i], names[true], names[predicted],
                    f'{clips.top_scores[i]:.4f}'
                ])
            found, failed = _example_strips(clips, members[:EXAMPLES])
            strips += found
            unread += failed
        if strips:
            file = f'pair_{rank:02}.png'
            draw_strips(strips, osp.join(out_dir, file))
            pictures.append((file, ' and '.join(both)))
    header = [
        'rank', 'first', 'second', 'first as second', 'second as first',
        'clips'
    ]
    write_csv(osp.join(out_dir, 'confused_pairs.csv'), header, rows)
    write_csv(
        osp.join(out_dir, 'confused_clips.csv'),
        ['rank', 'clip', 'true', 'predicted', 'score'], examples)
    text = ('The pairs of actions with the most clips taken for the other '
            f'one, and up to {EXAMPLES} clips each way, the most certain '
            'mistakes first.')
    if not pairs:
        text = 'No clip is taken for another action.'
    if unread:
        text += f' {unread} example clips could not be read.'
    return Section('Most confused pairs', text, pictures, header, rows,
                   ['confused_pairs.csv', 'confused_clips.csv'])


def analyse_classes(clips: AnalysedClips, out_dir: str) -> Section:
    """Set F1 of each class against the number of its training clips.

    Args:
        clips (AnalysedClips): The clips; without ``train_counts`` these
            clips themselves are counted.
        out_dir (str): A folder that is there.

    Returns:
        Section: With ``per_class.csv`` and ``f1_by_frequency.png``.
    """
    matrix = _matrix(clips)
    table = per_class_table(matrix, MA52.subset(clips.classes))
    predicted = matrix.sum(axis=0)
    for row, column in zip(table, predicted.tolist()):
        row['predicted'] = column
        # The metric's rule: neither true nor predicted, not in the mean.
        row['in_f1_macro'] = row['support'] + column > 0
    if clips.train_counts is not None:
        for row, count in zip(table, clips.train_counts.tolist()):
            row['train_clips'] = count
    shown = [row for row in table if row['in_f1_macro']]
    counted, key = 'training clips', 'train_clips'
    if clips.train_counts is None:
        counted, key = 'analysed clips', 'support'
    draw_class_scatter(
        [row[key] for row in table],
        [row['f1'] if row['in_f1_macro'] else np.nan for row in table],
        MA52.subset(clips.classes), osp.join(out_dir,
                                             'f1_by_frequency.png'), counted)
    write_csv(
        osp.join(out_dir, 'per_class.csv'), list(table[0]),
        [list(row.values()) for row in table])
    text = ('F1 of each class; those far from the trend bear their name. A '
            'class that is neither true nor predicted is left out, as in the '
            'mean (F1 macro); one that is only true or only predicted has 0.')
    if clips.train_counts is None:
        text += (' No training list is known, so the analysed clips are '
                 'counted.')
    columns = ['name', 'body', 'f1', 'precision', 'recall', 'support']
    columns += ['train_clips'] if key == 'train_clips' else []
    return Section(
        'Classes',
        text,
        [('f1_by_frequency.png', f'F1 against {counted}')],
        [name.replace('_', ' ') for name in columns],
        [[row[name] for name in columns] for row in shown],
        ['per_class.csv'])  # yapf: disable


def analyse_embedding(clips: AnalysedClips,
                      out_dir: str,
                      method: str = 'pca',
                      seed: int = 0) -> Section:
    """Draw the clips' features, and the label vectors, as points of a plane.

    Args:
        clips (AnalysedClips): With ``features``.
        out_dir (str): A folder that is there.
        method (str): ``'pca'`` or ``'tsne'``. Defaults to ``'pca'``.
        seed (int): See :func:`project`. Defaults to 0.

    Returns:
        Section: With ``embedding.csv`` and ``embedding.png``.

    Raises:
        ValueError: See :func:`project`.
    """
    vectors, labelled = clips.features, clips.label_vectors is not None
    if labelled:
        vectors = np.concatenate([clips.features, clips.label_vectors])
    points = project(vectors, method, seed)
    videos, labels = np.split(points, [len(clips.names)])
    axis = dict(pca='principal component', tsne='t-SNE')[method]
    draw_embedding_map(videos, clips.labels, clips.predictions == clips.labels,
                       MA52.subset(clips.classes),
                       osp.join(out_dir, 'embedding.png'),
                       labels if labelled else None, axis)
    rows = [['video', name, *_class(clips, true),
             clips.classes[predicted]] for name, true, predicted in zip(
                 clips.names, clips.labels, clips.predictions)]
    if labelled:
        rows += [['label', name, *_class(clips, index), '']
                 for index, name in enumerate(clips.classes)]
    write_csv(
        osp.join(out_dir, 'embedding.csv'),
        ['kind', 'name', 'index', 'action', 'body', 'predicted', 'x', 'y'],
        [[*row, f'{x:.6g}', f'{y:.6g}'] for row, (x, y) in zip(rows, points)])
    text = ('Every clip as the model sees it, in the colour of its true body '
            'part. ')
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


def evenly(total: int, number: int = SHOWN_FRAMES) -> np.ndarray:
    """Numbers of frames in the middle of equal parts of a clip.

    Args:
        total (int): Frames of the clip.
        number (int): Of parts; a shorter clip is shown whole. Defaults to 8.

    Returns:
        np.ndarray: (min(total, number),) int64.
    """
    number = min(total, number)
    return ((np.arange(number) + 0.5) * total / number).astype(int)


def _matrix(clips: AnalysedClips) -> np.ndarray:
    return confusion_matrix(clips.predictions, clips.labels,
                            len(clips.classes))


def _confused(clips: AnalysedClips, true: int, predicted: int) -> np.ndarray:
    """Numbers of the clips, by falling score."""
    members = np.flatnonzero((clips.labels == true)
                             & (clips.predictions == predicted))
    return members[np.argsort(-clips.top_scores[members], kind='stable')]


def _class(clips: AnalysedClips, index: int) -> Tuple[int, str, str]:
    name = clips.classes[index]
    return int(index), name, MA52.find(name).group_name


def _example_strips(clips: AnalysedClips,
                    members: np.ndarray) -> Tuple[List[Strip], int]:
    """Strips of the clips whose file is known, and how many do not read."""
    strips, unread = [], 0
    for i in members:
        path = clips.paths[i] if clips.paths else None
        if path is None:
            continue
        frames = _read_frames(path)
        if frames is None:
            unread += 1
            continue
        strips.append(Strip(describe(clips, i), frames))
    return strips, unread


def describe(clips: AnalysedClips, index: int) -> str:
    """One line on a clip: its name, what it is and what it was taken for.

    Args:
        clips (AnalysedClips): The clips.
        index (int): Number of the clip.

    Returns:
        str: The line.
    """
    true, predicted = clips.labels[index], clips.predictions[index]
    return (f'{clips.names[index]}   true: {clips.classes[true]}   '
            f'predicted: {clips.classes[predicted]} '
            f'({clips.top_scores[index]:.2f})')


def _read_frames(path: str) -> Optional[np.ndarray]:
    """(T, H, W, 3) uint8; None if the file does not read."""

    def shrink(frame: np.ndarray) -> np.ndarray:
        height, width = frame.shape[:2]
        size = (max(1, round(width * _HEIGHT / height)), _HEIGHT)
        return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    try:
        reader = VideoReader(path)
        try:
            return np.stack(reader.read(evenly(len(reader)), shrink))
        finally:
            reader.close()
    except (OSError, ValueError, av.error.FFmpegError):
        return None
