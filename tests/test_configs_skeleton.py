# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The configs of skeletons; their conventions: test_configs.py."""
import pickle
from pathlib import Path

import mmaction
import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction_microaction.pose import KeypointLayout
from mmaction_microaction.taxonomy import Taxonomy

REPO = Path(__file__).resolve().parents[1]
HOST = Path(mmaction.__file__).parent / '.mim/configs/skeleton'
GRAPHS = ('stgcnpp_ma52', 'stgcnpp_bone_ma52', 'stgcnpp_jointmotion_ma52',
          'stgcnpp_bonemotion_ma52', 'stgcnpp_ma52sample', 'aagcn_ma52',
          'stgcnpp_imigue')
HEAT_MAPS = ('poseconv3d_ma52', 'poseconv3d_ma52sample', 'rgbpose_pose_ma52')
WITH_PICTURES = ('pcan_rgbpose_ma52', 'pcan_rgbpose_ma52sample',
                 'rgbpose_rgb_ma52')
SPLITS = ('train', 'val', 'test')
NTU = 'ntu60-xsub-keypoint'


def read(name):
    return Config.fromfile(str(REPO / 'configs' / f'{name}.py'))


def graph_of(layout):
    return dict(
        num_node=layout.num_points,
        center=layout.center,
        inward=list(layout.edges))


def steps_of(cfg, split):
    pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
    return {step.type: step for step in pipeline}


@pytest.mark.parametrize('name, theirs, passes', [
    ('stgcnpp_ma52', f'stgcnpp/stgcnpp_8xb16-joint-u100-80e_{NTU}-2d', 5),
    ('stgcnpp_bone_ma52', f'stgcnpp/stgcnpp_8xb16-bone-u100-80e_{NTU}-2d', 5),
    ('stgcnpp_jointmotion_ma52',
     f'stgcnpp/stgcnpp_8xb16-joint-motion-u100-80e_{NTU}-2d', 5),
    ('stgcnpp_bonemotion_ma52',
     f'stgcnpp/stgcnpp_8xb16-bone-motion-u100-80e_{NTU}-2d', 5),
    ('aagcn_ma52', f'2s-agcn/2s-agcn_8xb16-joint-u100-80e_{NTU}-2d', 5),
    ('poseconv3d_ma52', f'posec3d/slowonly_r50_8xb16-u48-240e_{NTU}', 10),
])
def test_recipe_is_the_hosts(name, theirs, passes):
    """All that the header of a config says to be the host's."""
    ours, host = read(name), Config.fromfile(str(HOST / f'{theirs}.py'))
    for cfg, points in ((ours, 28), (host, 17)):
        cfg.model.cls_head.num_classes = 0
        if 'graph_cfg' in cfg.model.backbone:
            cfg.model.backbone.graph_cfg.layout = ''
            cfg.model.backbone.pop('num_person', 0)
        else:
            assert cfg.model.backbone.pop('in_channels') == points
    assert ours.model == host.model
    optimizer = dict(dict(nesterov=False), **host.optim_wrapper.optimizer)
    size = ours.train_dataloader.batch_size  # a clip's rate is theirs
    assert ours.auto_scale_lr.base_batch_size == size
    optimizer['lr'] *= size / (8 * 16)
    assert ours.optim_wrapper.optimizer == optimizer
    assert ours.optim_wrapper.get('clip_grad') == host.optim_wrapper.get(
        'clip_grad')
    assert host.train_dataloader.dataset.times == passes
    epochs = passes * host.train_cfg.max_epochs
    assert ours.train_cfg.max_epochs == epochs
    assert ours.param_scheduler == [
        dict(host.param_scheduler[0], T_max=epochs)
    ]
    pipelines = [ours.train_pipeline, ours.val_pipeline, ours.test_pipeline]
    for split, steps in zip(SPLITS, pipelines):
        expected = [dict(x) for x in host[f'{split}_pipeline']]
        if 'graph_cfg' in ours.model.backbone:
            steps = steps[split == 'train':]  # the flip is ours
            assert steps[1].feats == expected[1]['feats']
            assert (steps[2].pop('clip_len'), expected[2].pop('clip_len'),
                    steps[4].pop('num_person')) == (48, 100, 1)
            del steps[1], expected[1], expected[3]['num_person']
        for step in (*steps, *expected):
            for key in ('left_kp', 'right_kp', 'meta_keys'):
                step.pop(key, None)
            for key, default in dict(
                    use_score=True, with_kp=True, with_limb=False,
                    num_clips=1).items():
                if step.get(key) == default:
                    del step[key]
        assert steps == expected, split


