# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Detectors, label sets, devices; the inferencer tests recognisers."""
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.inference.predictor import (TorchPredictor,
                                                      find_domain,
                                                      find_taxonomy,
                                                      pick_device)
from mmaction_microaction.inference.windows import join_chunks, plan_chunks
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy

LOW = .02  # of what random weights are sure


def detections_of(cfg, checkpoint, path, least=LOW):
    """What the config's own pipeline and model make of a file."""
    model = TorchPredictor(cfg, checkpoint, 'cpu').model
    packed = Compose(cfg.test_dataloader.dataset.pipeline)(
        dict(filename=path, start_index=0, clip_name='x', fps=30.))
    with torch.no_grad():
        sample, = model.test_step(pseudo_collate([packed]))
    found = sample.pred_instances
    return sorted((s, int(k), e, p) for (s, e), k, p in zip(
        found.segments.tolist(), found.labels, found.scores.tolist())
                  if p >= least)


def values_of(result):
    return sorted((s.start, s.action, s.end, s.score) for s in result.segments)


@pytest.mark.parametrize('own, saved, expected', [
    (None, "model = 1\ndomain = 'drawn'\nlr = .1\n", 'drawn'),
    ('people', 'domain = "drawn people\'s"', "drawn people's"),
    ('people', "domain = ''\n", ''),
    ('', 'domain = \'people\\\'s "faces"\\n\'', 'people\'s "faces"\n'),
    ('people', "a = dict(\n    domain = 'no')\nother_domain = 'no'", 'people'),
    ('people', None, 'people'),
    (None, 7, ''),
])
def test_what_a_model_is_for(own, saved, expected):
    config = Config(dict(domain=own) if own else {})
    meta = {} if saved is None else dict(cfg=saved)
    assert find_domain(config, meta) == expected


def test_a_detectors_segments_are_taken_as_they_are(detector, frames_of,
                                                    lossless, tmp_path):
    path = lossless(tmp_path / 'clip.mkv', frames_of(100))
    expected = detections_of(*detector, path)
    assert len(expected) > 3
    result = MicroActionInferencer(*detector, threshold=LOW)(path)
    # Times of mkv are in ms.
    np.testing.assert_allclose(values_of(result), expected, atol=1e-3)
    facts = dict(task='detection', domain='cats', confidence='not calibrated')
    assert result.settings.items() >= facts.items()
    assert result.settings['num_chunks'] == 1
    assert result.scores.max() == pytest.approx(max(x[3] for x in expected))
    for start, end, scores in zip(result.step_starts, result.step_ends,
                                  result.step_scores):
        best = np.zeros(52)
        for s in result.segments:
            if s.start < end and s.end > start:
                best[s.action] = max(best[s.action], s.score)
        np.testing.assert_allclose(np.where(scores < LOW, 0, scores), best)


@pytest.mark.parametrize('value, error', [(np.nan, 'hold NaN or infinity'),
                                          (3e38, 'gives NaN or infinity')])
def test_what_is_no_number_is_no_result(detector, frames_of, value, error):
    cfg, path = detector
    saved = torch.load(path)
    saved['state_dict']['backbone.conv1.conv.weight'][:] = value
    torch.save(saved, path)
    with pytest.raises(ValueError, match=error):
        MicroActionInferencer(cfg, path)(frames_of(40))


def test_a_long_video_is_cut_into_chunks(detector, frames_of, lossless,
                                         tmp_path):
    cfg, checkpoint = detector
    assert cfg.test_dataloader.dataset.pipeline[1].stride == 4
    cfg.test_dataloader.dataset.pipeline[1].max_frames = 12  # 48 frames
    frames = frames_of(100)
    expected = []
    for first in (0, 17, 35, 52):
        path = lossless(tmp_path / f'{first}.mkv', frames[first:first + 48])
        expected.append([
            Segment(s + first / 30, min(e + first / 30, (first + 48) / 30), k,
                    p)
            for s, k, e, p in detections_of(cfg, checkpoint, path, 0)
        ])
    chunks = plan_chunks(np.arange(100) / 30, 100 / 30, 48)
    whole = lossless(tmp_path / 'whole.mkv', frames)
    infer = MicroActionInferencer(cfg, checkpoint, threshold=LOW)
    for result in infer([frames, whole]):  # times of mkv are in ms
        assert result.settings['num_chunks'] == 4
        assert result.settings['chunk'] == pytest.approx(1.6)
        found = values_of(result)
        want = [(s.start, s.action, s.end, s.score)
                for s in join_chunks(chunks, expected) if s.score >= LOW]
        assert len(found) > 5
        np.testing.assert_allclose(found, sorted(want), atol=2e-3)


def test_detections_have_the_times_of_the_frames(detector, frames_of, lossless,
                                                 tmp_path):
    """At a variable rate the k-th frame is not at k / fps."""
    frames = frames_of(80)
    ticks = np.cumsum([0] + [20] * 39 + [60] * 40)  # slower and slower
    path = lossless(tmp_path / 'clip.mkv', frames, ticks=ticks)
    infer = MicroActionInferencer(*detector, threshold=LOW)
    even, real = infer([frames, path], fps=30.)
    edges = np.append(ticks, ticks[-1] + 60) / 1000
    assert even.segments
    for a, b in zip(even.segments, real.segments, strict=True):
        start = np.interp(a.start * 30, np.arange(81), edges)
        assert (a.action, start) == (b.action, pytest.approx(b.start, abs=.03))
        assert a.score == pytest.approx(b.score, abs=1e-5)


def test_the_best_device():
    best = 'cuda' if torch.cuda.is_available() else 'cpu'
    assert pick_device() == pick_device('auto') == best


def test_where_the_label_set_comes_from(tmp_path):
    path = tmp_path / 'three.csv'
    path.write_text('name,group\na,x\nb,y\nc,x\n')
    three = Taxonomy.load(str(path))
    (tmp_path / 'c.py').write_text('test_dataloader = dict(dataset=dict())')
    plain, named, some = (
        Config.fromfile(str(tmp_path / 'c.py')) for _ in range(3))
    named.test_dataloader.dataset.taxonomy = str(path)
    some.test_dataloader.dataset.update(taxonomy=str(path), classes=['c', 'a'])
    ours, ma52 = (
        dict(dataset_meta=dict(taxonomy=x.to_dict())) for x in (three, MA52))
    for config, meta, count, expected in (
        (plain, ours, 3, three),
        (named, {}, 3, three),
        (named, dict(dataset_meta=None), None, three),
        (named, ma52, 3, three),  # the checkpoint's is of other data
        (some, {}, 2, three.subset(['c', 'a'])),
        (plain, {}, 52, MA52),
        (plain, {}, None, MA52),
    ):
        assert find_taxonomy(config, meta, count) == expected
    error = 'c.py is of a model of 7 .* set test_dataloader.dataset.taxonomy'
    for config, meta in ((plain, {}), (named, ours), (plain, ma52)):
        with pytest.raises(ValueError, match=error):
            find_taxonomy(config, meta, 7)
