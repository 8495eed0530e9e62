# Copyright (c) mmaction-microaction contributors. All rights reserved.
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
    tiny_manet.test_dataloader.dataset.pop('indices')
    return tiny_manet


@pytest.fixture
def checkpoint(cfg, tmp_path):
    path = str(tmp_path / 'model.pth')
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), path)
    return path


def run(cfg, checkpoint, **kwargs):
    dataset = build_test_set(cfg, **kwargs)
    model = load_model(cfg, checkpoint)
    return run_model(model, dataset, cfg.test_dataloader.to_dict())


def test_scores_are_those_of_the_runner(cfg, checkpoint, sample_root):
    clips = run(cfg, checkpoint, clips=5)
    names = [x for x, _ in read_list(f'{sample_root}/val_list_videos.txt')]
    assert len(clips.names) == 5
    assert clips.names == [x for x in names if x in clips.names]
    assert clips.paths[0] == f'{sample_root}/videos_val/{clips.names[0]}'
    assert clips.taxonomy == MA52
    chosen = [names.index(name) for name in clips.names]
    cfg.test_dataloader.dataset.indices = chosen
    cfg.load_from = checkpoint
    cfg.model.cls_head.save_embedding = True
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    runner.model.eval()
    with torch.no_grad():
        expected = sum(
            map(runner.model.test_step,
                runner.build_dataloader(cfg.test_dataloader)), [])
    for found, key, atol in ((clips.scores, 'pred_score',
                              0), (clips.features, 'pred_embedding', 1e-6),
                             (clips.labels[:, None], 'gt_label', 0)):
        wanted = torch.stack([x.get(key) for x in expected])
        np.testing.assert_allclose(found, wanted, atol=atol)
    np.testing.assert_array_equal(clips.label_vectors,
                                  runner.model.cls_head.label_vectors)


def test_seed_draws_the_clips(cfg):
    names = []
    for seed in (0, 0, 1):
        drawn = build_test_set(cfg, 6, seed)
        names.append([drawn.get_data_info(i)['clip_name'] for i in range(6)])
        assert len(drawn) == 6
    assert names[0] == names[1] != names[2]
    assert len(build_test_set(cfg)) == len(build_test_set(cfg, 99)) == 52


def test_features_of_another_head(cfg, tmp_path):
    cfg.model.cls_head = dict(
        type='TSMHead', num_classes=52, in_channels=128, average_clips='prob')
    model = MODELS.build(cfg.model)
    path = str(tmp_path / 'tsm.pth')
    torch.save(model.state_dict(), path)
    clips = run(cfg, path, clips=2)
    assert clips.features.shape == (2, 128)
    assert clips.label_vectors is None
    # Scores follow from the features alone: the layer is linear.
    head = model.cls_head.fc_cls
    logits = head(torch.from_numpy(clips.features))
    np.testing.assert_allclose(
        logits.softmax(dim=1).detach(), clips.scores, rtol=1e-4)


def test_tap_averages_views_and_lets_go():
    head = JointEmbeddingHead(52, 6, num_segments=2)
    feats = torch.randn(8, 6, 3, 3)  # 2 clips of 2 views of 2 frames
    with FeatureTap(head) as tap, torch.no_grad():
        _, embedding, _ = head.eval().forward_all(feats)
        expected = embedding.unflatten(0, (2, 2)).mean(dim=1)
        np.testing.assert_allclose(tap.take(2), expected, atol=1e-6)
    assert not head.fc_emb._forward_hooks
    with pytest.raises(ValueError, match='Identity has no linear layer'):
        FeatureTap(nn.Identity())


def test_counts_of_the_training_set(cfg, tmp_path):
    cfg.train_dataloader.dataset.pop('indices')
    np.testing.assert_array_equal(count_training_clips(cfg), [2] * 52)
    cfg.train_dataloader.dataset.data_root = str(tmp_path)
    assert count_training_clips(cfg) is None
    cfg.train_dataloader = None
    assert count_training_clips(cfg) is None


def test_a_subset_of_the_classes(cfg, tmp_path):
    classes = ['nodding', 'waving', 'tiptoe']
    for split in ('train', 'test'):
        dataset = cfg[f'{split}_dataloader'].dataset
        dataset.update(classes=classes)
        dataset.pop('indices', None)
    cfg.model.cls_head.update(num_classes=3, label_names=classes)
    path = str(tmp_path / 'three.pth')
    torch.save(MODELS.build(cfg.model).state_dict(), path)
    clips = run(cfg, path)
    assert clips.scores.shape == (3, 3) and clips.classes == tuple(classes)
    assert count_training_clips(cfg).tolist() == [2, 2, 2]


def test_refuses(cfg, checkpoint, repo, tmp_path):
    with pytest.raises(ValueError, match='at least 1 clip, but got 0'):
        build_test_set(cfg, 0)
    cfg.test_dataloader.dataset.split = 'test'
    with pytest.raises(ValueError, match='test split of MA-52 has no true'):
        run(cfg, checkpoint)
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        load_model(cfg, str(tmp_path / 'gone.pth'))
    cfg.model.backbone.depth = 34
    with pytest.raises(ValueError, match='is of another model than .* fit'):
        load_model(cfg, checkpoint)
    detector = Config.fromfile(str(repo / 'configs/manet_r18_mma52sample.py'))
    with pytest.raises(ValueError, match='TemporalDetector, which does not'):
        load_model(detector, checkpoint)
    with pytest.raises(ValueError, match='has no model; expected the config'):
        load_model(Config(), checkpoint)
    with pytest.raises(ValueError, match='has no test_dataloader'):
        build_test_set(Config())
