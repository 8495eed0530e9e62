# Copyright (c) mmaction-microaction contributors. All rights reserved.
import fcntl
import os

import pytest

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.shards import (WHOLE, find_shards, find_tables,
                                               forget_shards, lock_shard,
                                               say_undone, take_shard)


@pytest.mark.parametrize('count', [1, 2, 3, 8])
def test_parts_make_up_the_whole(count, capsys):
    items = list('abcdefg')
    parts = [take_shard(items, (i, count), 'files') for i in range(count)]
    assert sorted(sum(parts, [])) == items
    assert {len(x) for x in parts} <= {7 // count, 7 // count + 1}
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == (count if count > 1 else 0)
    for i, line in enumerate(lines):
        assert f'part {i}/{count}: {len(parts[i])} of 7 files' in line


@pytest.mark.parametrize('first, second, meet', [
    (WHOLE, WHOLE, True),
    (WHOLE, (0, 2), True),
    ((0, 2), WHOLE, True),
    ((0, 2), (0, 2), True),
    ((0, 2), (1, 2), False),
    ((0, 2), (0, 3), False),
])
@pytest.mark.parametrize('locks', [True, False])
def test_which_runs_keep_each_other_out(first, second, meet, locks, tmp_path,
                                        monkeypatch):
    if not locks:
        monkeypatch.setattr(fcntl, 'flock', lambda *_: os.listdir('/none'))
    parts = tmp_path / 'parts'
    with lock_shard(tmp_path, parts, first) as folder:
        assert folder == (tmp_path if first == WHOLE else f'{parts}/0-of-2')
        if meet and locks:
            with pytest.raises(UserError, match='another run is writing'):
                lock_shard(tmp_path, parts, second).__enter__()
        else:
            with lock_shard(tmp_path, parts, second):
                pass


def test_what_parts_left(tmp_path, capsys):
    """Those of the latest number of parts count."""
    out, parts = str(tmp_path), str(tmp_path / 'parts')
    say_undone(parts, 'abc', 'abc')
    forget_shards(parts)
    assert find_shards(parts) == [] and not capsys.readouterr().err
    for time, shard in enumerate([(0, 2), (2, 3), (0, 3)]):
        with lock_shard(out, parts, shard) as folder:
            pass
        os.utime(folder, (time, time))
    open(tmp_path / 'parts/other', 'w').close()
    assert [x for _, x in find_shards(parts)] == [(0, 2), (2, 3), (0, 3)]
    names = {
        shard: [os.path.basename(x)
                for x in find_tables(out, parts, shard)][1:]
        for shard in (WHOLE, (0, 3), (1, 2))
    }
    assert names == {
        WHOLE: ['0-of-2', '2-of-3', '0-of-3'],
        (0, 3): ['0-of-2', '0-of-3'],
        (1, 2): ['2-of-3', '0-of-3']
    }
    say_undone(parts, 'abcdefg', 'abeh')
    first, second = capsys.readouterr().err.splitlines()
    assert 'part 0/3 left 1 of 3 to do' in first
    assert 'part 1/3 was never started, left 2 of 2 to do' in second
    forget_shards(parts)
    assert os.listdir(parts) == ['other']
