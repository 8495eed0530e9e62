# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The good files of fuzz.py, and how they are damaged."""
import contextlib
import json
import os
import pickle
import random
import re
import shutil
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
ODD = ('', ' ', 'nan', '-1', '1e309', '99999999999999999999', '0', '"', "'",
       '\0', '\ufeff', 'é́', '../x', '1,5', '1;2', '\t', 'None', '=1+1',
       'x' * 5000, '[', '<!--', '{{', '0.1.2', '2024-01-01')


def make_good(folder: Path) -> None:
    """One good file of each kind."""
    import av
    import numpy as np
    import pandas as pd
    import torch
    from conftest import cut_pictures, save_decisive
    from mmengine.config import Config

    from mmaction_microaction.formats import (write_boris, write_elan,
                                              write_label_studio,
                                              write_recognition_submission,
                                              write_webvtt)
    from mmaction_microaction.results import Segment, VideoInfo, VideoResult
    from mmaction_microaction.results.tables import (write_json,
                                                     write_segments_csv)
    from mmaction_microaction.synthetic import (generate_casme2, generate_ma52,
                                                generate_mma52,
                                                generate_sessions)
    os.chdir(folder)
    generate_ma52('ma52', 1, 1, 1, True, (20, 24), [3, 9, 14], size=(64, 80))
    generate_mma52('mma52', 1, 1, 1, size=(64, 80), duration=(1., 2.))
    generate_casme2('casme2', 2, 1, size=48, num_frames=(12, 16))
    generate_sessions(
        Path('sessions'), dict(a=(3, 9), b=(20, 33)), 3, minutes=(.3, .5))
    shutil.copy(next(Path('mma52').rglob('train*.csv')), 'truth.csv')
    shutil.copy('ma52/val_list_videos.txt', 'list.txt')
    for name in ('clip.mp4', 'clip.avi', 'clip.mkv', 'clip.ts'):
        with av.open(name, 'w') as container:
            stream = container.add_stream('mpeg4', rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
            for i in range(40):
                picture = np.full((48, 64, 3), 5 * i, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format='rgb24')
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    cfg = Config.fromfile(str(REPO / 'configs/manet_r50_ma52.py'))
    cfg.model.backbone.update(depth=18, base_channels=8, pretrained=None)
    cfg.model.cls_head.in_channels = 64
    cut_pictures(cfg).load_from = None
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.test_dataloader.dataset.update(data_root='ma52', split='val')
    cfg.dump('cfg.py')
    save_decisive(cfg, 'w.pth')
    official = {
        f'cls_head.{part}.weight': torch.zeros(2, 2)
        for part in ('fc_cls', 'fc_emb', 'fc_emb_t')
    }
    for i in (0, 2):
        official[f'backbone.layer1.0.conv1.conv.fcce.{i}.weight'] = \
            torch.zeros(2)
    torch.save(dict(state_dict=official), 'official.pth')
    mmnet = Config.fromfile(str(REPO / 'configs/mmnet_casme2sample.py'))
    for part in ('train', 'val', 'test'):
        mmnet[f'{part}_dataloader'].dataset.data_root = 'casme2'
    mmnet.dump('mmnet.py')
    segments = [Segment(.5, 2., 9, .75), Segment(3., 4., 10)]
    zeros = np.zeros((0, 52))
    result = VideoResult(
        VideoInfo('a.mp4', 'a.mp4', 64, 48, 250, 25., 10.), zeros.sum(0), [],
        [], zeros, segments)
    for write, name in ((write_json, 'a.json'), (write_elan, 'b.eaf'),
                        (write_boris, 'b.xlsx'), (write_segments_csv, 'b.csv'),
                        (write_webvtt, 'b.vtt'), (write_label_studio,
                                                  'ls.json')):
        write(result, name)
    pd.read_excel('b.xlsx').to_csv('b.tsv', sep='\t', index=False)
    events = [[s.start, '', 'nodding', '', ''] for s in segments]
    events += [[s.end, '', 'nodding', '', ''] for s in segments]
    Path('b.boris').write_text(
        json.dumps(
            dict(
                behaviors_conf={'0': dict(type='State event', code='nodding')},
                observations=dict(
                    o={
                        'events': sorted(events),
                        'time offset': 0,
                        'file': {
                            '1': ['a.mp4']
                        }
                    }))))
    Path('t.csv').write_text('name,group\nwave,hand\nkick,foot\n')
    Path('c.csv').write_text('start,end,action_name\n1,2,wave\n3,4.5,kick\n')
    Path('words.txt').write_text('wave 1 2 3\nkick 4 5 6\n')
    names = [line.split()[0] for line in Path('list.txt').open()]
    scores = np.random.default_rng(0).random((len(names), 52))
    Path('pred.pkl').write_bytes(
        pickle.dumps([
            dict(pred_score=torch.tensor(s), clip_name=n)
            for s, n in zip(scores, names)
        ]))
    write_recognition_submission('.', names, scores)


def damage(path: Path, rng: random.Random, good: Path) -> str:
    """Damage a file; what was done, in a word."""
    data = bytearray(path.read_bytes())
    kinds = ['none', 'cut', 'flip', 'zero', 'empty', 'other', 'folder', 'gone']
    with contextlib.suppress(UnicodeDecodeError):
        lines = data.decode().splitlines(keepends=True)
        kinds = kinds[:1] + kinds[4:] + 2 * [
            'drop', 'twice', 'odd', 'odd', 'odd', 'utf16', 'latin', 'swap'
        ]
    if path.suffix == '.py':  # the user's own code may do anything
        kinds = ['none', 'empty', 'folder', 'gone', 'other']
    kind = rng.choice(kinds)
    size = max(len(data), 1)
    if kind == 'cut':
        del data[rng.randrange(size):]
    elif kind == 'flip':
        for _ in range(rng.choice((1, 10, 1000))):
            data[rng.randrange(size)] ^= 1 << rng.randrange(8)
    elif kind == 'zero':
        start, length = rng.randrange(size), rng.choice((8, 512, size))
        data[start:start + length] = bytes(len(data[start:start + length]))
    elif kind == 'empty':
        data.clear()
    elif kind == 'other':
        files = sorted(x for x in good.iterdir() if x.is_file())
        data[:] = rng.choice(files).read_bytes()
    elif kind in ('drop', 'twice', 'odd', 'swap'):
        i = rng.randrange(len(lines))
        if kind == 'odd':
            words = re.split(r'([\W_]+)', lines[i])
            words[rng.randrange(len(words))] = rng.choice(ODD)
            lines[i] = ''.join(words)
        elif kind == 'swap':
            lines[0], lines[i] = lines[i], lines[0]
        else:
            lines[i:i + 1] = [lines[i]] * (2 * (kind == 'twice'))
        data[:] = ''.join(lines).encode('utf-8', 'surrogatepass')
    elif kind == 'utf16':
        data[:] = data.decode().encode('utf-16')
    elif kind == 'latin':
        data[:] = b'\xe9' + bytes(data)
    path.unlink()
    if kind == 'folder':
        path.mkdir()
    elif kind != 'gone':
        path.write_bytes(data)
    return kind
