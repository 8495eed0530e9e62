# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What holds for each tool: its help, a user's error, an error of ours."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

FOLDER = Path(__file__).parents[2] / 'tools'
CONFIG = FOLDER.parent / 'configs/manet_r50_ma52.py'
#: Tool -> arguments with a path that does not exist.
MISSING = dict(
    line.split(maxsplit=1) for line in """
analysis_tools/analyze.py dump none.pkl --ann-file none.txt --out o
analysis_tools/calibrate.py none.py none.pth none.mp4 --truth none --out o
analysis_tools/compare_annotations.py none.eaf none.csv
analysis_tools/compare_runs.py none none.pth
analysis_tools/draw_predictions.py none.pkl --data-root none --out o.png
analysis_tools/model_complexity.py none.py
analysis_tools/order_sign.py none.py none.pth
challenge/evaluate.py none.zip --ann-file none.txt
challenge/make_submission.py none.pkl --ann-file none.txt --out o
convert/convert_checkpoint.py none.pth o.pth --from official-manet
convert/merge_rgbpose.py none.pth none.pth o.pth --config none.py
data/build_label_vectors.py none.txt --out o.npy
data/check_data.py none
data/extract_features.py none.py none.pth --out o
data/extract_pose.py none.mp4 --out o
data/make_sample_data.py file --workers 1 --size 32x40
data/prepare_videos.py none o
demo_app.py none.py none.pth
deployment/export.py none.py none.pth o.onnx
emotion/emotion_from_segments.py train none.csv --out o.json
infer.py none.py none.pth none.mp4 --out o
micro_expression/draw_attention.py none.py none.pth --out o.png
micro_expression/find_apex.py none.mp4
micro_expression/infer_expression.py none.py none.pth none.mp4
micro_expression/loso.py none.py --list
movement.py none.mp4 --out o
summarize.py none.eaf --out o
test.py none.py none.pth
train.py none.py
""".strip().splitlines())
FILES = {
    'file': '',
    'text.txt': 'hello',
    'broken.py': 'model = dict(',
    'orphan.py': "_base_ = 'none.py'",
    'empty.py': '',
    'clip.mp4': None,  # a good one
    'type.py': f"_base_ = '{CONFIG}'\nmodel = dict(backbone=dict(type='Odd'))",
    'rule.py': f"_base_ = '{CONFIG}'\n"
    "default_hooks = dict(checkpoint=dict(save_best='ma52/odd'))",
    'import.py': "custom_imports = dict(imports='odd')",
    'lfs.pth': 'version https://git-lfs.github.com/spec/v1'
}
#: Command of tools that read a config, with CONFIG where that stands.
READ_CONFIGS = """
analysis_tools/analyze.py model CONFIG lfs.pth --out o
analysis_tools/calibrate.py CONFIG lfs.pth clip.mp4 --truth x --out o
analysis_tools/order_sign.py CONFIG lfs.pth
data/extract_features.py CONFIG lfs.pth --out o
deployment/export.py CONFIG lfs.pth o.onnx
infer.py CONFIG lfs.pth clip.mp4 --out o
micro_expression/draw_attention.py CONFIG lfs.pth --out o
micro_expression/infer_expression.py CONFIG lfs.pth clip.mp4
micro_expression/loso.py CONFIG --list
test.py CONFIG lfs.pth --work-dir o
train.py CONFIG --work-dir o
""".strip().splitlines()
#: Config -> what is said of it, or by tools that look at other things first.
WRONG_CONFIGS = {
    'text.txt': 'Only py/yml',
    'empty.py': 'no model|no test_dataloader|no .model|no attribute',
    'broken.py': 'SyntaxError',
    'type.py': 'Odd is not in the mmaction::model registry|of a MicroExpr',
    'rule.py': 'rule for key ma52/odd|LFS pointer|of a MicroExpr',
    'import.py': 'import custom modules|has no',
}
#: Command | what it says of it.
REFUSED = """
analysis_tools/analyze.py dump x --ann-file x --out o --pairs -1 | got -1
analysis_tools/model_complexity.py broken.py | SyntaxError
analysis_tools/model_complexity.py orphan.py | none.py
data/make_sample_data.py o --size=31x40 | 31x40
data/make_sample_data.py o --size=320 | WIDTHxHEIGHT
data/make_sample_data.py o --size=axb | 'axb'
data/make_sample_data.py o --clips-per-class=0 | at least 1
data/make_sample_data.py o --tasks=nothing | ma52
data/make_sample_data.py o --balanced --long-tail | not allowed with
data/make_sample_data.py o --tasks=mma52 --classes juggling | juggling
data/make_sample_data.py o --tasks=casme2 --face-size=8 | at least 32
data/make_sample_data.py o --tasks=sessions --rate 0 1 | rate must be
deployment/export.py x x o.pt --benchmark 1 | --benchmark times .onnx files
emotion/emotion_from_segments.py evaluate x --out file | is a file, but
micro_expression/find_apex.py text.txt | is not a video
micro_expression/find_apex.py . --fps=0 | must be positive
summarize.py none.eaf --out file | File exists
train.py CONFIG --work-dir o --cfg-options load_form=x | mean load_from?
train.py CONFIG --work-dir o --cfg-options train_dataloader.dataset.data_root=n
test.py CONFIG lfs.pth --work-dir o --cfg-options test_dataloder=1 | mean test
test.py CONFIG none.pth --work-dir o | none.pth does not exist
test.py manet_r50_ma52 none.pth --work-dir o | none.pth does not exist
train.py manet_r50_ma25 --work-dir o | did you mean manet_r50_ma52
""".strip().splitlines()
ASK = """
import contextlib, io, json, runpy, sys
answers = {}
folder, *tools = sys.argv[1:]
for tool in tools:
    text, code, sys.argv = io.StringIO(), None, [tool]
    try:
        with contextlib.redirect_stdout(text):
            runpy.run_path(f'{folder}/{tool}')['main'](['--help'])
    except SystemExit as stop:
        code = stop.code or 0
    heavy = [x for x in ('torch', 'mmaction', 'mmaction_microaction')
             if x in sys.modules]
    answers[tool] = code, text.getvalue(), heavy
print(json.dumps(answers))
"""


