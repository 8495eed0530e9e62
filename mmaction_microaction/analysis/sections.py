# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sections of an analysis: each writes its tables and pictures into an
existing folder. Shapes: N clips, K classes, T frames of H x W pixels."""
import os.path as osp
from contextlib import closing
from typing import Any, List, Optional

import av
import cv2
import numpy as np
import pandas
from rich.progress import track
from torch import nn

from mmaction_microaction.evaluation import confused_pairs, per_class_table
from mmaction_microaction.evaluation.metrics.artifacts import (write_confusion,
                                                               write_csv)
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import plain_table
from mmaction_microaction.utils.video_reader import VideoReader
from mmaction_microaction.visualization import (Section, Strip,
                                                draw_class_scatter,
                                                draw_embedding_map,
                                                draw_strips)
from mmaction_microaction.visualization.confusion_matrix_hook import \
    draw_confusions
from mmaction_microaction.visualization.style import group_word
from .analysed_clips import AnalysedClips
from .grad_cam import ClipGradCAM, input_frames

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
    """Find the classes that are confused most often, with examples.

    Writes ``confused_pairs.csv``, ``confused_clips.csv`` and, for at most
    ``number`` pairs of which files exist, ``pair_01.png``, ...
    """
    names, scores = clips.classes, clips.top_scores
    rows, examples, pictures, unread = [], [], [], 0
    for rank, (a, b, a_as_b, b_as_a) in enumerate(
            confused_pairs(clips.matrix, number), start=1):
        rows.append(
            [rank, names[a], names[b], a_as_b, b_as_a, a_as_b + b_as_a])
        strips: List[Strip] = []
        for true, predicted in ((a, b), (b, a)):
            members = np.flatnonzero((clips.labels == true)
                                     & (clips.predictions == predicted))
            members = members[np.argsort(-scores[members], kind='stable')]
            pair = names[true], names[predicted]
            examples += [[rank, clips.names[i], *pair, f'{scores[i]:.4f}']
                         for i in members]
            for i in members[:_EXAMPLES]:
                if clips.paths and clips.paths[i]:
                    frames = _read_frames(clips.paths[i])
                    unread += frames is None
                    if frames is not None:
                        strips.append(Strip(clips.describe(i), frames))
        if strips:
            file = f'pair_{rank:02}.png'
            draw_strips(strips, osp.join(out_dir, file))
            pictures.append((file, f'{names[a]} and {names[b]}'))
    files = ['confused_pairs.csv', 'confused_clips.csv']
    header = 'rank,first,second,first as second,second as first,clips'
    columns = 'rank,clip,true,predicted,score'
    for file, head, table in zip(files, (header, columns), (rows, examples)):
        write_csv(osp.join(out_dir, file), head.split(','), table)
    text = ('The pairs of actions with the most clips taken for the other '
            f'one, and up to {_EXAMPLES} clips each way, the most certain '
            'mistakes first.')
    if not rows:
        text = 'No clip is taken for another action.'
    if unread:
        text += f' {unread} example clips could not be read.'
    return Section('Most confused pairs', text, pictures, header.split(','),
                   rows, files)


def analyse_classes(clips: AnalysedClips, out_dir: str) -> Section:
    """Plot F1 of each class against its number of training clips.

    Writes ``per_class.csv`` and ``f1_by_frequency.png``. Without
    ``train_counts`` the analysed clips are counted.
    """
    table = pandas.DataFrame(per_class_table(clips.matrix, clips.taxonomy))
    table['predicted'] = clips.matrix.sum(axis=0)
    # The metric's rule: neither true nor predicted, not in the mean.
    table['in_f1_macro'] = table.support + table.predicted > 0
    columns = ['name', 'body', 'f1', 'precision', 'recall', 'support']
    counted, key = 'analysed clips', 'support'
    text = ('F1 of each class; those far from the trend bear their name. A '
            'class that is neither true nor predicted is left out, as in the '
            'mean (F1 macro); one that is only true or only predicted has 0.')
    if clips.train_counts is None:
        text += ' No training list is known; the analysed clips are counted.'
    else:
        counted, key = 'training clips', 'train_clips'
        columns.append(key)
        table[key] = clips.train_counts
    picture = 'f1_by_frequency.png'
    draw_class_scatter(table[key], table.f1.where(table.in_f1_macro),
                       clips.taxonomy, osp.join(out_dir, picture), counted)
    plain_table(table).to_csv(
        osp.join(out_dir, 'per_class.csv'), index=False, lineterminator='\n')
    rows = table.loc[table.in_f1_macro, columns].values.tolist()
    return Section('Classes', text, [(picture, f'F1 against {counted}')],
                   [name.replace('_', ' ') for name in columns], rows,
                   ['per_class.csv'])


def analyse_embedding(clips: AnalysedClips,
                      out_dir: str,
                      method: str = 'pca',
                      seed: int = 0) -> Section:
    """Draw the clips' features and the label vectors in a plane.

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
    rows = [[
        kind, name, true.index, true.name, true.group_name, predicted,
        f'{x:.6g}', f'{y:.6g}'
    ] for (kind, name, true, predicted), (x, y) in zip(rows, points)]
    header = 'kind,name,index,action,body,predicted,x,y'
    write_csv(osp.join(out_dir, 'embedding.csv'), header.split(','), rows)
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


