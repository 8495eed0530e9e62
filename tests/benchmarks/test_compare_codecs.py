# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from benchmarks.compare_codecs import main
from mmaction_microaction.datasets.preparation import CODECS
from mmaction_microaction.utils.video_writer import write_video


def test_table(tmp_path, capsys):
    frames = np.random.default_rng(0).integers(
        0, 256, (12, 160, 128, 3), dtype=np.uint8)
    write_video(tmp_path / 'a.mp4', frames)
    main([str(tmp_path / 'a.mp4'), '--short-side=64', '--repeats=3'])
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines
            if line.startswith('|')]
    assert rows[0][:2] == ['codec', 'KB a clip'
                           ] and len(rows) == 3 + len(CODECS)
    assert [row[0].split(',')[0] for row in rows[2:]] == ['raw', *CODECS]
    size = (tmp_path / 'a.mp4').stat().st_size
    assert rows[2][1] == f'{size / 1e3:.0f}' and rows[2][5] == '1.0'
    assert rows[2][2] == f'{size * 22422 / 1e9:.2f}'
    for row in rows[3:]:
        assert float(row[1]) < size / 1e3 and float(row[4]) > 0
        assert 5 < float(row[3]) < 60


def test_what_is_no_clip(tmp_path, capsys):
    (tmp_path / 'a.mp4').write_text('text')
    assert main([str(tmp_path / 'a.mp4')]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert 'a.mp4' in line
