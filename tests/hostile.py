# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that would hurt a careless reader; see test_hostile.py.

Each is harmless if it works: it makes a folder ``outside/made``, opens a file
of ``outside``, or takes memory or time until it is stopped.

  python tests/hostile.py FOLDER
"""
import json
import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from hostile_files import (CELL, CSV, EAF, MIB, ROWS, Call, boris, deep_pickle,
                           doubled, huge_npy, huge_png, huge_video, inflating,
                           json_of, label_studio, old_tar, outside_onnx,
                           overlapping, script, segments, sheet, workbook,
                           zipped)


def write_hostile(folder: Path) -> None:
    """Fill ``folder/outside`` with what must stay untouched, and the folder
    ``folder/in`` with the files."""
    outside, inside = folder / 'outside', folder / 'in'
    outside.mkdir(parents=True)
    inside.mkdir()
    for name in ('csv', 'bin', 'ts', 'npy', 'xlsx'):
        (outside /
         f'secret.{name}').write_text('start,end,action_name\n1,2,nodding\n')
    made, secret = str(outside / 'made'), str(outside / 'secret.csv')
    call = Call(os.mkdir, made)
    order = f'__import__("os").mkdir({made!r})'
    nested = '<!DOCTYPE a [<!ENTITY a "' + 'lol' * 9 + '">' + ''.join(
        f'<!ENTITY {b} "{9 * f"&{a};"}">'
        for a, b in zip('abcdefghi', 'bcdefghij')) + ']>'
    texts = {
        'entity.eaf': f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>' +
        EAF.format('&x;'),
        'laughs.eaf': nested + EAF.format('&j;'),
        'quadratic.eaf': f'<!DOCTYPE a [<!ENTITY x "{"A" * 60_000}">]>' +
        EAF.format('&x;' * 60_000),
        'dtd.eaf': f'<!DOCTYPE a SYSTEM "{secret}">' + EAF.format('A1'),
        'deep.eaf': '<a>' * 300_000 + '</a>' * 300_000,
        'many.eaf': EAF.format('A1').replace('<TIER ', '<x/>' * ROWS +
                                             '<TIER '),
        'object.yaml': f'!!python/object/apply:os.mkdir [{made!r}]',
        'anchors.yaml': 'name: &a [x, x]\n' + ''.join(
            f'k{i}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n'
            for i, (a, b) in enumerate(zip('abcdefghi', 'bcdefghij'))) +
        'classes: *j\ntitle: *j\n',
        'nested.yaml': 'classes: ' + '[' * 100_000,
        'classes.yaml': 'name: a\nclasses:\n' + ''.join(
            f'- {{name: c{i}}}\n' for i in range(200_000)),
        'classes.csv': 'name\n' + ''.join(f'c{i}\n' for i in range(200_000)),
        'deep.json': '[' * 1_000_000,
        'many.json': '[' + '[],' * ROWS + '[]]',
        'digits.json': '{"a": ' + '9' * 1_000_000 + '}',
        'huge.json': segments('HUGE'),
        'infinite.json': segments(0, 1e999),
        'escaped.json': '{' + ','.join(
            f'"\\u0061{i}": 0' for i in range(300_000)) + '}',
        'html.json': label_studio('<img src=x onerror=alert(1)>'),
        'range.json': label_studio('nodding', 'HUGE'),
        'infinity.json': label_studio('nodding', 1e999),
        'huge.boris': boris('HUGE'),
        'list.boris': json_of(dict(observations=dict(a=dict(events=[
            [[] for _ in range(9)]] * 9)))),
        'script.vtt': 'WEBVTT\n\n00:01.000 --> 00:02.000\n'
        '<script>alert(1)</script>\n',
        'brackets.vtt': 'WEBVTT\n\n00:01.000 --> 00:02.000\n' +
        '<' * 300_000 + '\n',
        'digits.vtt': f'WEBVTT\n\n{"1" * 300_000} --> 00:02.000\nnodding\n',
        'blanks.csv': 'start,end,action_name,comment\n1,2,nodding,' +
        '(' * 300_000 + 'unsure x\n',
        'rows.csv': 'start,end,action_name\n' + '1,2,A1\n' * ROWS,
        'wide.csv': ',' * 1_000_000 + '\n' + 'x\n' * 100_000,
        'rows.txt': 'a.mp4 9\n' * ROWS,
        'playlist.mp4': '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n'
        f'file:{outside}/secret.ts\n#EXT-X-ENDLIST\n',
        'concat.mp4': f'ffconcat version 1.0\nfile {outside}/secret.ts\n',
        'index.json': json.dumps(dict(a=dict(file='../outside/secret.npy'))),
        # Data, to be taken as it is.
        'formula.csv': 'start,end,action_name,comment\n'
        '1,2,nodding,=cmd|\' /C calc\'!A0\n',
        '-rf --no-preserve-root.csv': 'start,end,action_name\n1,2,A1\n',
        '<img src=x onerror=alert(1)>.csv': 'start,end,action_name\n1,2,A1\n',
        f'$(mkdir {made}).csv'.replace('/', '∕'): 'start,end\n1,2\n',
        'two\nlines;`id`.csv': 'start,end,action_name\n1,2,A1\n',
    }  # yapf: disable
    for name, text in texts.items():
        (inside / name).write_text(text)
    (inside / 'wide_doctype.eaf').write_bytes(
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>{EAF}'.encode('utf-16'))
    dumps = {
        'call.pkl': [dict(pred_score=call, clip_name='a')],
        'eval.pkl': dict(annotations=[Call(eval, order)], split={}),
        'doubled.pkl': doubled(),
        'names.pkl': [dict(pred_score=doubled(), clip_name=doubled(),
                           frame_dir='a', keypoint=doubled())],
        'labels_label.pkl': (doubled(), doubled()),
    }  # yapf: disable
    for name, item in dumps.items():
        (inside / name).write_bytes(pickle.dumps(item))
    (inside / 'deep.pkl').write_bytes(deep_pickle())
    (inside / 'length.pkl').write_bytes(b'\x80\x04\x8e' +
                                        struct.pack('<Q', 1 << 40) + b'a')
    (inside / 'text.pkl').write_bytes(b'cos\nmkdir\n(S%r\ntR.' % made)
    weights = dict(state_dict=dict(w=torch.ones(1)))
    saved = {
        'call.pth': dict(weights, meta=call),
        'eval.pth': dict(weights, hook=Call(exec, order)),
        'doubled.pth': dict(weights, meta=doubled()),
        'pickled.pth': dict(weights, x=np.array([call], object)),
        'stride.pth': dict(state_dict=dict(
            w=torch.zeros(1).expand(1 << 40), b=torch.ones(1))),
    }  # yapf: disable
    for name, item in saved.items():
        torch.save(item, inside / name)
    torch.save(
        dict(weights, meta=call),
        inside / 'old_call.pth',
        _use_new_zipfile_serialization=False)
    np.save(inside / 'objects.npy', np.array([call] * 52, object))
    np.save(inside / 'labels_data.npy', np.zeros((2, 3, 4, 22, 1), 'f4'))
    huge_npy(inside / 'huge_data.npy')
    with open(inside / 'header.npy', 'wb') as file:
        file.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', 9000) +
                   b'-' * 9000)
    inflating(inside / 'zeros.npz', 'a.npy', bytes(MIB), 3000)
    os.link(inside / 'zeros.npz', inside / 'zeros_data.npy')
    inflating(inside / 'zeros.zip', 'prediction.csv', b'\n' * MIB, 3000)
    inflating(inside / 'zeros.pth', 'a/data.pkl', b'N0' * (MIB // 2), 3000)
    rows = f'<row>{CELL.format("A1")}</row>'
    cell = '<row><c><v>1</v></c></row>'
    workbook(inside / 'bomb.xlsx',
             sheet(rows)[:-len('</sheetData></works'
                               'heet>')], 300, cell * (MIB // len(cell)))
    corner = CELL.format('XFD1048576')
    workbook(inside / 'corner.xlsx',
             sheet(f'{rows}<row r="1048576">{corner}</row>'))
    workbook(inside / 'rows.xlsx',
             sheet(f'{rows}<row r="900000000000"></row>'))
    overlapping(inside / 'overlapping.pth', 8 * MIB, 400)
    workbook(inside / 'entity.xlsx',
             nested + sheet(rows.replace('start', '&j;')))
    workbook(inside / 'outside.xlsx', sheet(rows))
    zipped(inside / 'up.zip', **{'../outside/made/prediction.csv': CSV})
    zipped(inside / 'absolute.zip', **{f'{made}/prediction.csv': CSV})
    zipped(inside / 'disks.zip', **{'prediction.csv': CSV})
    data = (inside / 'disks.zip').read_bytes()
    locator = struct.pack('<4sLQL', b'PK\6\7', 1, 0, 2)
    (inside / 'disks.zip').write_bytes(data[:-22] + locator + data[-22:])
    zipped(inside / 'root.zip', **{'/prediction.csv': CSV})
    zipped(inside / 'members.zip',
           **{f'{i}/prediction.csv': ''
              for i in range(60_000)})
    huge_video(inside / 'huge.avi')
    huge_png(inside / 'img1.png')
    outside_onnx(inside / 'outside.onnx')
    script(inside / 'script.pth')
    old_tar(inside / 'tar.pth')
    os.symlink(outside, inside / 'link')


if __name__ == '__main__':
    write_hostile(Path(sys.argv[1]))
