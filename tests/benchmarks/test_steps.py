# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from benchmarks import steps
from mmaction_microaction.models.layers import GatedShift, PlainGatedShift

SHAPE = (8, 3, 32, 32)


def test_targets_name_contestants():
    for table, targets in ((steps.inference_contestants(),
                            steps.INFERENCE_TARGETS),
                           (steps.training_contestants(True),
                            steps.TRAINING_TARGETS)):
        names = {t.name for t in targets} | {t.against for t in targets}
        assert names <= set(table)
        # The baseline is the block as the paper describes it.
        assert next(iter(table.values())).change is steps.use_plain_blocks


def test_inference_agrees(cfgs):
    batch = steps.random_batch(2, SHAPE)
    scores = {}
    for name, who in steps.inference_contestants().items():
        model = steps.build_model(cfgs[who.config], who, 'cpu')
        if 'plain' in name:
            assert any(type(m) is PlainGatedShift for m in model.modules())
        elif name.startswith(steps.MANET):
            assert not any(
                isinstance(m, PlainGatedShift) for m in model.modules())
        run = steps.inference(model, batch)
        scores[name] = torch.stack(run())
        assert scores[name].shape == (2, 52)
        assert run()[0].equal(scores[name][0])  # the batch is left as it is
    reference = scores.pop(f'{steps.PLAIN}, fp32')
    for name, others in scores.items():
        if name.startswith(steps.MANET):
            atol = 1e-6 if 'prepared' not in name else 1e-3
            torch.testing.assert_close(others, reference, atol=atol, rtol=0)


def test_training_agrees(cfgs):
    batch = steps.random_batch(2, SHAPE)
    losses = {}
    for name, who in steps.training_contestants().items():
        cfg = cfgs[who.config]
        cfg.model.cls_head.dropout_ratio = 0.
        model = steps.build_model(cfg, who, 'cpu')
        before = model.cls_head.fc_cls.weight.detach().clone()
        step = steps.training_step(cfg, model, batch, who.precision)
        losses[name] = float(step()['loss'])
        assert not model.cls_head.fc_cls.weight.equal(before)
        assert step()['loss'].isfinite()
    reference = losses[f'{steps.PLAIN}, fp32']
    for name, loss in losses.items():
        if name.startswith(steps.MANET):
            near = 0.05 if 'AMP' in name else 1e-5
            assert loss == pytest.approx(reference, rel=near), name


def test_agreement_of_checkpoints_on_validation_data(cfgs, tmp_path):
    cfg, plain = cfgs['manet'], steps.Contestant()
    model = steps.build_model(cfg, plain, 'cpu')
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'c.pth')
    blocks = steps.Contestant(change=steps.use_plain_blocks)
    models = {
        name: steps.build_model(cfg, who, 'cpu', str(tmp_path / 'c.pth'))
        for name, who in dict(a=plain, b=blocks).items()
    }
    assert isinstance(models['b'].backbone.layer1[0].conv1.conv, GatedShift)
    same, = steps.agreement_notes(models, 'a', steps.validation_data(cfg))
    assert '2 of 2' in same
