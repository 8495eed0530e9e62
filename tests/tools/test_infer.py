# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import json
import os
import shutil

import av
import numpy as np
import pytest

from mmaction_microaction.outputs.output_folder import OutputFolder
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.results import Segment
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'infer.py'


@pytest.fixture(scope='module')
def videos(tmp_path_factory, write_sound):
    """Two videos in a folder, and what is none."""
    folder = tmp_path_factory.mktemp('videos')
    noise = np.random.default_rng(0).integers(
        0, 256, (48, 64, 3), dtype=np.uint8)
    frames = [np.roll(noise, 2 * i, 1) for i in range(60)]
    write_video(folder / 'one.mp4', frames[:30])
    (folder / 'sub').mkdir()
    write_video(folder / 'sub' / 'two;$(x) <b>.mp4', frames)
    (folder / 'empty.mp4').touch()
    (folder / 'text.avi').write_text('no video')
    (folder / 'notes.txt').write_text('not looked at')
    write_sound(folder / 'sound.mp4')
    return folder


@pytest.fixture
def run(run_tool, manet_files):

    def call(*args):
        done = run_tool(TOOL, *manet_files, *args, '--device', 'cpu')
        return done.code, done

    return call


def test_good_and_bad_files_in_one_call(run, videos, tmp_path):
    out = tmp_path / 'out'
    code, done = run(videos, tmp_path / 'missing.mp4', '--out', out,
                     '--outputs', 'csv', '--window', 1, '--threshold', .05)
    assert code == 1, done.err
    errors = [x for x in done.err.splitlines() if 'error' in x]
    assert len(errors) == 4 and 'Traceback' not in done.err
    for name, what in (('empty.mp4', 'is empty'), ('text.avi', 'not a video'),
                       ('sound.mp4', 'sound alone'), ('missing.mp4',
                                                      'does not exist')):
        line, = (x for x in errors if name in x)
        assert what in line and line.startswith('infer.py: error: ')
    assert 's per second of video; peak memory' in done.out
    folders = sorted(os.listdir(out))
    assert folders == ['one', 'two___x_ _b_']
    for name in folders:
        assert sorted(os.listdir(out / name)) == [
            'done.json', 'frames.csv', 'predictions.json', 'segments.csv'
        ]
    result = json.loads((out / folders[1] / 'predictions.json').read_text())
    assert result['source'] == 'manet_tiny'
    assert result['settings']['num_windows'] == 5
    assert len(result['steps']['scores']) == 8
    with open(out / folders[1] / 'frames.csv') as file:
        assert len(list(csv.reader(file))) == 61


def test_a_mistake_of_ours_shows_where(run, videos, tmp_path, monkeypatch):

    def wrong(*args):
        raise TypeError('a mistake of ours')

    monkeypatch.setitem(OUTPUTS, 'csv', OUTPUTS['csv']._replace(write=wrong))
    code, done = run(videos / 'one.mp4', '--out', tmp_path / 'o', '--outputs',
                     'csv', 'webvtt')
    assert code == 1 and 'Traceback' in done.err
    assert (tmp_path / 'o' / 'one' / 'segments.vtt').is_file()


def test_what_is_finished_is_not_done_again(run, videos, tmp_path,
                                            monkeypatch):
    args = [videos / 'one.mp4', '--out', tmp_path / 'o', '--outputs', 'json']
    code, text = run(*args)
    assert code == 0 and text.out.startswith('1.0 s of video in ')
    path = tmp_path / 'o/one/predictions.json'
    stamp = path.stat().st_mtime_ns
    code, text = run(*args)
    assert code == 0 and 'done before: 1 of 1 videos' in text.err
    assert not text.out and path.stat().st_mtime_ns == stamp
    # What is missing is made of the json, without the model.
    with monkeypatch.context() as patch:
        patch.setattr(
            'mmaction_microaction.inference.MicroActionInferencer.'
            'infer', None)
        code, text = run(*args, 'csv')
        assert code == 0 and (path.parent / 'segments.csv').is_file()
    assert path.stat().st_mtime_ns == stamp
    code, text = run(*args, '--overwrite')
    assert path.stat().st_mtime_ns > stamp
    stamp = path.stat().st_mtime_ns
    code, text = run(*args, '--threshold', '.2')
    assert path.stat().st_mtime_ns > stamp
    assert json.loads(path.read_text())['settings']['threshold'] == .2


def test_files_that_are_gone_are_made_again(run, videos, tmp_path):
    args = [videos / 'one.mp4', '--out', tmp_path, '--outputs', 'csv']
    assert run(*args)[0] == 0
    folder = tmp_path / 'one'
    names = sorted(os.listdir(folder))
    for name in ('frames.csv', 'predictions.json'):
        (folder / name).unlink()
        assert run(*args)[0] == 0
        assert sorted(os.listdir(folder)) == names
    (folder / 'predictions.json').write_text('{"half')
    code, text = run(*args, 'webvtt')
    assert code == 0, text.err
    assert json.loads((folder / 'predictions.json').read_text())


