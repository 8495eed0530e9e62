# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas
import pytest

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.formats import read_annotations
from mmaction_microaction.outputs import list_videos
from mmaction_microaction.outputs.output_folder import OutputFolder
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.results import Segment, read_json
from mmaction_microaction.utils.files import DIGESTS, file_sha256
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
    (folder / 'notes.txt').write_text('left out')
    write_sound(folder / 'sound.mp4')
    return folder


@pytest.fixture(scope='module')
def run(expect, manet_files):
    """A function that takes the exit code to expect and arguments."""
    return lambda code, *args: expect(code, TOOL, *manet_files, *args,
                                      '--device', 'cpu')


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


def test_the_first_example_of_the_guide(repo, expect, manet_files, videos,
                                        tmp_path, monkeypatch):
    """It prints what the guide shows, but for numbers and bars."""
    monkeypatch.chdir(tmp_path)
    video = Path('sample/sessions/videos_val/val0000.mp4')
    video.parent.mkdir(parents=True)
    shutil.copy(videos / 'one.mp4', video)
    guide = (repo / 'docs/first_results.md').read_text()
    shown = guide.partition('```text\n')[2].partition('```')[0]
    config, checkpoint = manet_files
    Path('drawn.py').write_text(f"_base_ = '{config}'\n"
                                "domain = 'drawn people only'")
    done = expect(0, TOOL, 'drawn.py', checkpoint, video, '--out', 'results',
                  '--outputs', 'csv', '--device', 'cpu')

    def plain(text):
        return sorted(re.sub('[━ 0-9.:]+', '#', x) for x in text.splitlines())

    assert plain(done.out + done.err) == plain(shown)


def test_good_and_bad_files_in_one_call(run, videos, manet_files, tmp_path):
    out, none = tmp_path / 'out', tmp_path / 'none'
    none.mkdir()
    done = run(1, none, videos, tmp_path / 'missing.mp4', '--out', out,
               '--outputs', 'csv', '--window', 1, '--threshold', .05,
               '--cfg-options', 'domain=tests')
    assert 'infer.py: this model is for tests\n' in done.err
    errors = [x for x in done.err.splitlines() if 'error' in x]
    assert len(errors) == 5 and 'Traceback' not in done.err
    assert f'left out: {videos}/notes.txt: is not a video' in done.err
    for name, what in (('empty.mp4', 'is empty'), ('text.avi', 'not a video'),
                       ('sound.mp4', 'no video'), ('none', 'no videos in'),
                       ('missing.mp4', 'does not exist')):
        line, = (x for x in errors if name in x)
        assert what in line and line.startswith('infer.py: error: ')
    assert 's per second of video; peak memory' in done.out
    odd = out / 'two___x_ _b_'
    assert names_in(out) == ['one', odd.name]
    for folder in out.iterdir():
        assert names_in(folder) == [
            DIGESTS, 'done.json', 'frames.csv', 'predictions.json',
            'segments.csv'
        ]
    result = json.loads((odd / 'predictions.json').read_text())
    assert result['source'] == 'manet_tiny'
    known, (_, checkpoint) = result['provenance'], manet_files
    assert known['files']['checkpoint_sha256'] == file_sha256(checkpoint)
    assert known['data'] == dict(
        video=ODD, bytes=(videos / 'sub' / ODD).stat().st_size)
    assert not re.search('"/|/tmp', json.dumps(known))  # no folders
    assert result['settings']['num_windows'] == 5
    assert len(result['steps']['scores']) == 8
    assert len((odd / 'frames.csv').read_text().splitlines()) == 61


def test_a_note_is_said_again(one, monkeypatch):
    infer = MicroActionInferencer.infer

    def with_note(*args):
        result = infer(*args)
        result.settings['notes'] = ['it is odd']
        return result

    with monkeypatch.context() as patch:
        patch.setattr(MicroActionInferencer, 'infer', with_note)
        said = [one('json').err]
    said.append(one('json').err)
    for text in said:
        assert re.search('note: .*one.*: it is odd', text)
        assert 'warning' not in text


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
    # A json that is gone or damaged is made again.
    for change, outputs in ((path.unlink, ['json']),
                            (lambda: path.write_text('{"half'), ['webvtt'])):
        change()
        one('csv', *outputs, '--threshold=.2')
    assert path.read_text() == '{"half'  # somebody's
    assert json.loads(path.with_name('predictions.new.json').read_text())
    one('boris', '--threshold=.2')
    assert (path.parent / 'segments.xlsx').is_file()
    with monkeypatch.context() as patch:
        patch.setattr(
            'mmaction_microaction.inference.MicroActionInferencer.infer', None)
        one('timeline', '--threshold=.2')


