# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest

from mmaction_microaction.emotion import EmotionModel, Feature
from mmaction_microaction.emotion.model import softmax


@pytest.fixture
def model():
    return EmotionModel(
        ('calm', 'joy'),
        (Feature('rate', 'nodding'), Feature('mean', 'waving')),
        np.array([1., 2.]), np.array([1., 4.]),
        np.array([[1., 0.5], [-1., -0.5]]), np.array([0.25, -0.25]), 2.,
        dict(sessions=4))


def test_by_hand(model):
    values = np.array([[3., 6.], [1., 2.]])
    logits = np.array([[2.75, -2.75], [0.25, -0.25]])
    np.testing.assert_allclose(model.logits(values), logits)
    expected = 1 / (1 + np.exp(-logits[:, 0]))  # of a difference of 2 x / 2
    np.testing.assert_allclose(model.predict(values)[:, 0], expected)
    np.testing.assert_allclose(model.predict(values).sum(axis=1), 1)
    assert np.isfinite(softmax(np.array([1e4, 0.]))).all()


def test_file(model, tmp_path):
    path = str(tmp_path / 'model.json')
    model.save(path)
    again = EmotionModel.load(path)
    assert again.classes == model.classes and again.facts == model.facts
    assert again.features == model.features
    values = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(again.predict(values), model.predict(values))


def test_bad_input(model, tmp_path):
    with pytest.raises(ValueError, match=r'2 features .* \(1, 3\)'):
        model.predict(np.zeros((1, 3)))
    path = tmp_path / 'model.json'
    with pytest.raises(FileNotFoundError):
        EmotionModel.load(str(path))
    model.save(str(path))
    damaged = json.loads(path.read_text())
    for change in (dict(schema='other'), dict(bias=[0.]), dict(weights='x'),
                   dict(extra=1)):
        path.write_text(json.dumps({**damaged, **change}))
        with pytest.raises(ValueError, match='is no model'):
            EmotionModel.load(str(path))
    for text in ('', '[]', 'nothing'):
        path.write_text(text)
        with pytest.raises(ValueError, match='is no model'):
            EmotionModel.load(str(path))
