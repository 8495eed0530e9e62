# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os
import shutil

import pytest

from mmaction_microaction.outputs.output_folder import OutputFolder
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.results import Segment
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'infer.py'
ODD = 'two;$(x) <b>.mp4'


@pytest.fixture(scope='module')
def videos(tmp_path_factory, frames, write_sound):
    """Two videos in a folder, and what is none."""
    folder = tmp_path_factory.mktemp('videos')
    (folder / 'sub').mkdir()
    write_video(folder / 'one.mp4', frames[:30])
    write_video(folder / 'sub' / ODD, frames)
    (folder / 'empty.mp4').touch()
    (folder / 'text.avi').write_text('no video')
    (folder / 'notes.txt').write_text('not looked at')
    write_sound(folder / 'sound.mp4')
    return folder


@pytest.fixture
def run(run_tool, manet_files):
    """A function that takes the exit code to expect and arguments."""

    def call(code, *args):
        done = run_tool(TOOL, *manet_files, *args, '--device', 'cpu')
        assert done.code == code, done.err
        return done

    return call


@pytest.fixture
def one(run, videos, tmp_path):
    """A function that makes outputs of one video in tmp_path / 'one'."""
    options = videos / 'one.mp4', '--out', tmp_path, '--outputs'
    return lambda *args, code=0: run(code, *options, *args)


@pytest.fixture
def write_wrongly(monkeypatch):
    """A function that replaces what writes an output."""
    return lambda name, write: monkeypatch.setitem(
        OUTPUTS, name, OUTPUTS[name]._replace(write=write))


def names_in(folder):
    return sorted(os.listdir(folder))


def test_good_and_bad_files_in_one_call(run, videos, tmp_path):
    out = tmp_path / 'out'
    (tmp_path / 'none').mkdir()
    done = run(1, tmp_path / 'none', videos, tmp_path / 'missing.mp4', '--out',
               out, '--outputs', 'csv', '--window', 1, '--threshold', .05)
    errors = [x for x in done.err.splitlines() if 'error' in x]
    assert len(errors) == 5 and 'Traceback' not in done.err
    for name, what in (('empty.mp4', 'is empty'), ('text.avi', 'not a video'),
                       ('sound.mp4', 'sound alone'), ('none', 'no videos in'),
                       ('missing.mp4', 'does not exist')):
        line, = (x for x in errors if name in x)
        assert what in line and line.startswith('infer.py: error: ')
    assert 's per second of video; peak memory' in done.out
    assert names_in(out) == ['one', 'two___x_ _b_']
    for folder in out.iterdir():
        assert names_in(folder) == [
            'done.json', 'frames.csv', 'predictions.json', 'segments.csv'
        ]
    odd = out / 'two___x_ _b_'
    result = json.loads((odd / 'predictions.json').read_text())
    assert result['source'] == 'manet_tiny'
    assert result['settings']['num_windows'] == 5
    assert len(result['steps']['scores']) == 8
    assert len((odd / 'frames.csv').read_text().splitlines()) == 61


def test_what_is_finished_is_not_done_again(one, tmp_path, monkeypatch):
    assert one('json').out.startswith('1.0 s of video in ')
    path = tmp_path / 'one/predictions.json'
    stamps = [path.stat().st_mtime_ns]
    # What is missing is made of the json, without the model.
    with monkeypatch.context() as patch:
        patch.setattr(
            'mmaction_microaction.inference.MicroActionInferencer.infer', None)
        done = one('json')
        assert 'done before: 1 of 1 videos' in done.err and not done.out
        one('json', 'csv')
    assert (path.parent / 'segments.csv').is_file()
    assert path.stat().st_mtime_ns == stamps[0]
    for option in ('--overwrite', '--threshold=.2'):
        one('json', option)
        stamps.append(path.stat().st_mtime_ns)
    assert stamps[0] < stamps[1] < stamps[2]
    assert json.loads(path.read_text())['settings']['threshold'] == .2


