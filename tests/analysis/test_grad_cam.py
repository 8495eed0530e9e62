# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate

from mmaction_microaction.analysis import (ClipGradCAM, FeatureTap,
                                           input_frames, last_map_layer)

METHODS = ('tsn_r50', 'tsm_r50', 'tin_r50', 'manet_r50', 'c3d', 'i3d_r50',
           'slowfast_r50', 'timesformer_divst', 'uniformer_small', 'swin_tiny')


def make_sample(shape):
    inputs = torch.randint(0, 256, shape, dtype=torch.uint8)
    return dict(inputs=inputs, data_samples=ActionDataSample().set_gt_label(0))


def by_hand(model, sample, grid_of, use_label):
    """Grad-CAM in plain autograd: (T, H, W), 0 to 1."""
    inputs, kept = sample['inputs'], []
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    module = model.get_submodule(last_map_layer(model).replace('/', '.'))
    handle = module.register_forward_hook(
        lambda m, args, out: kept.append(out))
    logits = model(data['inputs'], stage='head').mean(dim=0)
    handle.remove()
    feature = kept[0][0] if isinstance(kept[0], tuple) else kept[0]
    # Second best, of a positive logit: there are places that speak for it.
    label = logits.argsort(descending=True)[int(use_label)]
    sample['data_samples'].set_gt_label(label)
    gradient, = torch.autograd.grad(logits[label], feature)
    x, g = grid_of(feature), grid_of(gradient)  # (t, C, h, w)
    cam = (x * g.mean(dim=(2, 3), keepdim=True)).sum(dim=1).clamp(min=0)
    size = input_frames(inputs).shape[:3]
    cam = F.interpolate(cam[None, None], size, mode='trilinear')[0, 0]
    return ((cam - cam.min()) / (cam.max() - cam.min())).detach().numpy()


def tokens_to_grid(x):
    """8 frames of 2 x 2 patches, and the class token in front."""
    grid = torch.empty(8, x.shape[2], 2, 2)
    for row, column, t in np.ndindex(2, 2, 8):
        grid[t, :, row, column] = x[0, 1 + (row * 2 + column) * 8 + t]
    return grid


CASES = dict(
    manet_r50=((8, 3, 64, 48), lambda x: x),
    slowfast_r50=((1, 3, 32, 64, 48), lambda x: x[0].transpose(0, 1)),
    timesformer_divst=((1, 3, 8, 32, 32), tokens_to_grid))


@pytest.mark.parametrize('method', CASES)
@pytest.mark.parametrize('use_label', [False, True])
def test_is_what_autograd_gives(small_method, method, use_label):
    model, (shape, grid_of) = small_method(method).build(), CASES[method]
    sample = make_sample(shape)
    expected = by_hand(model, sample, grid_of, use_label)
    assert expected.max() == 1 and expected.std() > 0.01
    with ClipGradCAM(model) as cam:
        cam.colormap = lambda x: np.stack([x] * 3 + [1 + 0 * x], axis=-1)
        shown = cam.overlay(sample, use_label, alpha=0.5)
    # The map m is drawn as grey m, with the weight m / 2.
    frames = input_frames(sample['inputs']) / 255.
    weight = 0.5 * expected[..., None]
    wanted = weight * expected[..., None] + (1 - weight) * frames
    assert shown.shape == wanted.shape
    np.testing.assert_allclose(shown, wanted, atol=2e-4)


@pytest.mark.parametrize('method', METHODS)
def test_all_methods_without_gradients_of_weights(small_method, method):
    small = small_method(method)
    model = small.build().requires_grad_(False)
    side = 32 if method in ('c3d', 'timesformer_divst') else 64
    views = 2 if len(small.shape) == 5 else 8
    sample = make_sample((views, *small.shape[1:-2], side, side))
    with ClipGradCAM(model) as cam, FeatureTap(model.cls_head) as tap:
        shown = cam.overlay(sample)
    features = tap.take(1)  # of the one view that was looked at
    wanted = 300 if method == 'manet_r50' else model.cls_head.in_channels
    assert features.shape == (1, wanted) and np.isfinite(features).all()
    frames = input_frames(sample['inputs']) / 255.
    assert shown.shape == frames.shape
    assert 0 <= shown.min() and shown.max() <= 1
    assert np.abs(shown - frames).max() > 0.1


def test_layers_and_a_model_left_alone(small_method):
    model = small_method('manet_r50').build()
    sample, shown = make_sample((8, 3, 64, 64)), []
    before = model.test_step(pseudo_collate([sample]))[0].pred_score
    for layer in (None, 'backbone/layer4', 'backbone/layer3'):
        with ClipGradCAM(model, layer) as cam:
            shown.append(cam.overlay(sample))
    assert shown[1] == pytest.approx(shown[0], abs=1e-6)
    assert np.abs(shown[1] - shown[2]).max() > 0.1
    with pytest.raises(ValueError, match="no layer 'backbone/layer9'"):
        ClipGradCAM(model, 'backbone/layer9')
    with ClipGradCAM(model, 'cls_head/fc_cls') as cam:
        with pytest.raises(ValueError, match='no places; choose an earlier'):
            cam.overlay(sample)
    assert not model.backbone._forward_hooks
    assert model.cls_head.average_clips == 'prob'
    after = model.test_step(pseudo_collate([sample]))[0].pred_score
    assert torch.equal(before, after)
    assert after.sum().item() == pytest.approx(1)
