# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import errno
import json
import os
import re
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from mmaction.datasets.transforms import DecordInit

from mmaction_microaction.datasets import (SPLITS, MA52Dataset, MMA52Dataset,
                                           find_video_dir)
from mmaction_microaction.datasets.preparation import (FAILURES, MANIFEST,
                                                       SETTINGS, Preparation,
                                                       Recipe, encode,
                                                       preparation,
                                                       read_manifest)

RECIPE = Recipe(short_side=56)


def num_frames(path):
    return DecordInit().transform(dict(filename=path))['total_frames']


@pytest.fixture
def layout_b(sample_root, tmp_path):
    """The first clips of every split of MA-52, in layout (b)."""
    raw = tmp_path / 'layout_b'
    (raw / 'annotations').mkdir(parents=True)
    for split in SPLITS:
        name, folder = f'{split}_list_videos.txt', raw / 'raw_videos' / split
        lines = (Path(sample_root) / name).read_text().splitlines()[:3]
        (raw / 'annotations' / name).write_bytes('\r\n'.join(lines).encode())
        folder.mkdir(parents=True)
        videos = Path(find_video_dir(sample_root, split))
        for line in lines:
            shutil.copy(videos / line.split()[0], folder)
    return raw


@pytest.mark.parametrize('kind, root', [(MA52Dataset, 'layout_b'),
                                        (MMA52Dataset, 'mma52_root')])
def test_a_data_set_reads_the_result(prepare, small, request, kind, root):
    """Both roots give the same data infos, and clips of the same length."""
    raw = request.getfixturevalue(root)
    job = prepare(source=raw)
    assert len(job.records) == 9 and job.plan.annotations
    for name in job.plan.annotations:
        assert (small / name).read_bytes() == Path(raw, name).read_bytes()
    for split in SPLITS:
        both = [kind(data_root=str(x), split=split) for x in (raw, small)]
        assert len(both[0]) == len(both[1]) > 0
        for i in range(len(both[0])):
            infos = [x.get_data_info(i) for x in both]
            names = [x.pop('filename') for x in infos]
            assert os.path.relpath(names[0], raw) == \
                os.path.relpath(names[1], small)
            assert str(infos[0]) == str(infos[1])
            assert num_frames(names[0]) == num_frames(names[1])


def test_what_is_written(prepare, raw_root, small, read_clip, read_tree):
    job = prepare(psnr=True)
    records = read_manifest(small / MANIFEST)
    assert records == job.records and list(records) == list(job.plan.clips)
    for name, record in records.items():
        assert len(read_clip(small / name)) == record.frames == \
            len(read_clip(raw_root / name))
        assert record.psnr > 30
    tree = read_tree(small)
    assert set(tree) == {MANIFEST, SETTINGS, 'train_list_videos.txt', *records}
    # Nothing is left to do, and nothing changes.
    before = {path: path.stat().st_mtime_ns for path in small.rglob('*.mp4')}
    assert prepare().todo == [] and read_tree(small) == tree
    assert {x: x.stat().st_mtime_ns for x in before} == before


def test_what_changed_is_made_again(prepare, raw_root, small, make_clip):
    first, second, third, fourth = prepare().plan.clips
    make_clip(raw_root / first, 20)  # the source changed
    (small / second).write_bytes(b'cut')  # the result was cut off
    (small / third).unlink()  # or is gone
    data = (small / fourth).read_bytes()
    (small / fourth).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # a bit
    assert prepare().todo == [first, second, third]
    assert num_frames(str(small / first)) == 20
    assert prepare(verify=True).todo == [fourth]
    assert prepare(verify=True).todo == []
    assert prepare(psnr=True).todo == [first, second, third, fourth]


