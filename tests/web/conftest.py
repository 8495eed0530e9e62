# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A tiny model, and videos good and bad."""
import pytest

from mmaction_microaction.inference import MicroActionInferencer
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(scope='session')
def inferencer(small_method):
    """A small MANet of random weights."""
    return MicroActionInferencer(*small_method('manet_r50')[:2], 'cpu')


@pytest.fixture(scope='session')
def videos(tmp_path_factory, frames_of, write_sound):
    """A good video of one second, and those that are none."""
    folder = tmp_path_factory.mktemp('videos')
    write_video(folder / 'good.mp4', frames_of(30))
    (folder / 'empty.mp4').touch()
    (folder / 'text.mp4').write_text('no video')
    write_sound(folder / 'sound.mp4')
    return folder


@pytest.fixture
def quick():
    """Leaves out the outputs that take long; their order stays."""
    before = dict(OUTPUTS)
    for name in ('timeline', 'report', 'overlay'):
        del OUTPUTS[name]
    yield
    OUTPUTS.clear()
    OUTPUTS.update(before)