def test_a_damaged_file_is_made_again(one, tmp_path):
    path = tmp_path / 'one' / 'predictions.json'
    one('csv')
    path.unlink()
    one('csv')
    assert path.is_file()
    path.write_text('{"half')
    one('csv', 'webvtt')
    assert json.loads(path.read_text())


def test_a_video_that_breaks_off(run, encode, frames, tmp_path):
    path = tmp_path / 'cut.mkv'
    encode(path, [*frames, *frames], gop=5)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    for _ in range(2):  # said again of what was done before
        done = run(1, path, '--out', tmp_path, '--outputs', 'csv')
        assert 'cut.mkv: the file breaks off' in done.err
    assert (tmp_path / 'cut' / 'segments.csv').is_file()


@pytest.mark.parametrize('error, words', [
    (ImportError('pip install "x[y]"'), ('no elan', 'pip install')),
    (TypeError('a mistake of ours'), ('no elan', 'Traceback')),
])
def test_an_output_that_fails_does_not_stop_the_others(one, tmp_path,
                                                       write_wrongly,
                                                       monkeypatch, error,
                                                       words):

    def fail(job, path):
        raise error

    write_wrongly('elan', fail)
    done = one('elan', 'webvtt', code=1)
    assert all(word in done.err for word in words)
    assert (tmp_path / 'one' / 'segments.vtt').is_file()
    monkeypatch.undo()
    one('elan', 'webvtt')
    assert (tmp_path / 'one' / 'segments.eaf').is_file()


def test_every_output(run, videos, tmp_path):
    pytest.importorskip('openpyxl')
    run(0, videos / 'one.mp4', '--out', tmp_path)
    there, files = set(names_in(tmp_path / 'one')), ['frames.csv']
    files += [output.file for output in OUTPUTS.values()]
    assert there >= {*files, 'timeline.svg'}
    assert not [name for name in there if name.endswith('.part')]


def test_annotations_reach_the_outputs(run, videos, tmp_path, write_wrongly):
    (tmp_path / 'ann.csv').write_text(
        'id,video_id,start_frame,end_frame,class,total_frames,fps\n'
        '0,one,3,15,9,30,30\n')
    jobs = []
    write_wrongly('timeline', lambda job, path: jobs.append(job))
    run(0, videos / 'one.mp4', videos / 'sub', '--out', tmp_path, '--outputs',
        'timeline', '--ann-file', tmp_path / 'ann.csv')
    assert [job.truth for job in jobs] == [[Segment(.1, .5, 9)], None]


def test_what_stops_everything(run, run_tool, one_line, manet_files, videos,
                               tmp_path, repo):
    (tmp_path / 'file').touch()
    one = videos / 'one.mp4', '--out', tmp_path
    for match, *args in (
        ('File exists', one[0], '--out', tmp_path / 'file'),
        ('no videos in', tmp_path, '--out', tmp_path / 'o'),
        ('stay <= threshold', *one, '--threshold', 2),
        ('ann.csv', *one, '--ann-file', 'ann.csv'),
        ('Nope is not in', *one, '--cfg-options', 'model.type=Nope'),
        ("keyword argument 'colour'", *one, '--cfg-options',
         'model.backbone.colour=1'),
    ):
        one_line(run(2, *args), match)
    tsn = repo / 'configs/tsn_r50_ma52.py'
    one_line(run_tool(TOOL, tsn, manet_files[1], *one), 'of another model')


def test_its_own_videos_are_not_looked_at(load_tool, videos, tmp_path):
    shutil.copytree(videos, tmp_path / 'in')
    made = tmp_path / 'in' / 'one'
    OutputFolder(str(made), dict(video=dict(path='one.mp4')))
    shutil.copy(videos / 'one.mp4', made / 'overlay.mp4')
    (tmp_path / 'none').mkdir()
    found = load_tool(TOOL).list_videos(
        [str(tmp_path / x) for x in ('none', 'in', 'in/one.mp4')])
    assert found.pop(0) == str(tmp_path / 'none')  # to be reported
    assert [os.path.basename(x) for x in found
            ] == ['empty.mp4', 'one.mp4', 'sound.mp4', ODD, 'text.avi']