def test_a_bad_clip(prepare, raw_root, small):
    name = prepare().plan.clips[1]
    good = (raw_root / name).read_bytes()
    (raw_root / name).write_bytes(good[:len(good) // 2])
    job = prepare()
    assert list(job.failures) == [name] and len(job.records) == 3
    assert not (small / name).exists()  # made of what it was before
    with open(small / FAILURES, newline='') as file:
        row, = csv.DictReader(file)
    assert row['path'] == name and 'cut off or damaged' in row['problem']
    assert name not in read_manifest(small / MANIFEST)
    (raw_root / name).write_bytes(good)
    assert prepare().todo == [name]
    assert not (small / FAILURES).exists()
    assert name in read_manifest(small / MANIFEST)


def test_a_full_disk(prepare, small, monkeypatch, read_tree):
    """Two clips fit; the third does not."""
    expected = read_tree(prepare().target)
    shutil.rmtree(small)
    real = encode.write_bytes

    def write(path, *args, **kwargs):
        if len(list(small.rglob('*.mp4'))) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(encode, 'write_bytes', write)
    with pytest.raises(OSError) as error:
        prepare()
    done = sum(x.stat().st_size for x in small.rglob('*.mp4')) / 1e6
    assert re.search(
        f'disk of .* is full: about {done:.1f} MB more are needed, .* MB are '
        'free; 2 of 4 clips are finished and stay usable, 2 remain',
        str(error.value))
    assert len(read_manifest(small / MANIFEST)) == 2
    monkeypatch.undo()
    assert len(prepare().todo) == 2 and read_tree(small) == expected


def full(path, mode='r', **kwargs):
    return open('/dev/full' if mode == 'ab' else path, mode, **kwargs)


# Of 'open': what cannot be written is tried again when the file is closed.
@pytest.mark.parametrize('module, step, fail', [
    (os, 'fsync', OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))),
    (preparation, 'open', full),
])
def test_a_disk_that_is_full_from_the_start(prepare, module, step, fail):
    with patch.object(module, step, side_effect=fail, create=True), \
            pytest.raises(OSError, match='is full: .* MB are free; '
                          '0 of 4 clips are finished'):
        prepare()
    job = prepare()
    assert len(job.todo) == len(job.records) == 4


def test_another_recipe_or_other_files(prepare, small, raw_root):
    prepare()
    # As versions that wrote no options left it: the same bytes of mjpeg.
    settings = dict(short_side=56, codec='mjpeg', quality=10)
    (small / SETTINGS).write_text(json.dumps(settings))
    prepare()
    message = ('short_side 56, codec mjpeg, quality 10, .* not short_side 56, '
               'codec h264, quality 21')
    with pytest.raises(ValueError, match=message):
        prepare(Recipe(56, 'h264'))
    # x264 had its tree then.
    settings.update(codec='h264', quality=21)
    (small / SETTINGS).write_text(json.dumps(settings))
    with pytest.raises(ValueError, match='quality 21, .* not .*mbtree'):
        prepare(Recipe(56, 'h264'))
    (small / SETTINGS).unlink()
    with pytest.raises(ValueError, match='no preparation has made'):
        prepare()


def test_source_is_destination(raw_root, tmp_path, read_tree):
    """Which ways there are, tests of the plan say."""
    tree = read_tree(raw_root)
    (tmp_path / 'small').mkdir()
    (tmp_path / 'small' / 'videos_train').symlink_to(raw_root / 'videos_train')
    for target in (raw_root, tmp_path / 'small'):
        with pytest.raises(ValueError, match='must be apart'):
            Preparation(str(raw_root), str(target))
    assert read_tree(raw_root) == tree


def test_two_runs_at_a_time(prepare, raw_root, small):
    with Preparation(str(raw_root), str(small), RECIPE):
        with pytest.raises(ValueError, match='another run is writing'):
            prepare()
    assert len(prepare().records) == 4


def test_clips_that_differ_by_case(prepare, raw_root, small, make_clip,
                                   monkeypatch):
    """MMA-52 has 43 such pairs, which some disks would make one file of."""
    make_clip(raw_root / 'videos_train' / 'a_L.mp4', 5)
    make_clip(raw_root / 'videos_train' / 'a_l.mp4', 6)
    assert prepare().records['videos_train/a_l.mp4'].frames == 6
    monkeypatch.setattr(Preparation, '_ignores_case', lambda self: True)
    with pytest.raises(ValueError, match='a_L.mp4.* for one name'):
        prepare()


def test_an_interrupt_keeps_what_is_finished(raw_root, small):
    with pytest.raises(KeyboardInterrupt), \
            Preparation(str(raw_root), str(small), RECIPE) as job:
        for _ in job.run(workers=0):
            raise KeyboardInterrupt
    assert len(read_manifest(small / MANIFEST)) == 1
    assert not list(small.glob('.prepare*'))