@pytest.fixture(scope='module')
def answers(tool_env):
    """Tool -> exit code and text of --help, heavy modules that are loaded."""
    text = subprocess.check_output(
        [sys.executable, '-c', ASK, FOLDER, *MISSING], env=tool_env)
    return json.loads(text)


def test_all_tools_are_asked():
    found = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob('*.py')}
    assert found - {'demo.py'} == set(MISSING)


@pytest.mark.parametrize('tool', MISSING)
def test_help_teaches_and_is_quick(answers, tool):
    code, text, heavy = answers[tool]
    assert code == 0 and heavy == []
    assert 'example' in text and f'python tools/{tool}' in text
    assert 'usage: ' in text


@pytest.fixture(scope='module')
def clip(frames_of, lossless, tmp_path_factory):
    path = tmp_path_factory.mktemp('clip') / 'clip.mkv'
    return Path(lossless(path, frames_of(4))).read_bytes()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, clip, sample_root):
    """The current folder, with a few files; data elsewhere."""
    monkeypatch.setenv('MA52_ROOT', str(sample_root))
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(clip if text is None else text.encode())
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize('tool', MISSING)
def test_a_wrong_path_is_one_line(run_tool, one_line, tool):
    done = run_tool(tool, *MISSING[tool].split())
    one_line(done, 'none' if 'none' in MISSING[tool] else 'file')
    assert done.err.startswith(f'{Path(tool).name}: error: ')
    trace = run_tool(tool, *MISSING[tool].split(), '--debug').err
    assert 'Traceback' in trace and trace.endswith(done.err)


@pytest.mark.parametrize('line', REFUSED)
def test_what_is_refused(run_tool, line):
    command, _, message = line.replace('CONFIG', str(CONFIG)).partition(' | ')
    done = run_tool(*command.split())
    last = done.err.splitlines()[-1]
    assert done.code == 2 and ': error: ' in last and message in last
    assert set(os.listdir()) == set(FILES)


@pytest.mark.parametrize('config', WRONG_CONFIGS)
@pytest.mark.parametrize('command', READ_CONFIGS)
def test_a_wrong_config_is_one_line(run_tool, command, config):
    tool, *args = command.replace('CONFIG', config).split()
    done = run_tool(tool, *args)
    last = done.err.splitlines()[-1]
    assert done.code == 2 and 'Traceback' not in done.err and len(last) < 400
    assert last.startswith(f'{Path(tool).name}: error: ')
    assert re.search(WRONG_CONFIGS[config], last), last


