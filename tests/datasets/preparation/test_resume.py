# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Killed at random moments, ten times, and the same in the end."""
import fcntl
import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mmaction_microaction.datasets.preparation import (MANIFEST, Preparation,
                                                       Recipe, read_manifest)
from mmaction_microaction.datasets.preparation.preparation import SCRATCH

TOOL = Path(__file__).parents[3] / 'tools' / 'data/prepare_videos.py'

# Runs in a process forked from one that has imported the package, and forks
# its workers, too: the kills are to hit the work, not the imports.
CODE = '''
import os, runpy, sys
from mmaction_microaction.utils import workers
os.setsid()
workers._METHOD = 'fork'
sys.stdout = open(os.devnull, 'w')
sys.exit(runpy.run_path({tool!r})['main'](
    [{source!r}, {target!r}, '--short-side=64', '--workers={workers}']))
'''


@pytest.fixture(scope='module')
def server():
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([
        'mmaction_microaction.datasets.preparation', 'pandas', 'rich.progress'
    ])
    return context


@pytest.fixture(scope='module')
def source(tmp_path_factory, make_clip):
    root = tmp_path_factory.mktemp('raw')
    for i in range(40):
        make_clip(root / 'videos' / f'{i}.mp4', 10 + i % 7, 160, 128)
    (root / 'train.csv').write_text('x\n' * 1000)
    return root


def start(server, source, target, workers):
    code = CODE.format(
        tool=str(TOOL),
        source=str(source),
        target=str(target),
        workers=workers)
    process = server.Process(target=exec, args=(code, {}))
    process.start()
    return process


def kill(process, target):
    process.kill()
    with suppress(ProcessLookupError):  # killed before it had a group
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
    if target.exists():  # forked workers hold the lock until they are gone
        folder = os.open(target, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        os.close(folder)


@pytest.mark.parametrize('workers', [0, 2])
def test_killed_ten_times(server, source, tmp_path, read_tree, workers):
    whole, target = tmp_path / 'whole', tmp_path / 'killed'
    start(server, source, tmp_path / 'warm_up', workers).join()
    begin = time.perf_counter()
    process = start(server, source, whole, workers)
    process.join()
    assert process.exitcode == 0
    duration = time.perf_counter() - begin
    rng, kills, seen = random.Random(0), 0, set()
    # At least one of them after a clip was finished.
    while kills < 10 or not any(seen):
        process = start(server, source, target, workers)
        process.join(timeout=rng.uniform(0, duration / 3))
        kill(process, target)
        # No half file is taken for a clip, and none for done.
        done = read_manifest(target / MANIFEST)
        for name, record in done.items():
            assert (target / name).stat().st_size == record.bytes
        for path in (target / 'videos').glob('*'):
            assert path.read_bytes() == (whole / 'videos' /
                                         path.name).read_bytes()
        seen.add(len(done))
        if process.exitcode == 0:  # it was quicker: all over again
            shutil.rmtree(target)
        else:
            kills += 1
    process = start(server, source, target, workers)
    process.join()
    assert process.exitcode == 0
    tree = read_tree(target)
    assert len(tree) == 43 and tree == read_tree(whole)


def test_what_was_left_unfinished_is_removed(source, tmp_path):
    target = tmp_path / 'small'
    with Preparation(str(source), str(target), Recipe(64)) as job:
        next(job.run(workers=0))
    done, = read_manifest(target / MANIFEST)
    (target / SCRATCH).mkdir()
    (target / SCRATCH / 'tmp123').write_bytes(b'half a clip')
    # A clip whose row was not written; and a row not written to its end.
    stray = 'videos/1.mp4'
    assert done not in (stray, 'videos/2.mp4')
    (target / stray).write_bytes(b'a clip of a killed run')
    with open(target / MANIFEST, 'ab') as file:
        file.write(b'videos/2.mp4,12,30.0,6')
    with Preparation(str(source), str(target), Recipe(64)) as job:
        assert not list((target / SCRATCH).iterdir())
        assert len(job.todo) == 39 and stray in job.todo
        for _ in job.run(workers=0):
            pass
    assert (target / stray).stat().st_size == job.records[stray].bytes
    assert len(read_manifest(target / MANIFEST)) == 40
