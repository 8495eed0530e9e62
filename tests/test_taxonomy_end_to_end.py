# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A label set that nobody ships, from training to every output."""
import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction_microaction.outputs import OUTPUTS
from mmaction_microaction.results import read_json
from mmaction_microaction.taxonomy import MA52, Taxonomy

# What they are called here: what the generator calls them, and their group.
CLASSES = {
    'wave': ('waving', 'arms'),
    'point': ('pointing oneself', 'arms'),
    'cross': ('crossing arms', 'arms'),
    'bow': ('nodding', 'top'),
    'shake': ('shaking head', 'top'),
}
CONFIG = '''
_base_ = '{repo}/configs/manet_r50_ma52.py'
taxonomy = '{folder}/five.yaml'
model = dict(
    backbone=dict(depth=18, base_channels=16, pretrained=None),
    cls_head=dict(
        num_classes=5, in_channels=128, init_std=1.,
        label_names={names}, label_vectors='{folder}/vectors.npy'))
'''
LOADER = '''
{split}_dataloader = dict(
    batch_size=5, num_workers=0, persistent_workers=False,
    dataset=dict(
        type='MicroActionDataset', taxonomy=taxonomy,
        ann_file='{folder}/{list}.txt', data_root=None, split='{list}',
        data_prefix=dict(video='{root}/videos_{list}')))
'''


@pytest.fixture(scope='module')
def folder(repo, sample_root, tmp_path_factory):
    """Taxonomy, lists and config of the user."""
    folder = tmp_path_factory.mktemp('five')
    lines = [
        'name: five', 'title: Five gestures', 'groups:', "  arms: '#112233'",
        "  top: '#aabbcc'", 'classes:'
    ]
    lines += [
        f'- {{name: {name}, group: {group}, code: X{i}}}'
        for i, (name, (_, group)) in enumerate(CLASSES.items())
    ] + ['time_reversed:', '- [wave, bow]']
    (folder / 'five.yaml').write_text('\n'.join(lines))
    theirs = [MA52.find(name).index for name, _ in CLASSES.values()]
    for split in ('train', 'val'):
        text = Path(sample_root, f'{split}_list_videos.txt').read_text()
        clips = (line.rsplit(maxsplit=1) for line in text.splitlines())
        (folder / f'{split}.txt').write_text(''.join(
            f'{name} {theirs.index(int(label))}\n' for name, label in clips
            if int(label) in theirs))
    np.save(folder / 'vectors.npy', np.eye(5, 8, dtype=np.float32))
    text = CONFIG.format(repo=repo, folder=folder, names=list(CLASSES))
    for split, source in (('train', 'train'), ('val', 'val'), ('test', 'val')):
        text += LOADER.format(
            split=split, list=source, folder=folder, root=sample_root)
    (folder / 'five.py').write_text(text)
    return folder


@pytest.fixture(scope='module')
def checkpoint(folder):
    """Of a model that is trained, validated and tested."""
    cfg = Config.fromfile(str(folder / 'five.py'))
    cfg.train_cfg.max_epochs, cfg.work_dir = 1, str(folder / 'work')
    runner = Runner.from_cfg(cfg)
    runner.train()
    metrics = runner.test()
    assert runner.iter == 2
    top1, = (v for k, v in metrics.items() if k.endswith('/action_top1'))
    top5, = (v for k, v in metrics.items() if k.endswith('/action_top5'))
    assert 0 <= top1 <= 1 and top5 == 1  # of five classes
    path = folder / 'work' / 'epoch_1.pth'
    meta = torch.load(path, weights_only=False)['meta']['dataset_meta']
    assert Taxonomy.load(meta['taxonomy']) == \
        Taxonomy.load(str(folder / 'five.yaml'))
    return path


@pytest.fixture(scope='module')
def video(folder, sample_root):
    name = (folder / 'val.txt').read_text().split()[0]
    return Path(sample_root, 'videos_val', name)


@pytest.fixture(scope='module')
def infer(run_tool, folder, video):

    def run(weights, out, *more):
        done = run_tool('infer.py', folder / 'five.py', weights, video,
                        '--out', out, '--device', 'cpu', '--window', '.4',
                        '--threshold', '.1', '--min-duration', '0', *more)
        assert done.code == 0, done.err
        return out / video.stem

    return run


def check_facts(taxonomy):
    assert taxonomy.title == 'Five gestures'
    assert taxonomy.names == tuple(CLASSES)
    assert taxonomy.groups == ('arms', 'top')
    assert taxonomy.colours == ('#112233', '#aabbcc')