@pytest.mark.parametrize('command', READ_CONFIGS)
def test_a_setting_without_value(run_tool, command):
    tool, *args = command.split()
    done = run_tool(tool, *args, '--cfg-options', 'odd')
    last = done.err.splitlines()[-1]
    assert done.code == 2 and 'error: ' in last
    assert '--cfg-options: invalid' in last or 'key=value' in last


@pytest.mark.parametrize('line', [
    'train.py CONFIG --work-dir file | File exists',
    'test.py CONFIG lfs.pth --work-dir file/o | Not a directory',
    'infer.py CONFIG lfs.pth clip.mp4 --out file | File exists',
    'infer.py CONFIG lfs.pth clip.mp4 --out o | lfs.pth is no check',
    'deployment/export.py CONFIG . o.onnx | . is a folder',
    'convert/convert_checkpoint.py lfs.pth o --from official-manet | Git LFS',
])
def test_a_wrong_file_is_one_line(run_tool, one_line, line):
    command, message = line.replace('CONFIG', str(CONFIG)).split(' | ')
    one_line(run_tool(*command.split()), message)


@pytest.mark.parametrize('tool', MISSING)
def test_our_own_error_keeps_its_traceback(run_tool, load_tool, tool,
                                           monkeypatch):
    wrong = mock.Mock(side_effect=TypeError('a mistake of ours'))
    if tool in ('train.py', 'test.py'):
        monkeypatch.setattr('mmaction_microaction.utils.host.run_host_tool',
                            wrong)
    else:
        monkeypatch.setattr(load_tool(tool), 'work', wrong)
    with pytest.raises(TypeError, match='a mistake of ours'):
        run_tool(tool, *MISSING[tool].split())


def test_a_wrong_checkpoint_of_the_host(run_tool, sample_root, tmp_path):
    done = run_tool('test.py', CONFIG, tmp_path / 'none.pth', '--work-dir',
                    tmp_path, '--cfg-options',
                    f'test_dataloader.dataset.data_root={sample_root}',
                    'test_dataloader.dataset.split=val',
                    'default_hooks.logger.interval=1')
    assert done.code == 2 and 'Traceback' not in done.err
    last = done.err.splitlines()[-1]
    assert last.startswith('test.py: error: ') and 'none.pth' in last


def test_choices_are_those_of_the_package(load_tool, answers):
    from mmaction_microaction import emotion, synthetic
    from mmaction_microaction.datasets import SPLITS, preparation
    from mmaction_microaction.engine.loso import EPOCH_RULES
    from mmaction_microaction.evaluation.functional import FLAVOURS
    from mmaction_microaction.models.checkpoint_conversion import CONVERTERS
    from mmaction_microaction.outputs import MOVEMENT_OUTPUTS, OUTPUTS
    qualities = {k: codec.quality for k, codec in preparation.CODECS.items()}
    sentiment = 'emotion/emotion_from_segments.py'
    for tool, name, known in (
        ('infer.py', 'OUTPUTS', tuple(OUTPUTS)),
        ('movement.py', 'OUTPUTS', tuple(MOVEMENT_OUTPUTS)),
        ('challenge/evaluate.py', 'FLAVOURS', FLAVOURS),
        ('convert/convert_checkpoint.py', 'SOURCES', tuple(CONVERTERS)),
        ('micro_expression/loso.py', 'EPOCH_RULES', tuple(EPOCH_RULES)),
        ('data/check_data.py', 'SPLITS', tuple(SPLITS)),
        ('data/extract_features.py', 'SPLITS', tuple(SPLITS)),
        ('analysis_tools/draw_predictions.py', 'SPLITS', tuple(SPLITS)),
        ('data/prepare_videos.py', 'CODECS', qualities),
        (sentiment, 'KINDS', tuple(emotion.KINDS)),
    ):
        assert getattr(load_tool(tool), name) == known, tool
    args = load_tool(sentiment).build_parser().parse_args(
        ['train', 'x', '--out', 'y'])
    assert args.strength == emotion.fitting.STRENGTH
    text = answers['data/prepare_videos.py'][1]
    assert preparation.MANIFEST in text and preparation.FAILURES in text
    assert len(synthetic.DISTINCT_CLASSES) == 8  # as make_sample_data says
