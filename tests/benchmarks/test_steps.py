# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import pytest
import torch

from benchmarks import exported, steps
from mmaction_microaction.deployment import export_model
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
    batch, scores = steps.random_batch(2, SHAPE), {}
    for name, who in steps.inference_contestants().items():
        model = steps.build_model(cfgs[who.config], who, 'cpu')
        plain = any(isinstance(m, PlainGatedShift) for m in model.modules())
        assert plain is ('plain' in name)
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
    batch, losses = steps.random_batch(2, SHAPE), {}
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
    cfg, path = cfgs['manet'], str(tmp_path / 'c.pth')
    plain = steps.Contestant()
    blocks = steps.Contestant(change=steps.use_plain_blocks)
    model = steps.build_model(cfg, plain, 'cpu')
    torch.save(dict(state_dict=model.state_dict()), path)
    models = {
        name: steps.build_model(cfg, who, 'cpu', path)
        for name, who in dict(a=plain, b=blocks).items()
    }
    assert isinstance(models['b'].backbone.layer1[0].conv1.conv, GatedShift)
    same, = steps.agreement_notes(models, 'a', steps.validation_data(cfg))
    assert '2 of 2' in same


def test_exported_models(small_method, tmp_path):
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    manet, path = small_method('manet_r50')[:2], str(tmp_path / 'm.onnx')
    export_model(*manet, path, batches=0)
    threads, seen = torch.get_num_threads(), []
    report = exported.benchmark(*manet, path, 2, 2, seen.append)
    assert torch.get_num_threads() == threads
    with pytest.raises(ValueError, match='batch of 1 or more'):
        exported.benchmark(*manet, path, 0)
    with pytest.raises(FileNotFoundError, match='none.onnx'):
        exported.benchmark(*manet, 'none.onnx')
    records = report.records()
    assert [r['name'] for r in records] == [
        'PyTorch float32', 'PyTorch float32, prepared',
        'PyTorch bfloat16, prepared', 'ONNX Runtime float32'
    ]
    assert all(r['cpu_ms'] > 0 and r['rounds'] == 2 for r in records)
    assert set(seen) == {r['name'] for r in records}
    assert report.title == 'manet_r50_ma52 batch 2'
    assert report.clips == 2 and report.machine['threads'] == '1'
    errors = re.findall(r'\d\.\de[+-]\d+', report.notes[0])
    exact, rounded, onnx = map(float, errors)
    assert max(exact, onnx) < 1e-4 < rounded < .9
