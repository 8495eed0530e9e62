# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pandas
import pytest
from sklearn.metrics import f1_score, recall_score

NAMES = ('calm', 'joy', 'sadness')
META = dict(classes=NAMES)


def test_against_scikit_learn(evaluate, clips, tmp_path):
    rng = np.random.default_rng(0)
    scores, labels = rng.dirichlet(np.ones(3), 60), rng.integers(3, size=60)
    found = evaluate(
        'EmotionMetric', clips(scores, labels), META, out_dir=str(tmp_path))
    best = scores.argmax(axis=1)
    f1 = f1_score(labels, best, average=None)
    uar = recall_score(labels, best, average='macro')
    assert found == pytest.approx({
        'emotion/uf1': f1.mean(),
        'emotion/uar': uar,
        'emotion/accuracy': (labels == best).mean(),
        **{
            f'emotion/f1_{name}': x
            for name, x in zip(NAMES, f1)
        }
    })
    table = pandas.read_csv(tmp_path / 'emotion_predictions.csv')
    assert table['clip'].tolist() == list(range(60))
    assert table['emotion'].tolist() == [NAMES[label] for label in labels]
    np.testing.assert_allclose(table[list(NAMES)], scores, atol=1e-6)


def test_sessions_have_the_mean_of_their_clips(evaluate, clips):
    # Two of three clips of `a` are wrong, but the mean is right.
    scores = [[.9, .1, 0], [.4, .6, 0], [.45, .55, 0], [.2, .8, 0]]
    samples = clips(scores, [0, 0, 0, 1], session='aaab')
    found = evaluate('EmotionMetric', samples, META)
    assert found['emotion/accuracy'] == 0.5
    assert found['emotion/session_accuracy'] == 1
    assert found['emotion/session_uar'] == found['emotion/session_uf1'] == 1
    with pytest.raises(ValueError, match="session 'a' have different"):
        evaluate('EmotionMetric', clips(scores, [0, 1], session='aa'), META)