def test_what_was_made_with_other_settings_goes(run, videos, tmp_path):
    args = [videos / 'one.mp4', '--out', tmp_path, '--outputs']
    assert run(*args, 'csv', 'label-studio')[0] == 0
    assert run(*args, 'webvtt', '--threshold', '.9')[0] == 0
    assert sorted(os.listdir(tmp_path / 'one')) == [
        'done.json', 'predictions.json', 'segments.vtt'
    ]


def test_a_video_that_breaks_off(run, tmp_path):
    path = tmp_path / 'cut.mkv'
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        stream.codec_context.gop_size = 5
        for i in range(100):
            frame = av.VideoFrame.from_ndarray(
                np.roll(noise, i, 1), format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    args = [path, '--out', tmp_path / 'o', '--outputs', 'csv']
    for _ in range(2):  # said again of what was done before
        code, text = run(*args)
        assert code == 1 and 'cut.mkv: the file breaks off' in text.err
    assert (tmp_path / 'o' / 'cut' / 'segments.csv').is_file()


def test_a_folder_without_videos_does_not_stop_the_others(
        run, videos, tmp_path):
    (tmp_path / 'none').mkdir()
    code, text = run(tmp_path / 'none', videos / 'one.mp4', '--out',
                     tmp_path / 'o', '--outputs', 'csv')
    assert code == 1 and 'no videos in' in text.err
    assert (tmp_path / 'o' / 'one' / 'segments.csv').is_file()


def test_recordings_inside_the_output_folder(run, videos, tmp_path):
    shutil.copy(videos / 'one.mp4', tmp_path)
    args = [tmp_path, '--out', tmp_path, '--outputs', 'overlay']
    assert run(*args)[0] == 0
    code, text = run(*args)  # not its own overlay
    assert code == 0 and 'done before: 1 of 1 videos' in text.err


def test_an_output_that_fails_does_not_stop_the_others(run, videos, tmp_path,
                                                       monkeypatch):

    def fail(job, path):
        raise ImportError('pip install "x[y]"')

    monkeypatch.setitem(OUTPUTS, 'elan', OUTPUTS['elan']._replace(write=fail))
    args = [videos / 'one.mp4', '--out', tmp_path, '--outputs', 'elan',
            'webvtt']  # yapf: disable
    code, text = run(*args)
    assert code == 1 and 'no elan' in text.err and 'pip install' in text.err
    assert (tmp_path / 'one' / 'segments.vtt').is_file()
    monkeypatch.undo()
    assert run(*args)[0] == 0
    assert (tmp_path / 'one' / 'segments.eaf').is_file()


def test_every_output(run, videos, tmp_path):
    for name in OUTPUTS:
        module = dict(boris='openpyxl').get(name)
        if module:
            pytest.importorskip(module)
    code, text = run(videos / 'one.mp4', '--out', tmp_path)
    assert code == 0, text.err
    there = set(os.listdir(tmp_path / 'one'))
    assert {output.file for output in OUTPUTS.values()} <= there
    assert {'frames.csv', 'timeline.svg'} <= there
    assert not [name for name in there if name.endswith('.part')]


def test_annotations_reach_the_outputs(run, videos, tmp_path, monkeypatch):
    (tmp_path / 'ann.csv').write_text(
        'id,video_id,start_frame,end_frame,class,total_frames,fps\n'
        '0,one,3,15,9,30,30\n')
    jobs = []
    monkeypatch.setitem(
        OUTPUTS, 'timeline',
        OUTPUTS['timeline']._replace(write=lambda job, path: jobs.append(job)))
    code, _ = run(videos / 'one.mp4', videos / 'sub', '--out', tmp_path / 'o',
                  '--outputs', 'timeline', '--ann-file', tmp_path / 'ann.csv')
    assert code == 0 and jobs[0].truth == [Segment(.1, .5, 9)]
    assert jobs[1].truth is None


def test_what_stops_everything(run, run_tool, one_line, manet_files, videos,
                               tmp_path, repo):
    one = videos / 'one.mp4'
    (tmp_path / 'file').touch()
    for match, args in {
            'File exists': (one, '--out', tmp_path / 'file'),
            'no videos in': (tmp_path, '--out', tmp_path / 'o'),
            'stay <= threshold': (one, '--out', tmp_path, '--threshold', 2),
            'ann.csv': (one, '--out', tmp_path, '--ann-file', 'ann.csv')
    }.items():
        one_line(run(*args)[1], match)
    done = run_tool(TOOL, repo / 'configs/tsn_r50_ma52.py', manet_files[1],
                    one, '--out', tmp_path)
    one_line(done, 'of another model')


def test_its_own_videos_are_not_looked_at(load_tool, videos, tmp_path):
    shutil.copytree(videos, tmp_path / 'in')
    made = tmp_path / 'in' / 'one'
    OutputFolder(str(made), dict(video=dict(path='one.mp4')))
    shutil.copy(videos / 'one.mp4', made / 'overlay.mp4')
    (tmp_path / 'none').mkdir()
    found = load_tool(TOOL).list_videos(
        [str(tmp_path / x) for x in ('none', 'in', 'in/one.mp4')])
    assert found.pop(0) == str(tmp_path / 'none')  # to be reported
    assert [os.path.basename(x) for x in found] == [
        'empty.mp4', 'one.mp4', 'sound.mp4', 'two;$(x) <b>.mp4', 'text.avi'
    ]
