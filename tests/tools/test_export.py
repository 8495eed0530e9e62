# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""tools/deployment/export.py, and what its page says about the files."""
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmaction_microaction.deployment import load_recogniser
from mmaction_microaction.deployment.export import pack_clips
from mmaction_microaction.inference.model_facts import describe_model
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'deployment/export.py'


@pytest.fixture(scope='module')
def page(repo):
    return (repo / 'docs/deployment.md').read_text()


def test_torchscript_and_videos(expect, manet_files, sample_root, tmp_path):
    out = tmp_path / 'study [red]' / 'model.pt'  # no markup of rich
    out.parent.mkdir()
    clip = min(Path(sample_root, 'videos_val').iterdir())
    text = expect(0, TOOL, *manet_files, out, '--verify', 2, '--videos',
                  clip).out
    assert f'wrote {out}: TorchScript' in text
    assert 'uint8 N x 8 x 3 x 32 x 32' in text
    found = re.findall(r'  (.+, batch \d): .* ([\d.e-]+)\n', text)
    assert [name for name, _ in found] == [
        f'{name}, batch {batch}' for name in ('clips', 'random pixels')
        for batch in (1, 2)
    ]
    assert all(float(error) <= 1e-4 for _, error in found)


@pytest.mark.slow
def test_onnx_without_the_package(expect, manet_files, page, tmp_path):
    """The page's example runs as it stands, and agrees with the model."""
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    done = expect(0, TOOL, *manet_files, tmp_path / 'manet.onnx', '--verify',
                  1, '--benchmark', 1, '--rounds', 1)
    assert '| ONNX Runtime float32 |' in done.out
    example, = re.findall(r'```python\n(# without.*?)```', page, re.S)
    assert len(example.splitlines()) <= 18
    pixels = np.random.default_rng(0).integers(
        256, size=(3, 8, 3, 32, 32), dtype=np.uint8)
    np.save(tmp_path / 'clips.npy', pixels)
    block = ("import sys\nfor name in ('torch', 'mmaction', 'mmengine', "
             "'mmaction_microaction'):\n    sys.modules[name] = None\n")
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', block + example],
        cwd=tmp_path,
        capture_output=True,
        text=True)
    assert done.returncode == 0, done.stderr
    cfg = Config.fromfile(manet_files[0])
    sample, = pack_clips(cfg, 1)
    wanted = load_recogniser(cfg, manet_files[1]).predict(
        [dict(sample, inputs=torch.from_numpy(x)) for x in pixels])
    first, *lines = done.stdout.splitlines()
    assert first.split() == ['uint8', "['batch',", '8,', '3,', '32,', '32]']
    for line, scores in zip(lines, wanted, strict=True):
        name, score = line.rsplit(' ', 1)
        assert name == MA52.names[scores.argmax()]
        assert float(score) == pytest.approx(scores.max(), abs=2e-3)


def test_clips_of_a_video(page, repo, tmp_path):
    """The page's reader gives what the config's test pipeline gives."""
    rng = np.random.default_rng(0)
    small = rng.integers(256, size=(21, 10, 12, 3), dtype=np.uint8)
    frames = small.repeat(30, axis=1).repeat(30, axis=2)
    write_video(tmp_path / 'clip.mp4', frames)
    example, = re.findall(r'```python\n(# clips.npy.*?)```', page, re.S)
    subprocess.run([sys.executable, '-c', example], cwd=tmp_path, check=True)
    cfg = Config.fromfile(repo / 'configs/manet_r50_ma52.py')
    wanted, = pack_clips(cfg, 1, [str(tmp_path / 'clip.mp4')])
    pixels = np.load(tmp_path / 'clips.npy')
    assert pixels.shape == (1, *wanted['inputs'].shape)
    difference = pixels[0].astype(float) - wanted['inputs'].numpy()
    assert abs(difference).mean() < 2


def test_facts_on_the_page(manet_files, page):
    """What the page lists is what a file holds."""
    facts = describe_model(
        Config.fromfile(manet_files[0]), 'x.pth',
        torch.zeros(1, 8, 3, 4, 4, dtype=torch.uint8))
    listed = re.findall(r'^\| `(\w+)` \|', page, re.M)
    assert set(listed) == set(facts) and json.dumps(facts)
