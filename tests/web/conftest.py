# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A tiny model, and videos good and bad."""
import pytest

from benchmarks.movement import SIZE, make_sample
from mmaction_microaction.inference import MicroActionInferencer
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.pose import write_pose_file
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(scope='session')
def inferencer(small_method):
    """A small MANet of random weights."""
    return MicroActionInferencer(*small_method('manet_r50')[:2], 'cpu')


@pytest.fixture(scope='session')
def videos(tmp_path_factory, frames_of, write_sound):
    """A good video of one second, and those that are none."""
    folder = tmp_path_factory.mktemp('videos')
    for name in ('good', 'nose'):
        write_video(folder / f'{name}.mp4', frames_of(30))
    (folder / 'empty.mp4').touch()
    (folder /
     'huge.y4m').write_bytes(b'YUV4MPEG2 W65000 H65000 F25:1\nFRAME\n' +
                             bytes(2**10))
    (folder / 'text.mp4').write_text('no video')
    write_sound(folder / 'sound.mp4')
    return folder


@pytest.fixture(scope='session')
def pose_file(tmp_path_factory):
    """The pose of a drawn person who touches the nose, in any video."""
    sample = make_sample(MA52.find('touching nose').index, 3)
    path = str(tmp_path_factory.mktemp('pose') / 'nose.pkl')
    write_pose_file(path, [
        dict(frame_dir='nose', img_shape=SIZE[::-1],
             keypoint=sample.points[None, :30],
             keypoint_score=sample.scores[None, :30], source='drawn')
    ])  # yapf: disable
    return path


@pytest.fixture
def quick():
    """Leaves out the outputs that take long; their order stays."""
    before = dict(OUTPUTS)
    for name in ('timeline', 'report', 'overlay'):
        del OUTPUTS[name]
    yield
    OUTPUTS.clear()
    OUTPUTS.update(before)
