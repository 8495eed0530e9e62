# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose

from mmaction_microaction.deployment import TOLERANCE, load_recogniser, verify
from mmaction_microaction.deployment.verification import (largest_error,
                                                          pack_clips,
                                                          randomise)
from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(scope='module')
def samples(manet):
    return pack_clips(manet[0], 3)


def test_clips_are_what_the_pipeline_packs(manet, samples, tmp_path):
    assert [tuple(s['inputs'].shape) for s in samples] == [(8, 3, 32, 32)] * 3
    assert samples[0]['inputs'].dtype == torch.uint8
    assert not torch.equal(samples[0]['inputs'], samples[1]['inputs'])
    # From a file as MMAction2 reads it, and round again.
    path = str(tmp_path / 'clip.mp4')
    write_video(path, render_clip(9, 3, (80, 64)).frames)
    packed = pack_clips(manet[0], 2, [path])
    pipeline = Compose(manet[0].test_dataloader.dataset.pipeline)
    wanted = pipeline(
        dict(filename=path, start_index=0, modality='RGB', clip_name='clip'))
    for sample in packed:
        assert torch.equal(sample['inputs'], wanted['inputs'])
    (tmp_path / 'empty.mp4').write_bytes(b'')
    with pytest.raises(ValueError, match='empty.mp4'):
        pack_clips(manet[0], 1, [str(tmp_path / 'empty.mp4')])


def test_random_pixels(samples):
    first, second = (
        torch.stack([s['inputs'] for s in randomise(samples)])
        for _ in range(2))
    assert torch.equal(first, second) and first.dtype == torch.uint8
    assert first.shape == (3, *samples[0]['inputs'].shape)
    assert first[0].min() == 0 and first[0].max() == 255
    assert not torch.equal(first[0], first[1])


def test_largest_error():
    wanted = np.array([[.5, .5], [.1, .2]])
    assert largest_error(wanted, wanted) == 0
    off = wanted + [[0, 0], [.01, 0]]
    assert largest_error(off, wanted) == pytest.approx(.05)
    assert largest_error(wanted[:1], wanted) == float('inf')


def test_what_is_noticed(manet, samples):
    """Wrong scores, of every kind that an export could give."""
    cfg, checkpoint = manet
    reference = load_recogniser(cfg, checkpoint)

    def score(pixels, predictor=reference):
        packed = [dict(samples[0], inputs=torch.from_numpy(p)) for p in pixels]
        return predictor.predict(packed)

    seen = []
    checks = verify(score, reference, samples[:2], seen.append)
    assert len(checks) == len(seen) == 4
    assert max(check.error for check in checks) < 1e-5 < TOLERANCE
    other = copy.deepcopy(cfg)
    other.model.data_preprocessor.type = 'ActionDataPreprocessor'
    without_mean = load_recogniser(other, checkpoint)
    wrong = {
        'another normalisation': lambda x: score(x, without_mean),
        'frames in reverse': lambda x: score(x[:, ::-1].copy()),
        'clips mixed up': lambda x: score(x)[::-1],
        'the clip of a batch': lambda x: score(x[:1].repeat(len(x), axis=0)),
        'logits': lambda x: np.log(score(x)),
        'not a number': lambda x: score(x) * np.nan,
        'no batch': lambda x: score(x)[:1],
    }
    for what, scorer in wrong.items():
        with pytest.raises(ValueError, match='is not the checkpoint'):
            verify(scorer, reference, samples[:2])
            pytest.fail(what)