def project(vectors: np.ndarray,
            method: str = 'pca',
            seed: int = 0) -> np.ndarray:
    """Project vectors (N, C) onto a plane: (N, 2) float64, zeros without
    variance.

    ``'pca'``: the two directions of largest variance. ``'tsne'``: t-SNE,
    initialised with these, for at least 4 vectors; it keeps neighbours but not
    distances.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    if not np.isfinite(vectors).all():
        raise UserError('the vectors to project are not finite; did the '
                        'training diverge?')
    if method not in ('pca', 'tsne'):
        raise UserError(f"method must be 'pca' or 'tsne', but got {method!r}")
    if method == 'pca':
        from sklearn.decomposition import PCA
        rank = min(2, *vectors.shape)
        points = PCA(rank, random_state=seed).fit_transform(vectors)
        return np.pad(points, ((0, 0), (0, 2 - rank)))
    if len(vectors) < 4:
        raise UserError(f't-SNE needs at least 4 vectors, but got '
                        f"{len(vectors)}; use 'pca'")
    from sklearn.manifold import TSNE
    perplexity = min(30, (len(vectors) - 1) / 3)  # neighbours it looks at
    init = project(vectors, 'pca', seed)
    # Spread as scikit-learn does with a PCA of its own: near 0 it converges.
    init = init / (np.std(init[:, 0]) or 1) * 1e-4
    tsne = TSNE(perplexity=perplexity, init=init, random_state=seed)
    return tsne.fit_transform(vectors).astype(np.float64)


def analyse_attention(clips: AnalysedClips,
                      model: nn.Module,
                      dataset: Any,
                      out_dir: str,
                      number: int = 8,
                      seed: int = 0,
                      layer: Optional[str] = None) -> Section:
    """Draw Grad-CAM of the predicted and the true class of ``number`` clips
    (see :func:`choose_clips`) of the data set.

    Writes ``grad_cam.csv`` and ``grad_cam_01.png``, ... Raises the errors of
    :class:`ClipGradCAM` for a ``layer``.
    """
    right = clips.predictions == clips.labels
    rows, pictures = [], []
    with ClipGradCAM(model, layer) as cam:
        chosen = choose_clips(right, number, seed)
        for rank, i in enumerate(track(chosen, 'Grad-CAM'), start=1):
            sample, file = dataset[int(i)], f'grad_cam_{rank:02}.png'
            name, true = clips.names[i], clips.labels[i]
            strips = _strips(cam, sample, clips, i)
            draw_strips(strips, osp.join(out_dir, file))
            verdict = 'recognised' if right[i] else 'not recognised'
            pictures.append((file, f'{name}, {verdict}'))
            scores = clips.top_scores[i], clips.scores[i, true]
            rows.append([
                file, name, clips.classes[true],
                clips.classes[clips.predictions[i]],
                *(f'{score:.4f}' for score in scores)
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
    """Random indices of clips, correct ones (``right``, (N,) bool), then
    others; half of each if possible."""
    rng = np.random.default_rng(seed)
    hits, misses = (
        rng.permutation(np.flatnonzero(x)) for x in (right, ~right))
    misses = misses[:max(number // 2, number - len(hits))]
    return np.concatenate([hits[:number - len(misses)], misses])


def _strips(cam: ClipGradCAM, sample: dict, clips: AnalysedClips,
            i: int) -> List[Strip]:
    true, predicted = clips.labels[i], clips.predictions[i]
    strips = [
        Strip(clips.describe(i), input_frames(sample['inputs'])),
        Strip(f'for: {clips.classes[predicted]}', cam.overlay(sample))
    ]
    if true != predicted:
        title = f'for: {clips.classes[true]} (true, ' \
                f'{clips.scores[i, true]:.2f})'
        strips.append(Strip(title, cam.overlay(sample, use_label=True)))
    shown = _evenly(len(strips[0].frames))
    return [Strip(strip.title, strip.frames[shown]) for strip in strips]


def _evenly(total: int) -> np.ndarray:
    """Indices of frames in the middle of equal parts of a clip; all of a short
    one."""
    number = min(total, _SHOWN)
    return ((np.arange(number) + 0.5) * total / number).astype(int)


def _read_frames(path: str) -> Optional[np.ndarray]:
    """(T, H, W, 3) uint8; None if the file is unreadable."""

    def shrink(frame: np.ndarray) -> np.ndarray:
        height, width = frame.shape[:2]
        size = (max(1, round(width * _HEIGHT / height)), _HEIGHT)
        return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    try:
        with closing(VideoReader(path)) as reader:
            return np.stack(reader.read(_evenly(len(reader)), shrink))
    except (OSError, ValueError, av.error.FFmpegError):
        return None
