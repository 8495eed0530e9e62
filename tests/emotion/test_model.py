# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from dataclasses import replace

import numpy as np
import pytest

from mmaction_microaction.emotion import EmotionModel, Feature
from mmaction_microaction.emotion.model import subject_digest


@pytest.fixture
def model():
    return EmotionModel(
        ('calm', 'joy'),
        (Feature('rate', 'nodding'), Feature('mean', 'waving')),
        np.array([1., 2.]), np.array([1., 4.]),
        np.array([[1., 0.5], [-1., -0.5]]), np.array([0.25, -0.25]),
        np.array([1., 0.]), 2., dict(sessions=4))


def test_by_hand(model):
    values = np.array([[3., 6.], [1., 2.]])
    logits = np.array([[2.75, -2.75], [0.25, -0.25]])
    np.testing.assert_allclose(model.logits(values), logits)
    expected = 1 / (1 + np.exp(-logits[:, 0] - 1))  # of 2 x / 2 + offset
    np.testing.assert_allclose(model.predict(values)[:, 0], expected)
    np.testing.assert_allclose(model.predict(values).sum(axis=1), 1)
    assert np.isfinite(model.predict(1e6 * values)).all()
    # A rare emotion is chosen where behaviour speaks for it.
    rare = np.array([[0.5, 2.]])
    assert model.logits(rare)[0].argmax() == 1 == model.choose(rare)[0]
    assert model.predict(rare)[0].argmax() == 0


def test_what_is_to_be_told(model):
    assert 'too few subjects' in model.doubts()[0] and len(model.doubts()) == 1
    sure = replace(model, temperature=0.05, facts=dict(calibrated=4))
    assert 'temperature 0.05 is at the edge' in sure.doubts()[0]
    assert replace(sure, temperature=1.).doubts() == []
    assert model.known_subjects(['s01']) == []
    facts = dict(subject_digests=[subject_digest('S01')])
    known = replace(model, facts=facts).known_subjects(['x', 's1', 's01'])
    assert known == ['s01', 's1'] and 's01' not in subject_digest('s01')


def test_file(model, tmp_path):
    path = str(tmp_path / 'model.json')
    model.save(path)
    again = EmotionModel.load(path)
    for key in ('classes', 'facts', 'features'):
        assert getattr(again, key) == getattr(model, key)
    values = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(again.predict(values), model.predict(values))


def test_bad_input(model, tmp_path):
    with pytest.raises(ValueError, match=r'2 features .* \(1, 3\)'):
        model.predict(np.zeros((1, 3)))
    path = tmp_path / 'model.json'
    with pytest.raises(FileNotFoundError):
        EmotionModel.load(str(path))
    for text in ('', '[]', 'nothing'):
        path.write_text(text)
        with pytest.raises(ValueError, match='is no model'):
            EmotionModel.load(str(path))


@pytest.mark.parametrize('change, message', [
    (dict(schema='other'), 'schema'),
    (dict(bias=[0.]), r'bias must be \(2,\)'),
    (dict(weights='x'), 'x'),
    (dict(extra=1), 'extra'),
    (dict(temperature='x'), "temperature .*'x'"),
    (dict(temperature=None), 'temperature .*None'),
    (dict(temperature=True), 'temperature .*True'),
    (dict(temperature=0), 'temperature .*0'),
    (dict(temperature=-1.), 'temperature .*-1'),
    (dict(temperature=float('nan')), 'NaN is no number'),
    (dict(scale=[1., 0.]), 'scale must be above 0'),
    (dict(scale=[None, 1.]), 'scale must be'),
    (dict(mean=[float('inf'), 1.]), 'Infinity is no number'),
    (dict(classes='ab'), 'classes is no list'),
    (dict(classes=['a', 'a']), 'classes must be'),
    (dict(classes=[1, 2]), 'classes must be'),
    (dict(features=[['rate', 'juggling'], ['mean', 'waving']]), 'juggling'),
    (dict(facts='x'), "'str'"),
    (dict(facts=dict(subject_digests='x')), 'subject_digests'),
])
def test_damaged_file(model, tmp_path, change, message):
    path = tmp_path / 'model.json'
    model.save(str(path))
    EmotionModel.load(str(path))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(ValueError, match=f'model.json is no model.*{message}'):
        EmotionModel.load(str(path))
    if 'extra' not in change:
        del content[next(iter(change))]
        path.write_text(json.dumps(content))
        if not {'facts', 'temperature'} & set(change):
            with pytest.raises(ValueError, match='is no model'):
                EmotionModel.load(str(path))
