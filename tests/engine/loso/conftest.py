# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An experiment on three drawn subjects, and stock tools that are not."""
import json

import pytest
import torch
from mmengine.config import Config

#: Does what a stock tool does, as far as a fold can see, without a model: it
#: "trains" two epochs and "recognises" every clip as the first class.
TOOL = '''
import json, re, shutil, sys
from pathlib import Path
here, config = Path(__file__).parent, Path(sys.argv[1]).read_text()
with open(here / 'calls.txt', 'a') as file:
    print(Path(__file__).name, file=file)
subject = re.search("test_subject='(.*?)'", config).group(1)
if (here / f'fail_{subject}').exists():
    sys.exit('the disk is on fire')
out = Path(sys.argv[sys.argv.index('--work-dir') + 1])
(out / 't').mkdir(parents=True, exist_ok=True)
if Path(__file__).name == 'train.py':
    shutil.copy(here / 'epoch_1.pth', out)
    shutil.copy(here / 'epoch_2.pth', out)
    if "save_best='mer" in config:
        shutil.copy(here / 'epoch_1.pth', out / 'best_mer_uf1_epoch_1.pth')
else:
    counts = json.loads((here / 'counts.json').read_text())
    matrix = counts[subject]
    (out / 't' / 'mer_counts.json').write_text(json.dumps(dict(
        classes=counts['classes'], confusion=matrix,
        subjects={subject: matrix}, sources=dict(casme2=matrix))))
    (out / 't' / 'mer_predictions.csv').write_text(
        f'clip_name,subject\\n{subject}/a,{subject}\\n')
'''


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
    counts['classes'] = 'happiness disgust repression surprise others'.split()
    (folder / 'counts.json').write_text(json.dumps(counts))
    return folder
