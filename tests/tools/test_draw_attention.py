# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.registry import DATASETS
from PIL import Image


@pytest.fixture(scope='module')
def experiment(tiny_mmnet):
    return tiny_mmnet('mmnet_casme2_5cls', 64)


@pytest.fixture
def run(experiment, run_tool, tmp_path):
    """A function that calls the tool; gives what it said and the picture."""

    def call(*args):
        out = tmp_path / 'out.png'
        done = run_tool('micro_expression/draw_attention.py', *experiment[1:],
                        '--out', out, *args)
        return done, np.asarray(Image.open(out)) if out.exists() else None

    return call


def test_draws_the_wanted_clips(run, experiment):
    dataset = DATASETS.build(experiment[0].test_dataloader.dataset)
    names = [dataset.get_data_info(i)['clip_name'] for i in (1, 0)]
    done, picture = run('--clips', *names)
    assert done.code == 0, done.err
    # Two rows of eight pictures.
    assert picture.shape[1] / picture.shape[0] == pytest.approx(2.8, abs=0.2)
    assert picture.std() > 20


@pytest.mark.parametrize('args, word', [
    (('--clips', 'sub09/EP01'), "no such clips in the test set: ['sub09/EP01"),
    (('--number', '0'), '--number must be at least 1'),
    (('--cfg-options', 'test_dataloader.dataset.data_root=nowhere'),
     'nowhere'),
])
def test_wrong_input(run, one_line, args, word):
    done, picture = run(*args)
    one_line(done, word)
    assert picture is None