def test_a_video_that_breaks_off(run, encode, frames, tmp_path):
    path = tmp_path / 'cut.mkv'
    encode(path, [*frames, *frames], gop=5)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    for _ in range(2):  # said again of what was done before
        done = run(1, path, '--out', tmp_path, '--outputs', 'csv')
        assert 'cut.mkv: the file is truncated' in done.err
    assert (tmp_path / 'cut' / 'segments.csv').is_file()


def test_every_file_tells_the_players_times(run, encode, frames, tmp_path):
    """Of a picture that begins at 1 s, on 25 frames a second."""
    path = tmp_path / 'late.mkv'
    ticks = 1000 + 40 * np.arange(50)
    encode(
        path, np.resize(frames, (50, *frames[0].shape)), ticks=ticks, fps=25)
    done = run(0, path, '--out', tmp_path, '--outputs', 'csv', 'elan', 'boris',
               'label-studio', 'webvtt', '--threshold=.05', '--window=.8')
    assert 'the picture begins at 1.000 s' in done.err
    folder = tmp_path / 'late'
    result = read_json(folder / 'predictions.json')
    assert result.video.duration == 3 and result.step_starts[0] == 1
    wanted = sorted((s.start, s.end, s.action) for s in result.segments)
    assert wanted and wanted[0][0] == 1 and wanted[-1][1] <= 3
    for name in ('segments.csv', 'segments.eaf', 'segments.xlsx',
                 'label_studio.json', 'segments.vtt'):
        found = read_annotations(folder / name).segments
        np.testing.assert_allclose(
            sorted((s.start, s.end, s.action) for s in found), wanted,
            atol=1e-3, err_msg=name)  # yapf: disable
    frames_csv = pandas.read_csv(folder / 'frames.csv')
    np.testing.assert_allclose(frames_csv.timestamp, ticks / 1000, atol=1e-3)


@pytest.mark.parametrize('error, word', [
    (ImportError('pip install "x[y]"'), 'pip install'),
    (TypeError('a mistake of ours'), 'Traceback'),
])
def test_an_output_that_fails_does_not_stop_the_others(one, tmp_path,
                                                       write_wrongly,
                                                       monkeypatch, error,
                                                       word):

    def fail(job, path):
        raise error

    write_wrongly('elan', fail)
    done = one('elan', 'webvtt', code=1)
    assert 'no elan' in done.err and word in done.err
    assert (tmp_path / 'one' / 'segments.vtt').is_file()
    monkeypatch.undo()
    one('elan', 'webvtt')
    assert (tmp_path / 'one' / 'segments.eaf').is_file()


def test_annotations_reach_the_outputs(run, videos, tmp_path, write_wrongly):
    (tmp_path / 'ann.csv').write_text(
        'id,video_id,start_frame,end_frame,class,total_frames,fps\n'
        '0,one,3,15,9,30,30\n')
    jobs = []
    write_wrongly('timeline', lambda job, path: jobs.append(job))
    run(0, videos / 'one.mp4', videos / 'sub', '--out', tmp_path, '--outputs',
        'timeline', '--ann-file', tmp_path / 'ann.csv')
    assert [job.truth for job in jobs] == [[Segment(.1, .5, 9)], None]


@pytest.mark.parametrize('words, match', [
    ('V --out file', 'File exists'),
    ('empty --out o', 'no videos in'),
    ('none.mp4 --out o', 'error: none.mp4 does not exist'),
    ('none.mp4 empty --out o', 'not exist; there are no videos in empty'),
    ('V --out . --threshold 2', 'stay <= threshold'),
    ('V --out . --ann-file ann.csv', 'ann.csv'),
    ('V --out . --cfg-options model.type=Nope', 'Nope is not in'),
    ('V --out . --cfg-options model.backbone.colour=1', "argument 'colour'"),
    ('V --out . --cfg-options model.backbone.depth=50', 'of another model'),
])
def test_what_stops_everything(run, one_line, videos, tmp_path, monkeypatch,
                               words, match):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').touch()
    (tmp_path / 'empty').mkdir()
    video = str(videos / 'one.mp4')
    one_line(run(2, *words.replace('V', video).split()), match)


def test_its_own_videos_are_not_looked_at(load_tool, videos, tmp_path):
    shutil.copytree(videos, tmp_path / 'in')
    made = tmp_path / 'in' / 'one'
    OutputFolder(str(made), dict(video=dict(path='one.mp4')))
    shutil.copy(videos / 'one.mp4', made / 'overlay.mp4')
    (tmp_path / 'none').mkdir()
    none, *found = list_videos(
        [str(tmp_path / x) for x in ('none', 'in', 'in/one.mp4')])
    assert none == str(tmp_path / 'none')  # to be reported
    assert [os.path.basename(x) for x in found
            ] == ['empty.mp4', 'one.mp4', 'sound.mp4', ODD, 'text.avi']


