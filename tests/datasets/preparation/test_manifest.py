# Copyright (c) mmaction-microaction contributors. All rights reserved.
from dataclasses import replace

import pandas as pd
import pytest

from mmaction_microaction.datasets.preparation import ClipRecord, read_manifest
from mmaction_microaction.datasets.preparation.manifest import (append_record,
                                                                read_failures,
                                                                write_failures,
                                                                write_manifest)

RECORD = ClipRecord('videos/b.mp4', 50, 29.97, 256, 307, 171000, 'f0' * 32,
                    37.6, 617871, 1795236783116753256)
ODD = 'train/a,"b"[1]^_`{~} (1)__.mp4'


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'manifest.csv')


def test_round_trip_sorted(path, tmp_path):
    records = [RECORD, replace(RECORD, path=ODD, psnr=None)]
    assert read_manifest(path) == {}
    write_manifest(path, records, str(tmp_path))
    assert read_manifest(path) == {x.path: x for x in records}
    table = pd.read_csv(path)
    assert table.path.tolist() == [ODD, 'videos/b.mp4']
    assert table.psnr[1] == 37.6 and table.source_mtime_ns[0] == \
        RECORD.source_mtime_ns
    write_manifest(str(tmp_path / '2'), records[::-1], str(tmp_path))
    assert (tmp_path / '2').read_bytes() == open(path, 'rb').read()


def test_a_row_that_was_cut_anywhere_does_not_count(path, tmp_path):
    write_manifest(path, [RECORD], str(tmp_path))
    start = open(path, 'rb').read()
    with open(path, 'ab') as file:  # of one clip the last row counts
        append_record(file, replace(RECORD, frames=51))
    whole = open(path, 'rb').read()
    assert read_manifest(path) == {RECORD.path: replace(RECORD, frames=51)}
    for end in range(len(whole)):  # first in header or first row
        with open(path, 'wb') as file:
            file.write(whole[:end])
        left = {RECORD.path: RECORD} if end >= len(start) else {}
        assert read_manifest(path) == left


@pytest.mark.parametrize('old, new, line', [
    ('fps', 'rate', 1),
    (',50,', ',fifty,', 2),
    (',50,', ',', 2),
    (',50,', ',50,50,', 2),
])
def test_what_is_no_manifest(path, tmp_path, old, new, line):
    write_manifest(path, [RECORD], str(tmp_path))
    text = open(path).read()
    with open(path, 'w') as file:
        file.write(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=f'manifest.csv:{line}: expected'):
        read_manifest(path)


def test_failures_round_trip(path, tmp_path):
    failures = {'videos/b.mp4': 'a "bad", bad clip', ODD: 'empty'}
    write_failures(path, failures, str(tmp_path))
    assert read_failures(path) == failures
    assert pd.read_csv(path).path.tolist() == [ODD, 'videos/b.mp4']
    with open(path, 'a') as file:
        file.write('half a row\n')
    assert read_failures(path) == failures
    for _ in range(2):
        write_failures(path, {}, str(tmp_path))
        assert read_failures(path) == {} and not any(tmp_path.iterdir())
