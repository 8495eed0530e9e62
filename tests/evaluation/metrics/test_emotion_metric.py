# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, recall_score

NAMES = ('calm', 'joy', 'sadness')


@pytest.fixture
def score(evaluate):

    def run(scores, labels, sessions=None, **kwargs):
        samples = [
            dict(
                pred_score=torch.tensor(score, dtype=torch.float32),
                gt_label=torch.tensor([label]),
                clip_name=f'{i}.mp4')
            for i, (score, label) in enumerate(zip(scores, labels))
        ]
        for sample, session in zip(samples, sessions or ()):
            sample['session'] = session
        return evaluate('EmotionMetric', samples, dict(classes=NAMES),
                        **kwargs)

    return run


def test_against_scikit_learn(score, tmp_path):
    rng = np.random.default_rng(0)
    scores, labels = rng.dirichlet(np.ones(3), 60), rng.integers(3, size=60)
    found = score(scores, labels, out_dir=str(tmp_path))
    best = scores.argmax(axis=1)
    assert list(found)[0] == 'emotion/uf1'
    assert found['emotion/uf1'] == pytest.approx(
        f1_score(labels, best, average='macro'))
    assert found['emotion/uar'] == pytest.approx(
        recall_score(labels, best, average='macro'))
    assert found['emotion/accuracy'] == pytest.approx((labels == best).mean())
    assert 'emotion/session_uar' not in found
    with open(tmp_path / 'emotion_predictions.csv') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60 and rows[3]['clip'] == '3.mp4'
    assert float(rows[3]['joy']) == pytest.approx(scores[3][1], abs=1e-6)


def test_sessions_have_the_mean_of_their_clips(score):
    # Two of three clips of `a` are wrong, but the mean is right.
    scores = [[.9, .1, 0], [.4, .6, 0], [.45, .55, 0], [.2, .8, 0]]
    found = score(scores, [0, 0, 0, 1], ['a', 'a', 'a', 'b'])
    assert found['emotion/accuracy'] == 0.5
    assert found['emotion/session_accuracy'] == 1
    assert found['emotion/session_uar'] == 1


def test_bad_input(score):
    scores = [[.9, .1, 0], [.4, .6, 0]]
    with pytest.raises(ValueError, match="session 'a' have different"):
        score(scores, [0, 1], ['a', 'a'])
    with pytest.raises(ValueError, match='0 to 2'):
        score(scores, [0, 3])
    with pytest.raises(ValueError, match='3 classes'):
        score([[.9, .1]], [0])
