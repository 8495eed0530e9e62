# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The vectorised detection scores against a plain implementation."""
import time

import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import detection_scores
from mmaction_microaction.taxonomy import MA52

THRESHOLDS = (0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9)


# The plain reference: one class, one threshold, one prediction at a time, in
# Python numbers.
def _plain_tiou(a, b, flavour):
    overlap = max(0., min(a[1], b[1]) - max(a[0], b[0]))
    union = a[1] - a[0] + b[1] - b[0] - overlap
    if flavour == 'baseline':
        return overlap / (union + 1e-4)
    return overlap / max(union, 1e-8)


def _plain_hits(instances, predictions, threshold, flavour):
    hits, locked = [], set()
    for _, video, segment in predictions:
        walk = []
        for number, (other, target) in enumerate(instances):
            if other == video:
                walk.append((-_plain_tiou(segment, target, flavour), number))
        hit = False
        for negative, number in sorted(walk):
            if -negative < threshold:
                break
            if number not in locked:
                locked.add(number)
                hit = True
                break
        hits.append(hit)
    return hits


def _plain_voc_ap(hits, count):
    recalls, precisions, found = [0.], [0.], 0
    for number, hit in enumerate(hits, start=1):
        found += hit
        recalls.append(found / count)
        precisions.append(found / number)
    recalls.append(1.)
    precisions.append(0.)
    for i in range(len(precisions) - 2, -1, -1):
        precisions[i] = max(precisions[i], precisions[i + 1])
    return sum((recalls[i] - recalls[i - 1]) * precisions[i]
               for i in range(1, len(recalls)))


def _plain_scores(truth, found, thresholds, flavour, class_to_body):
    result, count = {}, len(class_to_body)
    for level, classes, number in (('action', count, range(count)),
                                   ('body', 7, class_to_body)):
        means = []
        for threshold in thresholds:
            aps = []
            for label in range(classes):
                instances = [(video, segment) for video in sorted(truth)
                             for segment, other in zip(*truth[video])
                             if number[other] == label]
                predictions = [(score, video, segment)
                               for video in sorted(found)
                               for segment, other, score in zip(*found[video])
                               if number[other] == label]
                predictions.sort(key=lambda row: -row[0])  # stable
                if instances:
                    hits = _plain_hits(instances, predictions, threshold,
                                       flavour)
                    aps.append(_plain_voc_ap(hits, len(instances)))
                elif flavour == 'baseline':
                    aps.append(0.)
            means.append(sum(aps) / len(aps) if aps else 0.)
            result[f'{level}_mAP@{threshold:g}'] = means[-1]
        result[f'{level}_mAP'] = sum(means) / len(means)
    return result


def _segments(rng, count, grid):
    start = rng.uniform(0, 8, count)
    segments = np.stack([start, start + rng.uniform(0.3, 5, count)], axis=1)
    if grid:  # many equal segments and tIoUs that hit a threshold exactly
        segments = np.round(segments * 2) / 2
        segments[:, 1] = np.maximum(segments[:, 1], segments[:, 0] + 0.5)
    return segments


def _random_case(seed):
    """Few classes, so that a class overlaps itself, and one is absent."""
    rng = np.random.default_rng(seed)
    grid = seed % 3 > 0
    truth, found = {}, {}
    for video in ('b_01', 'B_01', 'a', 'c'):
        count = rng.integers(0, 6)
        segments = _segments(rng, count, grid)
        truth[video] = (segments, rng.integers(0, 4, count))
        if rng.random() < 0.2:
            continue
        more = rng.integers(0, 20)
        near = rng.integers(0, count, more if count else 0)
        jitter = rng.integers(-1, 2, (len(near), 2)) / 2
        predicted = np.concatenate([
            _segments(rng, more, grid),
            np.sort(segments[near] + jitter, axis=1),
            segments[near]  # duplicates
        ])
        labels = np.concatenate(
            [rng.integers(0, 5, more), *[truth[video][1][near]] * 2])
        scores = rng.random(len(labels))
        if seed % 2:  # ties
            scores = np.round(scores * 4) / 4
        found[video] = (predicted, labels, scores)
    return truth, found


@pytest.mark.parametrize('flavour', ['baseline', 'opentad'])
def test_equals_brute_force(flavour):
    few = MA52.subset(
        ['nodding', 'head up', 'waving', 'patting legs', 'touching legs'])
    differing = set()
    for seed in range(200):
        truth, found = _random_case(seed)
        ours = detection_scores(truth, found, THRESHOLDS, flavour, few)
        plain = _plain_scores(truth, found, THRESHOLDS, flavour, few.group_of)
        assert ours == pytest.approx(plain, abs=1e-12), seed
        differing.add(round(ours['action_mAP'], 6))
    assert len(differing) > 150


def test_speed():
    """519 videos with 200 predictions each, most of them near an instance."""
    rng = np.random.default_rng(0)
    truth, found = {}, {}
    for number in range(519):
        count = rng.integers(1, 11)
        segments = _segments(rng, count, grid=False)
        labels = rng.integers(0, 52, count)
        near = rng.integers(0, count, 200)
        jitter = rng.normal(0, 0.3, (200, 2))
        truth[str(number)] = (segments, labels)
        found[str(number)] = (np.sort(segments[near] + jitter,
                                      axis=1), labels[near], rng.random(200))
    start = time.process_time()
    scores = detection_scores(truth, found)
    assert time.process_time() - start < 5
    assert 0.3 < scores['action_mAP'] < 0.7
