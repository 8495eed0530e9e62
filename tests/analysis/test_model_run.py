# Copyright (c) mmaction-microaction contributors. All rights reserved.
from copy import deepcopy

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.analysis import (FeatureTap, build_test_set,
                                           count_training_clips, load_model,
                                           run_model)
from mmaction_microaction.datasets import read_list
from mmaction_microaction.models.heads import JointEmbeddingHead
from mmaction_microaction.taxonomy import MA52


@pytest.fixture
def cfg(tiny_manet):
    for split in ('train', 'test'):
        tiny_manet[f'{split}_dataloader'].dataset.pop('indices')
    return tiny_manet


@pytest.fixture
def run(cfg, tmp_path):
    """A function that saves the config's model, and runs it."""

    def run(**kwargs):
        cfg.load_from, model = str(tmp_path / 'm.pth'), MODELS.build(cfg.model)
        torch.save(dict(state_dict=model.state_dict()), cfg.load_from)
        return run_model(
            load_model(cfg, cfg.load_from), build_test_set(cfg, **kwargs),
            cfg.test_dataloader.to_dict())

    return run


def test_scores_are_those_of_the_runner(cfg, run, sample_root):
    clips = run(clips=5)
    names = [x for x, _ in read_list(f'{sample_root}/val_list_videos.txt')]
    chosen = [names.index(name) for name in clips.names]
    assert len(chosen) == 5 and chosen == sorted(chosen)
    assert clips.paths[0] == f'{sample_root}/videos_val/{clips.names[0]}'
    assert clips.taxonomy == MA52
    cfg.test_dataloader.dataset.indices = chosen
    cfg.model.cls_head.save_embedding = True
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    model, expected = runner.model.eval(), []
    with torch.no_grad():
        for batch in runner.build_dataloader(cfg.test_dataloader):
            expected += model.test_step(batch)
    for found, key in ((clips.scores, 'pred_score'), (clips.features,
                                                      'pred_embedding'),
                       (clips.labels[:, None], 'gt_label')):
        wanted = torch.stack([x.get(key) for x in expected])
        np.testing.assert_allclose(
            found, wanted, atol=1e-6 if key == 'pred_embedding' else 0)
    np.testing.assert_array_equal(clips.label_vectors,
                                  model.cls_head.label_vectors)


def test_seed_draws_the_clips(cfg):
    first, again, other = ([
        info['clip_name'] for info in map(drawn.get_data_info, range(6))
    ] for drawn in (build_test_set(cfg, 6, seed) for seed in (0, 0, 1)))
    assert first == again != other
    assert len(build_test_set(cfg)) == len(build_test_set(cfg, 99)) == 52


@pytest.mark.parametrize('kind', [
    dict(type='TSMHead'),
    dict(type='HierarchicalHead', head='TSMHead'),
])
def test_features_of_another_head(cfg, run, kind):
    cfg.model.cls_head = dict(
        num_classes=52, in_channels=128, average_clips='prob', **kind)
    clips = run(clips=2)
    assert clips.features.shape == (2, 128) and clips.label_vectors is None
    # Scores follow from the features alone: the layer is linear.
    head = load_model(cfg, cfg.load_from).cls_head.cpu()
    scores = head.average_clip(head.fc_cls(torch.from_numpy(clips.features)))
    np.testing.assert_allclose(scores, clips.scores, rtol=1e-4)


def test_tap_averages_views_and_lets_go():
    head = JointEmbeddingHead(52, 6, num_segments=2)
    feats = torch.randn(8, 6, 3, 3)  # 2 clips of 2 views of 2 frames
    with FeatureTap(head) as tap, torch.no_grad():
        _, embedding = head.eval().forward_all(feats)
        expected = embedding.unflatten(0, (2, 2)).mean(dim=1)
        np.testing.assert_allclose(tap.take(2), expected, atol=1e-6)
    assert not head.fc_emb._forward_hooks
    with pytest.raises(ValueError, match='Identity has no linear layer'):
        FeatureTap(nn.Identity())


def test_counts_and_a_subset_of_the_classes(cfg, run, tmp_path):
    assert count_training_clips(cfg).tolist() == [2] * 52
    classes = ['nodding', 'waving', 'tiptoe']
    for split in ('train', 'test'):
        cfg[f'{split}_dataloader'].dataset.classes = classes
    cfg.model.cls_head.update(num_classes=3, label_names=classes)
    clips = run()
    assert clips.scores.shape == (3, 3) and clips.classes == tuple(classes)
    assert count_training_clips(cfg).tolist() == [2, 2, 2]
    cfg.train_dataloader.dataset.data_root = str(tmp_path)
    assert count_training_clips(cfg) is None
    cfg.train_dataloader = None
    assert count_training_clips(cfg) is None


def test_refuses(cfg, run, repo):
    run(clips=1)
    detector = Config.fromfile(str(repo / 'configs/manet_r18_mma52sample.py'))
    other = deepcopy(cfg)
    other.model.backbone.depth = 34
    cfg.test_dataloader.dataset.split = 'test'
    for call, args, message in (
        (build_test_set, (cfg, 0), 'at least 1 clip, but got 0'),
        (run, (), 'test split of MA-52 has no true'),
        (load_model, (other, cfg.load_from), 'of another model than .*fit'),
        (load_model, (detector, ''), 'TemporalDetector, which '),
        (load_model, (Config(), ''), 'has no model; expected'),
        (build_test_set, (Config(), ), 'has no test_dataloader'),
    ):
        with pytest.raises(ValueError, match=message):
            call(*args)
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        load_model(cfg, 'gone.pth')