def test_a_corrected_file_stays(one, tmp_path):
    """Whatever comes after; and all links and digests stay true."""
    folder, outputs = tmp_path / 'one', ('csv', 'elan')
    one(*outputs)
    path = folder / 'segments.eaf'
    made = path.read_text()
    path.write_text(made.replace('</HEADER>', '</HEADER><!-- mine -->'))
    mine = path.read_text()
    one(*outputs)  # it is as finished as before
    assert names_in(folder) == [
        DIGESTS, 'done.json', 'frames.csv', 'predictions.json', 'segments.csv',
        'segments.eaf'
    ]
    for option in ('--threshold=.01', '--overwrite'):
        done = one(*outputs, '--threshold=.01', option)
        said, = (x for x in done.err.splitlines() if ', so it is kept' in x)
        assert 'segments.eaf was changed since it was written' in said
        assert path.read_text() == mine
        new = (folder / 'segments.new.eaf').read_text()
        assert new != made and 'RELATIVE_MEDIA_URL="./' in new
        link = new.partition('RELATIVE_MEDIA_URL="')[2].partition('"')[0]
        assert (folder / link).samefile(
            folder /
            made.partition('RELATIVE_MEDIA_URL="')[2].partition('"')[0])
        assert 'done before' in one(*outputs, '--threshold=.01').err
    assert len(names_in(folder)) == 7 and names_in(tmp_path) == ['one']


@pytest.mark.parametrize('count', [2, 3, 5])
def test_parts_give_the_same_files(run, videos, tmp_path, count):
    """As one call; of equal names, in parts of their own, each a folder."""
    for name in ('a/one.mp4', 'b/one.mp4', 'two.mp4', 'bad.mp4'):
        path = tmp_path / 'in' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(videos / 'one.mp4', path)
    path.write_text('no video')  # the third: a/one, b/one, bad, two
    command = tmp_path / 'in', '--outputs', 'csv', 'webvtt', '--out'
    run(1, *command, tmp_path / 'whole')
    codes = {2: [1, 0], 3: [0, 0, 1], 5: [0, 0, 1, 0, 0]}[count]
    for part, code in list(enumerate(codes))[::-1]:
        done = run(code, *command, tmp_path / 'out', '--shard',
                   f'{part}/{count}')
        number = len(range(part, 4, count))
        assert f'part {part}/{count}: {number} of 4 videos' in done.err
        assert ('error: ' in done.err and 'bad.mp4' in done.err) == bool(code)
    files, wanted = ({
        str(x.relative_to(folder)): file_sha256(x)
        for x in folder.rglob('*') if x.is_file()
    } for folder in (tmp_path / 'out', tmp_path / 'whole'))
    assert files == wanted and len(files) == 18
    shutil.rmtree(tmp_path / 'out/two')
    done = run(1, *command, tmp_path / 'out')
    assert 'done before: 2 of 4 videos' in done.err and 'bad.mp4' in done.err
    assert (tmp_path / 'out/two/segments.csv').is_file()


SBATCH = """#!/usr/bin/env bash
printf '%s|' "$@"
while [[ $1 == -* ]]; do
    [[ $1 == -p ]] && shift
    [[ $1 == --array=* ]] && tasks=${1#--array=}
    shift
done
cp "$1" spooled.sh  # as sbatch does
for SLURM_ARRAY_TASK_ID in $(seq ${tasks/-/ }); do
    export SLURM_ARRAY_TASK_ID
    bash spooled.sh "${@:2}"
done
"""


@pytest.mark.parametrize('setting, tool, gpus', [
    ({}, 'infer.py', '--gres=gpu:1|'),
    (dict(TOOL='data/prepare_videos.py',
          GPUS='0'), 'data/prepare_videos.py', ''),
])
def test_a_slurm_array(repo, tmp_path, setting, tool, gpus):
    """With a stand-in of sbatch, and one of python that says its words."""
    for name, text in (('sbatch', SBATCH),
                       ('python', '#!/bin/sh\necho; printf "%s|" "$@"\n')):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    words = 'config', 'a b.pth', '--out', 'o "x"'
    env = dict(os.environ, PATH=f'{tmp_path}:{os.environ["PATH"]}', **setting)

    def submit(*args, code=0):
        done = subprocess.run(
            [repo / 'tools/slurm_infer.sh', 'gpu', 'job', *args],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True)
        assert done.returncode == code, done.stderr
        return done.stdout

    first, *tasks = submit('3', *words).splitlines()
    assert first.startswith(f'-p|gpu|--job-name=job|--array=0-2|{gpus}'
                            '--cpus-per-task=5|/')
    text = '|'.join(words)
    assert tasks == [
        f'{repo}/tools/{tool}|{text}|--shard|{i}/3|' for i in range(3)
    ]
    assert 'PARTS must be a number' in submit('none', 'x', code=2)
    env['TOOL'] = 'none.py'
    assert 'there is no tool' in submit('3', 'x', code=2)