def test_every_output(infer, checkpoint, video, tmp_path):
    truth = tmp_path / 'truth.csv'
    truth.write_text('id,video_id,start_frame,end_frame,class,total_frames\n'
                     f'0,{video.stem},0,9,4,20\n')
    out = infer(checkpoint, tmp_path, '--ann-file', truth)
    assert {file for x in OUTPUTS.values() for file in x.files} <= \
        {path.name for path in out.iterdir()}
    result = read_json(str(out / 'predictions.json'))
    check_facts(result.taxonomy)
    assert result.step_scores.shape[1] == 5 and result.segments
    shown = {segment.label.name for segment in result.segments}
    with open(out / 'segments.csv') as file:
        rows = list(csv.DictReader(file))
    assert {row['action_name'] for row in rows} == shown
    assert {row['body_name'] for row in rows} <= {'arms', 'top'}
    with open(out / 'frames.csv') as file:
        assert next(csv.reader(file)) == ['frame', 'timestamp', *CLASSES]
    values = {
        x.text
        for x in ElementTree.parse(out /
                                   'segments.eaf').iter('ANNOTATION_VALUE')
    }
    assert any(name in value for name in shown for value in values)
    for name in ('report.html', 'segments.vtt', 'label_studio.json'):
        assert any(x in (out / name).read_text() for x in shown), name
    labels = (out / 'label_studio.xml').read_text()
    assert all(name in labels for name in CLASSES)
    for path in out.iterdir():  # nothing of the default
        if path.suffix in ('.csv', '.eaf', '.html', '.vtt', '.xml', '.json'):
            text = path.read_text()
            assert 'nodding' not in text and 'head-hand' not in text, path
    import openpyxl
    book = openpyxl.load_workbook(out / 'boris_ethogram.xlsx')
    cells = [x for row in book.active.iter_rows(values_only=True) for x in row]
    assert set(CLASSES) <= set(cells)


def test_tools_that_look_at_the_classes(run_tool, folder, checkpoint,
                                        sample_root, tmp_path):
    done = run_tool('analysis_tools/order_sign.py', folder / 'five.py',
                    checkpoint)
    assert done.code == 0 and 'wave / bow' in done.out, done.err
    glove = tmp_path / 'glove.txt'
    glove.write_text(''.join(f'{name} 1 2\n' for name in CLASSES))
    five = ('--taxonomy', folder / 'five.yaml')
    done = run_tool('data/build_label_vectors.py', glove, '--out',
                    tmp_path / 'o.npy', *five)
    assert done.code == 0 and 'shape (5, 2)' in done.out, done.err
    done = run_tool('data/check_data.py', sample_root, '--splits', 'val',
                    *five)
    assert done.code == 1 and 'an integer from 0 to 4' in done.out
    assert 'wave' in done.out and 'nodding' not in done.out


def test_onnx(run_tool, infer, folder, checkpoint, tmp_path):
    pytest.importorskip('onnxscript')
    onnxruntime = pytest.importorskip('onnxruntime')
    path = tmp_path / 'five.onnx'
    done = run_tool('deployment/export.py', folder / 'five.py', checkpoint,
                    path, '--verify', '1')
    assert done.code == 0, done.err
    metadata = onnxruntime.InferenceSession(
        path).get_modelmeta().custom_metadata_map
    facts = json.loads(metadata['microaction'])
    check_facts(Taxonomy.load(facts['taxonomy']))
    assert facts['classes'] == list(CLASSES)
    assert facts['output']['shape'] == [None, 5]
    by_onnx = read_json(str(infer(path, tmp_path / 'o') / 'predictions.json'))
    by_torch = read_json(
        str(infer(checkpoint, tmp_path / 't') / 'predictions.json'))
    check_facts(by_onnx.taxonomy)
    np.testing.assert_allclose(
        by_onnx.step_scores, by_torch.step_scores, atol=1e-4)


def test_the_page(folder, checkpoint, video, tmp_path):
    from mmaction_microaction.inference import MicroActionInferencer
    from mmaction_microaction.web import Analyser, Limits, Options
    from mmaction_microaction.web.rendering import render, render_overview
    analyser = Analyser(
        MicroActionInferencer(folder / 'five.py', checkpoint), Limits())
    check_facts(analyser.inferencer.taxonomy)
    analysis = analyser(
        str(video), str(tmp_path), Options(.1), lambda done, text: None)
    assert not analysis.failures and analysis.find('overlay')
    name = analysis.result.segments[0].label.name
    assert name in render_overview(analysis)
    assert f'</span>{name}</th>' in render('segments', result=analysis.result)
    assert 'Finds 5 small movements of 2 groups (Five gestures)' in \
        render('head', taxonomy=analyser.inferencer.taxonomy, model='',
               device='', domain='', also=False)  # yapf: disable


def test_a_model_whose_classes_nobody_names(run_tool, folder, checkpoint,
                                            video, tmp_path):
    weights = torch.load(checkpoint, weights_only=False)['state_dict']
    torch.save(dict(state_dict=weights), tmp_path / 'bare.pth')
    args = ('infer.py', folder / 'five.py', tmp_path / 'bare.pth', video,
            '--out', tmp_path / 'o', '--outputs', 'csv', '--cfg-options')
    key = 'test_dataloader.dataset.taxonomy='
    done = run_tool(*args, f'{key}ma52')
    assert done.code == 2 and 'model of 5 classes' in done.err
    assert key[:-1] in done.err and 'Traceback' not in done.err
    assert run_tool(*args, f'{key}{folder}/five.yaml').code == 0
