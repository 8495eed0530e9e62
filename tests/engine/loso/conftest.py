# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An experiment on three drawn subjects, and stock tools that are not."""
import json
import textwrap

import pytest
import torch
from mmengine.config import Config

#: Does what a stock tool does, as far as a fold can see, without a model: it
#: "trains" two epochs and "recognises" every clip as the first class.
TOOL = textwrap.dedent('''
    import csv, json, os, re, shutil, sys
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'calls.txt'), 'a') as f:
        print(os.path.basename(sys.argv[0]), *sys.argv[1:], file=f)
    config, out = sys.argv[1], sys.argv[sys.argv.index('--work-dir') + 1]
    subject = re.search("test_subject='(.*?)'", open(config).read()).group(1)
    if os.path.exists(os.path.join(here, 'fail_' + subject)):
        sys.exit('the disk is on fire')
    os.makedirs(os.path.join(out, 't'), exist_ok=True)
    if os.path.basename(__file__) == 'train.py':
        for epoch in (1, 2):
            shutil.copy(os.path.join(here, 'epoch_%d.pth' % epoch), out)
        if "save_best='mer" in open(config).read():
            shutil.copy(os.path.join(here, 'epoch_1.pth'),
                        os.path.join(out, 'best_mer_uf1_epoch_1.pth'))
    else:
        counts = json.load(open(os.path.join(here, 'counts.json')))
        matrix = counts[subject]
        json.dump(
            dict(classes=counts['classes'], confusion=matrix,
                 subjects={subject: matrix}, sources=dict(casme2=matrix)),
            open(os.path.join(out, 't', 'mer_counts.json'), 'w'))
        print('clip_name,subject', subject + '/a,' + subject, sep='\\n',
              file=open(os.path.join(out, 't', 'mer_predictions.csv'), 'w'))
''')


@pytest.fixture
def loso_cfg(repo, casme2_root) -> Config:
    """The sample config, two epochs long."""
    cfg = Config.fromfile(str(repo / 'configs/mmnet_casme2sample.py'))
    cfg.train_cfg.max_epochs = 2
    for split in ('train', 'val', 'test'):
        cfg[f'{split}_dataloader'].dataset.data_root = casme2_root
    return cfg


@pytest.fixture
def fake_tools(tmp_path):
    """A folder with train.py and test.py, and what they need."""
    folder = tmp_path / 'tools'
    folder.mkdir()
    for name in ('train.py', 'test.py'):
        (folder / name).write_text(TOOL)
    for epoch in (1, 2):
        weights = dict(x=torch.tensor(epoch))
        torch.save(
            dict(meta=dict(epoch=epoch), state_dict=weights, optimizer={}),
            folder / f'epoch_{epoch}.pth')
    subjects = ('sub01', 'sub02', 'sub03', 'samm/006')
    counts = dict.fromkeys(subjects, [[1, 0, 0, 0, 0]] * 5)
    counts['classes'] = [
        'happiness', 'disgust', 'repression', 'surprise', 'others'
    ]
    (folder / 'counts.json').write_text(json.dumps(counts))
    (folder / 'calls.txt').touch()
    return folder
