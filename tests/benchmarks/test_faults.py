# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Kills, damage and the memory of stand-ins for trainings."""
import sys
import time

import numpy as np
import pytest

from benchmarks.faults import Fault, damage, growth, memory, train
from mmaction_microaction.utils.video_reader import VideoReader
from mmaction_microaction.utils.video_writer import write_video

#: A training with one worker, which ends with an error if that one is killed.
TRAINING = '''
import os, time
child = os.fork()
if not child:
    time.sleep(60)
    os._exit(0)
print('Checkpoints will be saved to x', flush=True)
if {waits}:
    _, status = os.waitpid(child, 0)
    print('DataLoader worker (pid 1) is killed by signal', status & 127)
    raise SystemExit(1)
time.sleep(1.5)
os.kill(child, 9)
raise SystemExit({code})
'''


def run(waits, code=0, **more):
    script = TRAINING.format(waits=waits, code=code)
    return train([sys.executable, '-c', script], '', **more)


def test_a_training_without_faults():
    sizes = []
    hit, _, out = run(False, sizes=sizes)
    assert not hit and out.startswith('Checkpoints')
    assert len(sizes) == 2 and min(sizes) > 3
    hit, _, _ = run(False, 1)  # it fails of itself
    assert not hit


@pytest.mark.parametrize('worker', [False, True])
def test_kills(worker):
    start = time.monotonic()
    hit, seconds, out = run(True, fault=Fault(.5, '', worker))
    assert hit and .5 <= seconds <= time.monotonic() - start
    assert ('signal 9' in out) == worker


def test_a_kill_waits_for_a_file(tmp_path):
    (tmp_path / 'a.part').touch()
    hit, seconds, _ = run(True, fault=Fault(0, str(tmp_path / '*.part')))
    assert hit and seconds < 5


def test_growth():
    assert memory(2**30) == 0  # no such process
    assert growth([1, 1, 100, 100, 50, 500, 110, 0, 110, 110]) == \
        pytest.approx(10)
    assert growth([7]) == growth([7, 7]) == 0


@pytest.mark.parametrize('kind', range(10))
def test_damage(tmp_path, kind):
    path = tmp_path / 'a.mp4'
    noise = np.random.default_rng(0).integers(0, 255, (12, 64, 64, 3))
    write_video(path, noise.astype(np.uint8))
    VideoReader(str(path)).read(range(12), np.array)
    damage(path, kind)
    with pytest.raises((OSError, ValueError)):
        VideoReader(str(path)).read(range(12), np.array)
