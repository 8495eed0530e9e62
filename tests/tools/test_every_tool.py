# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What holds for each tool: its help, a user's error, an error of ours."""
import json
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
analysis_tools/analyze.py dump none.pkl --ann-file none.txt --out TMP/o
analysis_tools/compare_annotations.py none.eaf none.csv
analysis_tools/draw_predictions.py none.pkl --data-root none --out TMP/o.png
analysis_tools/model_complexity.py none.py
analysis_tools/order_sign.py none.py none.pth
challenge/evaluate.py none.zip --ann-file none.txt
challenge/make_submission.py none.pkl --ann-file none.txt --out TMP/o
convert/convert_checkpoint.py none.pth TMP/o.pth --from official-manet
data/build_label_vectors.py none.txt --out TMP/o.npy
data/check_data.py none
data/extract_features.py none.py none.pth --out TMP/o
data/make_sample_data.py TMP/file --workers 1 --size 32x40
data/prepare_videos.py none TMP/o
demo_app.py none.py none.pth
deployment/export.py none.py none.pth TMP/o.onnx
emotion/emotion_from_segments.py train none.csv --out TMP/o.json
infer.py none.py none.pth none.mp4 --out TMP/o
micro_expression/draw_attention.py none.py none.pth --out TMP/o.png
micro_expression/find_apex.py none.mp4
micro_expression/infer_expression.py none.py none.pth none.mp4
micro_expression/loso.py none.py --list
test.py none.py none.pth
train.py none.py
""".strip().splitlines())
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


@pytest.fixture
def words(tmp_path, monkeypatch):
    """A function: tool -> arguments that name what does not exist."""
    (tmp_path / 'file').write_text('')
    monkeypatch.chdir(tmp_path)
    return lambda tool: MISSING[tool].replace('TMP', str(tmp_path)).split()


@pytest.mark.parametrize('tool', MISSING)
def test_a_wrong_path_is_one_line(run_tool, words, tool):
    done = run_tool(tool, *words(tool))
    line, = done.err.splitlines()
    assert done.code == 2, done
    assert line.startswith(f'{Path(tool).name}: error: ')
    assert 'none' in line or 'file' in line


@pytest.mark.parametrize('tool', MISSING)
def test_our_own_error_keeps_its_traceback(run_tool, load_tool, words, tool,
                                           monkeypatch):
    wrong = mock.Mock(side_effect=TypeError('a mistake of ours'))
    if tool in ('train.py', 'test.py'):
        monkeypatch.setattr('mmaction_microaction.utils.host.run_host_tool',
                            wrong)
    else:
        monkeypatch.setattr(load_tool(tool), 'work', wrong)
    with pytest.raises(TypeError, match='a mistake of ours'):
        run_tool(tool, *words(tool))


@pytest.mark.parametrize('tool', ['train.py', 'challenge/evaluate.py'])
def test_debug_shows_where(run_tool, words, tool):
    done = run_tool(tool, *words(tool), '--debug')
    assert done.code == 2 and 'Traceback' in done.err
    assert done.err.splitlines()[-1].startswith(f'{Path(tool).name}: error: ')


@pytest.mark.parametrize('content, message', [
    ('model = dict(', 'SyntaxError'),
    ("_base_ = 'none.py'", 'none.py'),
])
def test_a_broken_config_is_one_line(run_tool, one_line, tmp_path, content,
                                     message):
    path = tmp_path / 'broken.py'
    path.write_text(content)
    one_line(run_tool('analysis_tools/model_complexity.py', path), message)


def test_a_wrong_checkpoint_of_the_host(run_tool, sample_root, tmp_path):
    done = run_tool('test.py', CONFIG, tmp_path / 'none.pth', '--work-dir',
                    tmp_path, '--cfg-options',
                    f'test_dataloader.dataset.data_root={sample_root}',
                    'test_dataloader.dataset.split=val',
                    'default_hooks.logger.interval=1')
    assert done.code == 2 and 'Traceback' not in done.err
    line = done.err.splitlines()[-1]
    assert line.startswith('test.py: error: ') and 'none.pth' in line


def test_choices_are_those_of_the_package(load_tool, answers):
    from mmaction_microaction import emotion, synthetic
    from mmaction_microaction.datasets import SPLITS, preparation
    from mmaction_microaction.engine.loso import EPOCH_RULES
    from mmaction_microaction.evaluation.functional import FLAVOURS
    from mmaction_microaction.models.checkpoint_conversion import CONVERTERS
    from mmaction_microaction.outputs.outputs import OUTPUTS
    assert load_tool('infer.py').OUTPUTS == tuple(OUTPUTS)
    assert load_tool('challenge/evaluate.py').FLAVOURS == FLAVOURS
    assert load_tool('convert/convert_checkpoint.py').SOURCES == tuple(
        CONVERTERS)
    assert load_tool('micro_expression/loso.py').EPOCH_RULES == tuple(
        EPOCH_RULES)
    for tool in ('data/check_data.py', 'data/extract_features.py',
                 'analysis_tools/draw_predictions.py'):
        assert load_tool(tool).SPLITS == tuple(SPLITS)
    tool = load_tool('emotion/emotion_from_segments.py')
    args = tool.build_parser().parse_args(['train', 'x', '--out', 'y'])
    assert tool.KINDS == tuple(emotion.KINDS)
    assert args.strength == emotion.fitting.STRENGTH
    qualities = {k: codec.quality for k, codec in preparation.CODECS.items()}
    assert load_tool('data/prepare_videos.py').CODECS == qualities
    text = answers['data/prepare_videos.py'][1]
    assert preparation.MANIFEST in text and preparation.FAILURES in text
    assert len(synthetic.DISTINCT_CLASSES) == 8  # as make_sample_data says