@pytest.mark.parametrize('name', GRAPHS + HEAT_MAPS + WITH_PICTURES)
def test_points_are_those_of_the_layout(name):
    """Graph, features, channels and whatever swaps left and right; and it is
    validated at all."""
    cfg = read(name)
    assert cfg.train_cfg.get('val_begin', 1) <= cfg.train_cfg.max_epochs
    layout = KeypointLayout.load(
        cfg.train_dataloader.dataset.get('layout', 'openpose28'))
    if name in GRAPHS:
        graph = cfg.model.backbone.graph_cfg.layout
        assert dict(
            graph, inward=sorted(graph.inward)) == dict(
                graph_of(layout), inward=sorted(layout.edges))
    elif name in HEAT_MAPS:
        assert cfg.model.backbone.in_channels == layout.num_points
    pairs = set(zip(layout.left, layout.right))
    for split in SPLITS:
        steps = steps_of(cfg, split)
        if name in GRAPHS:
            made = steps['GenerateSkeletonFeatures'].layout
            assert KeypointLayout.load(made) == layout
        for kind in ('Flip', 'GeneratePoseTarget'):
            if 'left_kp' in (step := steps.get(kind, {})):
                assert set(zip(step.left_kp, step.right_kp)) == pairs
    assert 'left_kp' in steps_of(cfg, 'train')['Flip']


def test_a_flip_mirrors_the_person():
    """The right arm's features are those that the left one had, x negated."""
    chain = [
        TRANSFORMS.build(step)
        for step in read('stgcnpp_bone_ma52').train_pipeline[:3]
    ]
    layout, made = KeypointLayout.load('openpose28'), []
    xy = np.random.default_rng(0).uniform(1, 99, (1, 4, 28, 2))
    for ratio in (0, 1):
        chain[0].flip_ratio = ratio
        results = dict(
            keypoint=xy.copy(),
            keypoint_score=np.ones((1, 4, 28)),
            img_shape=(100, 100),
            modality='Pose')
        for step in chain:
            results = step(results)
        made.append(results['keypoint'])
    swapped = list(range(28))
    for left, right in zip(layout.left, layout.right):
        swapped[left], swapped[right] = right, left
    np.testing.assert_allclose(
        made[1][..., swapped, :], made[0] * (-1, 1, 1), atol=1e-6)


def run(cfg, prefix='ma52'):
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = None
    cfg.custom_hooks = [dict(type='NumClassesHook')]  # no pictures
    runner = Runner.from_cfg(cfg)
    before = [p.detach().clone() for p in runner.model.parameters()]
    runner.train()
    assert any(not p.equal(b)
               for p, b in zip(runner.model.parameters(), before))
    assert 0 <= runner.test()[f'{prefix}/action_top1'] <= 1


def narrow(cfg):
    """A narrow network with the same graph or channels, few test views."""
    steps_of(cfg, 'test')['UniformSampleFrames'].num_clips = 2
    graph = 'graph_cfg' in cfg.model.backbone
    cfg.model.backbone.base_channels = 8
    cfg.model.cls_head.in_channels = 8 if graph else 128
    cfg.model.backbone.update(
        dict(num_stages=3) if graph else dict(stage_blocks=(1, 1, 1)))
    return cfg


@pytest.mark.parametrize('name, embedding', [
    ('stgcnpp_ma52', False),
    ('stgcnpp_bonemotion_ma52', True),
    ('aagcn_ma52', False),
    ('poseconv3d_ma52', True),
    ('stgcnpp_ma52sample', False),
    ('poseconv3d_ma52sample', False),
])
def test_train_and_test(name, embedding, shrink):
    """With the config's head, or the label embedding."""
    cfg = shrink(read(name))
    if 'sample' not in name:
        narrow(cfg)
    if embedding:
        cfg.model.cls_head = dict(
            type='JointEmbeddingHead',
            num_classes=52,
            in_channels=cfg.model.cls_head.in_channels)
    run(cfg)


@pytest.fixture
def arrays(tmp_path):
    """A function that writes ST-GCN's arrays of so many points."""

    def write(points, classes):
        rng = np.random.default_rng(0)
        for split in ('train', 'valid', 'test'):
            data = rng.uniform(1, 1000, (4, 3, 90, points, 1))
            data[:, 2] = 1
            np.save(tmp_path / f'{split}_data.npy', data.astype(np.float32))
            (tmp_path / f'{split}_label.pkl').write_bytes(
                pickle.dumps(([f'{split}{i}' for i in range(4)],
                              rng.integers(0, classes, 4).tolist())))
        return str(tmp_path)

    return write


@pytest.mark.parametrize('layout', ['imigue22', 'openpose25', 'kinect25'])
def test_arrays_of_other_points(layout, arrays, shrink):
    layout = KeypointLayout.load(layout)
    cfg = narrow(read('stgcnpp_imigue'))
    shrink(cfg, root=arrays(layout.num_points, 32))
    if layout.num_points != 22:
        cfg.model.backbone.graph_cfg.layout = graph_of(layout)
        for split in SPLITS:
            cfg[f'{split}_dataloader'].dataset.layout = layout.name
            steps = steps_of(cfg, split)
            steps['GenerateSkeletonFeatures'].layout = layout.name
            steps.get('Flip', {}).update(
                left_kp=layout.left, right_kp=layout.right)
    run(cfg, 'imigue')
    data = DATASETS.build(cfg.train_dataloader.dataset)
    assert data[0]['inputs'].shape == (1, 1, 48, layout.num_points, 3)


def test_imigue_has_its_classes():
    taxonomy = Taxonomy.load('imigue')
    assert taxonomy.num_classes == 32 == read(
        'stgcnpp_imigue').model.cls_head.num_classes
    assert (taxonomy.names[0], taxonomy.names[-1]) == ('turtle neck',
                                                       'illustrative')
