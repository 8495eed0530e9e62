# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

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
    np.testing.assert_allclose(
        model.predict(values), softmax(logits / 2 + [1, 0], axis=1))
    assert np.isfinite(model.predict(1e6 * values)).all()
    # A rare emotion is chosen where behaviour speaks for it.
    rare = np.array([[0.5, 2.]])
    assert model.choose(rare) == [1] and model.predict(rare).argmax() == 0
    with pytest.raises(ValueError, match=r'2 features .* \(1, 3\)'):
        model.predict(np.zeros((1, 3)))


def test_what_is_to_be_told(model):
    bare, = model.doubts()
    sure = replace(model, temperature=0.05, facts=dict(calibrated=4))
    edge, = sure.doubts()
    assert 'too few subjects' in bare and '0.05 is at the edge' in edge
    assert replace(sure, temperature=1.).doubts() == []
    assert model.known_subjects(['s01']) == []
    facts = dict(subject_digests=[subject_digest('S01')])
    known = replace(model, facts=facts).known_subjects(['x', 's1', 's01'])
    assert known == ['s01', 's1'] and 's01' not in subject_digest('s01')


@pytest.mark.parametrize('change, message', [
    ({}, None),
    (dict(schema='other'), 'schema'),
    (dict(bias=[0.]), r'bias must be \(2,\)'),
    (dict(weights='x'), 'x'),
    (dict(extra=1), 'extra'),
    *((dict(temperature=x), f'temperature must .* {x!r}')
      for x in ('x', None, True, 0, -1., float('nan'))),
    (dict(scale=[1., 0.]), 'scale must be above 0'),
    (dict(scale=[None, 1.]), 'scale must be'),
    (dict(mean=[float('inf'), 1.]), 'Infinity is out of range'),
    (dict(classes='ab'), 'classes is no list'),
    (dict(classes=['a', 'a']), 'classes must be'),
    (dict(classes=[1, 2]), 'classes must be'),
    (dict(features=[['rate', 'juggling'], ['mean', 'waving']]), 'juggling'),
    (dict(facts='x'), "'str'"),
    (dict(facts=dict(subject_digests='x')), 'subject_digests'),
])
def test_files_whole_and_damaged(model, tmp_path, change, message):
    path = tmp_path / 'model.json'
    model.save(str(path))
    content = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps(content))
    if message is None:
        again = EmotionModel.load(str(path))
        assert str(again) == str(model)
        values = np.random.default_rng(0).normal(size=(5, 2))
        assert (again.predict(values) == model.predict(values)).all()
        return
    with pytest.raises(ValueError, match=f'model.json is no model.*{message}'):
        EmotionModel.load(str(path))


def test_other_files(model, tmp_path):
    path = tmp_path / 'model.json'
    with pytest.raises(FileNotFoundError):
        EmotionModel.load(str(path))
    model.save(str(path))
    content = json.loads(path.read_text())
    del content['mean']
    for text in ('', '[]', 'nothing', json.dumps(content)):
        path.write_text(text)
        with pytest.raises(ValueError, match='is no model'):
            EmotionModel.load(str(path))
