# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pandas
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
    f1 = f1_score(labels, best, average=None)
    expected = dict(
        uf1=f1.mean(),
        uar=recall_score(labels, best, average='macro'),
        accuracy=(labels == best).mean(),
        **dict(zip((f'f1_{name}' for name in NAMES), f1)))
    assert found == pytest.approx({
        f'emotion/{key}': value
        for key, value in expected.items()
    })
    table = pandas.read_csv(tmp_path / 'emotion_predictions.csv')
    assert table['clip'].tolist() == [f'{i}.mp4' for i in range(60)]
    assert table['emotion'].tolist() == [NAMES[label] for label in labels]
    np.testing.assert_allclose(table[list(NAMES)], scores, atol=1e-6)


def test_sessions_have_the_mean_of_their_clips(score):
    # Two of three clips of `a` are wrong, but the mean is right.
    scores = [[.9, .1, 0], [.4, .6, 0], [.45, .55, 0], [.2, .8, 0]]
    found = score(scores, [0, 0, 0, 1], ['a', 'a', 'a', 'b'])
    assert found['emotion/accuracy'] == 0.5
    assert found['emotion/session_accuracy'] == 1
    assert found['emotion/session_uar'] == found['emotion/session_uf1'] == 1
    with pytest.raises(ValueError, match="session 'a' have different"):
        score(scores[:2], [0, 1], ['a', 'a'])
