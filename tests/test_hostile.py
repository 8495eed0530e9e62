# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of hostile.py against every reader, each file in a process of its own:
nothing run, nothing outside opened or made, a refusal in time and memory."""
import ctypes
import importlib
import json
import os
import resource
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest

from mmaction_microaction import formats
from mmaction_microaction.datasets import read_list, read_mma52
from mmaction_microaction.datasets.transforms import LoadClipFeatures
from mmaction_microaction.emotion.model import EmotionModel
from mmaction_microaction.emotion.sessions import read_sessions
from mmaction_microaction.evaluation.predictions import (load_detections,
                                                         load_predictions)
from mmaction_microaction.inference.onnx_predictor import OnnxPredictor
from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.models.label_vectors import load_label_vectors
from mmaction_microaction.pose.estimate_files import read_coco_json
from mmaction_microaction.pose.pose_file import read_pose_file
from mmaction_microaction.pose.skeleton_arrays import read_skeleton_arrays
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.checkpoint_files import is_whole
from mmaction_microaction.utils.checkpoints import load_from_local
from mmaction_microaction.utils.tables import read_sheets, read_table
from mmaction_microaction.utils.unpickling import read_pickle
from mmaction_microaction.utils.video_reader import VideoReader
from mmaction_microaction.web import Limits
from mmaction_microaction.web.analysis import _try_out

SECONDS, MEMORY = 10, 2 << 30
#: Everything that reads a file, tried on every file.
READERS = dict(
    annotations=formats.read_annotations,
    truth=formats.read_ground_truth,
    recognition=formats.read_recognition_submission,
    detection=formats.read_detection_submission,
    mma52=read_mma52,
    list=read_list,
    sessions=read_sessions,
    table=read_table,
    sheets=read_sheets,
    taxonomy=Taxonomy.load,
    emotion=EmotionModel.load,
    predictions=load_predictions,
    detections=load_detections,
    pickle=read_pickle,
    poses=read_pose_file,
    skeletons=read_skeleton_arrays,
    coco=read_coco_json,
    vectors=lambda path: load_label_vectors(path, MA52.names),
    checkpoint=load_from_local,
    whole=is_whole,
    features=lambda path: LoadClipFeatures(os.path.dirname(path)).transform(
        dict(clip_name='a')),
    onnx=OnnxPredictor,
    page=lambda path: _try_out(path, Limits()),
    video=VideoFile,
    frames=lambda path: VideoReader(path).read([0], np.array),
)
#: Ending -> tools with the file in FILE's place.
TOOLS = {
    '.eaf .csv .json .boris .vtt .xlsx': (
        'analysis_tools/compare_annotations.py FILE FILE --duration 9',
        'summarize.py FILE --out out --duration 9'),
    '.zip .csv .json .xlsx': ('challenge/evaluate.py FILE --ann-file list', ),
    '.pkl .pth': ('challenge/make_submission.py FILE --ann-file list --out o',
                  'analysis_tools/analyze.py dump FILE --ann-file list --out '
                  'out --pairs 0'),
    '.yaml .csv': ('data/build_label_vectors.py words --taxonomy FILE '
                   '--out out.npy', ),
    '.csv': ('emotion/emotion_from_segments.py train FILE --out out.json', ),
    '.pth': ('convert/convert_checkpoint.py FILE out.pth --from '
             'official-manet', ),
    '.mp4 .avi': ('micro_expression/find_apex.py FILE',
                  'data/prepare_videos.py FOLDER out --workers 0'),
    '.png': ('micro_expression/find_apex.py FOLDER', ),
}  # yapf: disable
ENDINGS = ('.avi', '.boris', '.csv', '.eaf', '.json', '.mp4', '.npy', '.npz',
           '.onnx', '.pkl', '.png', '.pth', '.txt', '.vtt', '.xlsx', '.yaml',
           '.zip')


class Watch:
    """What is opened or made in a folder by whatever library (Linux)."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None)
        self.handle = libc.inotify_init1(os.O_NONBLOCK)
        mask = 0x20 | 0x100 | 0x2  # open, create, modify
        assert libc.inotify_add_watch(self.handle, bytes(folder), mask) > 0

    def seen(self) -> bytes:
        try:
            return os.read(self.handle, 1 << 16)
        except BlockingIOError:
            return b''


