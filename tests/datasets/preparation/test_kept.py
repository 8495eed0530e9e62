# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What a second run keeps of the first, though it cannot make it anew."""
from mmaction_microaction.datasets.preparation import (FAILURES, MANIFEST,
                                                       Preparation, Recipe,
                                                       preparation,
                                                       read_manifest)

RECIPE = Recipe(short_side=56)


def test_a_store_that_is_not_mounted(prepare, raw_root, small, tmp_path,
                                     read_tree):
    """The source holds links, and for a while they lead nowhere."""
    store, name = tmp_path / 'store', prepare().plan.clips[0]
    (raw_root / 'videos_train').rename(store)
    (raw_root / 'videos_train').mkdir()
    for path in store.iterdir():
        (raw_root / 'videos_train' / path.name).symlink_to(path)
    tree = read_tree(small)
    store.rename(tmp_path / 'away')
    for kwargs in ({}, dict(psnr=True), {}):
        job = prepare(**kwargs)
        assert set(job.failures) == set(job.records) == set(job.plan.clips)
        assert 'cannot be read' in job.failures[name]
        left = read_tree(small)
        assert left.pop(FAILURES).count(b'No such file') == 4 and left == tree
    (small / MANIFEST).unlink()  # nor if nothing is known of the clips
    assert prepare().records == {} and (small / name).exists()
    (tmp_path / 'away').rename(store)
    prepare()
    assert read_tree(small) == tree


def test_a_crash_takes_no_finished_clip(prepare, raw_root, small, monkeypatch,
                                        make_clip):
    _, second, third, _ = prepare().plan.clips
    make_clip(raw_root / second, 20)  # of this one nothing right is there
    (small / third).write_bytes(b'cut')  # nor of this
    monkeypatch.setattr(preparation, 'prepare_clip',
                        lambda name, **kwargs: 'the decoder crashed')
    job = prepare(psnr=True)
    kept = set(job.plan.clips) - {second, third}
    assert len(job.failures) == 4
    assert set(job.records) == set(read_manifest(small / MANIFEST)) == kept
    assert {x for x in job.plan.clips if (small / x).exists()} == kept


def test_more_is_wanted_and_not_made(prepare, raw_root, small, read_tree):
    """Rows without a PSNR count until those with one are written."""
    prepare()
    tree = read_tree(small)
    with Preparation(str(raw_root), str(small), RECIPE, psnr=True) as job:
        assert len(job.todo) == 4 == len(read_manifest(small / MANIFEST))
    assert read_tree(small) == tree
    with Preparation(str(raw_root), str(small), RECIPE, psnr=True) as job:
        name, _ = next(job.run(workers=0))
    records = read_manifest(small / MANIFEST)
    assert [x for x in records if records[x].psnr is not None] == [name]
    assert len(records) == 4 and prepare().todo == []
    assert len(prepare(psnr=True).todo) == 3


def test_known_failures_stay_known(prepare, raw_root, small):
    first, second = prepare().plan.clips[:2]
    good = (raw_root / first).read_bytes()
    for name in (first, second):
        (raw_root / name).write_bytes(b'no video\n' * 50)
    prepare()
    table = (small / FAILURES).read_bytes()
    assert table.count(b',"not a video') == 2
    with Preparation(str(raw_root), str(small), RECIPE) as job:
        assert list(job.failures) == [first, second]
    assert (small / FAILURES).read_bytes() == table
    (raw_root / first).write_bytes(good)
    with Preparation(str(raw_root), str(small), RECIPE) as job:
        assert next(job.run(workers=0))[0] == first
    assert list(job.failures) == [second]
    assert (small / FAILURES).read_bytes().count(b',"not a video') == 1


def test_a_clip_that_left_the_source(prepare, raw_root, small, read_tree):
    name = prepare().plan.clips[0]
    tree, data = read_tree(small), (raw_root / name).read_bytes()
    (raw_root / name).unlink()
    for _ in range(2):
        job = prepare()
        assert list(job.strays) == [name] and len(job.records) == 3
        assert job.todo == [] and read_tree(small) == tree
    (raw_root / name).write_bytes(data)
    job = prepare()
    assert job.todo == [name] and not job.strays  # it has another time