@pytest.fixture(scope='module')
def folder(once, repo):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repo / 'tests'))
        write = importlib.import_module('hostile').write_hostile
        return Path(once('hostile', lambda x: write(Path(x))))


def try_readers(path: Path, run_tool, judge, say) -> None:
    """``say`` what is begun, and what went wrong with it."""
    started = 0.

    def note(name, text):
        spent = time.process_time() - started
        if spent > SECONDS:
            text = f'{spent:.0f} s; {text}'
        if text:
            say('wrong', f'{path.name!r}, {name}: {text}')

    for name, read in READERS.items():
        started, text = time.process_time(), ''
        say('begun', name)
        try:
            read(str(path))
        except (ValueError, OSError):
            pass
        except BaseException:
            text = traceback.format_exc(limit=-3)[-1000:]
        note(name, text)
    for endings, commands in TOOLS.items():
        for command in commands if path.suffix in endings.split() else ():
            started, text = time.process_time(), ''
            say('begun', command)
            words = [
                dict(FILE=path, FOLDER=path.parent).get(x, x)
                for x in command.split()
            ]
            try:
                done = run_tool(*words)
                text = judge(False, 'flip', done.code, done.err)
                text = text and f'{text}: {done.err[-300:]}'
            except BaseException:
                text = traceback.format_exc(limit=-3)
            note(command, text)


@pytest.mark.parametrize('ending', ENDINGS)
def test_every_reader(folder, tmp_path, run_tool, ending, monkeypatch, repo):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(repo / 'tests'))
    judge = importlib.import_module('fuzz').judge
    (tmp_path / 'list').write_text('x.mp4 0\n')
    (tmp_path / 'words').write_text('wave 1 2\n')
    files = [x for x in sorted((folder / 'in').iterdir())
             if x.suffix == ending]  # yapf: disable
    watch, wrong = Watch(folder / 'outside'), []
    page = resource.getpagesize()
    for path in files:
        # Beside ``outside``, where '../outside' leads.
        alone = folder / f'alone{ending}' / path.name
        alone.parent.mkdir(exist_ok=True)
        os.link(path, alone)
        out, into = os.pipe()
        # A fork starts with the memory of this process.
        size, resident = map(int,
                             Path('/proc/self/statm').read_text().split()[:2])
        child = os.fork()
        if not child:
            try:
                warnings.simplefilter('ignore')
                limit = size * page + MEMORY
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
                resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
                try_readers(
                    alone, run_tool, judge,
                    lambda *x: os.write(into, f'{json.dumps(x)}\n'.encode()))
                os._exit(0)
            finally:
                os._exit(1)
        os.close(into)
        with open(out, 'rb') as pipe:
            said = [json.loads(x) for x in pipe]
        _, status, used = os.wait4(child, 0)
        wrong += [text for kind, text in said if kind == 'wrong']
        if status:
            wrong.append(f'{path.name!r}, {said[-1]}: ended with {status}')
        if (used.ru_maxrss << 10) - resident * page > MEMORY:
            wrong.append(f'{path.name!r}: {used.ru_maxrss >> 10} MB')
        if watch.seen() or (folder / 'outside/made').exists():
            wrong.append(f'{path.name!r}: opened a file outside')
        alone.unlink()
    assert files and not wrong, '\n'.join(wrong)


def test_there_are_files_of_every_kind(folder):
    names = [x for x in (folder / 'in').iterdir() if x.is_file()]
    assert {x.suffix for x in names} == set(ENDINGS)
    assert len(names) >= 40


def test_the_watch_sees(tmp_path):
    watch = Watch(tmp_path)
    assert not watch.seen()
    (tmp_path / 'made').mkdir()
    assert watch.seen()
    (tmp_path / 'a').touch()
    watch.seen()
    (tmp_path / 'a').read_bytes()
    assert watch.seen()
