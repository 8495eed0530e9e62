# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The parts of which hostile.py makes its files."""
import copy
import io
import json
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

MIB = 1 << 20
ROWS = 10_000_000
CELL = '<c r="{}" t="inlineStr"><is><t>start</t></is></c>'
MAIN = 'http://schemas.openxmlformats.org/'
EAF = ('<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"/><TIME_ORDER>'
       '<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID='
       '"b" TIME_VALUE="9"/></TIME_ORDER><TIER TIER_ID="t"><ANNOTATION>'
       '<ALIGNABLE_ANNOTATION ANNOTATION_ID="c" TIME_SLOT_REF1="a" '
       'TIME_SLOT_REF2="b"><ANNOTATION_VALUE>{}</ANNOTATION_VALUE>'
       '</ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>')
CSV = 'vid,' + ','.join(f'{x}_pred_{i}' for x in ('action', 'body')
                        for i in range(1, 6)) + '\nx.mp4' + ',0' * 10 + '\n'


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.parts = function, args

    def __reduce__(self):
        return self.parts


def doubled(levels: int = 60) -> list:
    """A list of two pointers, 2 ** 60 items when written out."""
    item = ['lol'] * 2
    for _ in range(levels):
        item = [item, item]
    return item


def deep_pickle(levels: int = 100_000) -> bytes:
    return b'\x80\x02' + b']' * levels + b'a' * (levels - 1) + b'.'


def overlapping(path: Path, size: int, count: int) -> None:
    """A checkpoint of so many tensors of ``size`` bytes, whose records in the
    zip file are all the same bytes."""
    tensors = {str(i): torch.empty(size // 4) for i in range(count)}
    with torch.serialization.skip_data():  # the file has holes
        torch.save(dict(state_dict=tensors), path)
    with zipfile.ZipFile(path) as archive:
        small = {
            x.filename: archive.read(x)
            for x in archive.infolist() if x.file_size < size
        }
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in small.items():
            archive.writestr(name, content)
        folder = name.partition('/')[0]
        archive.writestr(f'{folder}/data/0', bytes(size))
        for i in range(1, count):
            again = copy.copy(archive.filelist[-1])
            again.filename = f'{folder}/data/{i}'
            archive.filelist.append(again)


def inflating(path: Path, name: str, chunk: bytes, times: int, head=b'',
              others=()) -> None:  # yapf: disable
    """A zip file with a member of ``head`` and ``times`` chunks, written fast:
    deflate takes each chunk alike after a full flush."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    data += times * (packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH))
    data += packer.flush()
    size, crc = len(head) + len(chunk) * times, zlib.crc32(head)
    for _ in range(times):
        crc = zlib.crc32(chunk, crc)
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for other, text in others:
            archive.writestr(other, text)
        info = zipfile.ZipInfo(name)
        start = archive.fp.tell()
        archive.writestr(info, data)
        info.compress_type, info.file_size, info.CRC = 8, size, crc
        end = archive.fp.tell()
        archive.fp.seek(start + 8)
        archive.fp.write(struct.pack('<H', 8))
        archive.fp.seek(start + 14)
        archive.fp.write(struct.pack('<III', crc, len(data), size))
        archive.fp.seek(end)


def workbook(path: Path, sheet: str, times: int = 0, chunk: str = '') -> None:
    """An .xlsx file of one sheet, of our own XML."""
    kind = f'{MAIN}officeDocument/2006/relationships'
    link = f'{MAIN}package/2006/relationships'
    parts = 'application/vnd.openxmlformats-officedocument.spreadsheetml.'
    others = [
        ('[Content_Types].xml', f'<Types xmlns="{MAIN}package/2006/content-'
         'types"><Default Extension="rels" ContentType="application/vnd.'
         'openxmlformats-package.relationships+xml"/><Override PartName="/xl/'
         f'workbook.xml" ContentType="{parts}sheet.main+xml"/><Override '
         f'PartName="/s.xml" ContentType="{parts}worksheet+xml"/></Types>'),
        ('_rels/.rels', f'<Relationships xmlns="{link}"><Relationship Id="r" '
         f'Type="{kind}/officeDocument" Target="xl/workbook.xml"/>'
         '</Relationships>'),
        ('xl/workbook.xml', f'<workbook xmlns="{MAIN}spreadsheetml/2006/main" '
         f'xmlns:r="{kind}"><sheets><sheet name="a" sheetId="1" r:id="r"/>'
         '</sheets></workbook>'),
        ('xl/_rels/workbook.xml.rels', f'<Relationships xmlns="{link}">'
         f'<Relationship Id="r" Type="{kind}/worksheet" Target="/s.xml"/>'
         f'<Relationship Id="x" Type="{kind}/externalLink" TargetMode='
         f'"External" Target="{path.parents[1]}/outside/secret.xlsx"/>'
         '</Relationships>')]  # yapf: disable
    inflating(path, 's.xml', chunk.encode(), times, sheet.encode(), others)


def sheet(rows: str) -> str:
    return (f'<worksheet xmlns="{MAIN}spreadsheetml/2006/main"><sheetData>'
            f'{rows}</sheetData></worksheet>')


def huge_video(path: Path) -> None:
    """A video whose header, and that of its codec, say 65520 x 65520."""
    import av
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('ffv1', rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(
                np.zeros((48, 64, 3), np.uint8), format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    data = path.read_bytes()
    old, new = struct.pack('<II', 64, 48), struct.pack('<II', 65520, 65520)
    path.write_bytes(data.replace(old, new))


def huge_png(path: Path, size: int = 30_000) -> None:

    def part(name, data):
        body = name + data
        return (struct.pack('>I', len(data)) + body +
                struct.pack('>I', zlib.crc32(body)))

    head = struct.pack('>IIBBBBB', size, size, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((size + 1) * 100)) * (size // 100)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + part(b'IHDR', head) +
                     part(b'IDAT', rows) + part(b'IEND', b''))


def outside_onnx(path: Path) -> None:
    """A model whose weights are in a file of another folder."""
    from onnx import TensorProto, helper, save
    weights = helper.make_tensor('w', TensorProto.FLOAT, [1], [0.])
    weights.ClearField('float_data')
    weights.data_location = TensorProto.EXTERNAL
    for key, value in dict(
            location='../outside/secret.bin', length='4').items():
        weights.external_data.add(key=key, value=value)
    value = helper.make_tensor_value_info('y', TensorProto.FLOAT, [1])
    node = helper.make_node('Identity', ['w'], ['y'])
    graph = helper.make_graph([node], 'g', [], [value], [weights])
    save(helper.make_model(graph), path)


def script(path: Path) -> None:
    module = torch.jit.script(torch.nn.Identity())
    torch.jit.save(module, str(path))


def old_tar(path: Path) -> None:
    """PyTorch's oldest form, with a member that leads outside."""
    with tarfile.open(path, 'w', format=tarfile.PAX_FORMAT) as archive:
        for name in ('storages', '../outside/made', 'tensors', 'pickle'):
            item = tarfile.TarInfo(name)
            item.size = 4
            archive.addfile(item, io.BytesIO(b'N.N.'))


def zipped(path: Path, **members: str) -> None:
    with zipfile.ZipFile(path, 'w') as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def huge_npy(path: Path) -> None:
    with open(path, 'wb') as file:
        np.lib.format.write_array_header_1_0(
            file, dict(descr='<f4', fortran_order=False, shape=(1 << 36, 3)))


def json_of(item: object) -> str:
    return json.dumps(item).replace('"HUGE"', '9' * 400)


def segments(start: object, action: object = 9) -> str:
    video = dict(name='a', path='', width=1, height=1, num_frames=1, fps=1.,
                 duration=1.)  # yapf: disable
    row = dict(start=start, end=9, action=action)
    return json_of(
        dict(schema='mmaction-microaction/predictions', schema_version='1.2',
             video=video, scores=[0.] * 52, segments=[row]))  # yapf: disable


def label_studio(label: str, start: object = 1) -> str:
    value = dict(ranges=[dict(start=start, end=9)], timelinelabels=[label])
    return json_of([
        dict(data=dict(video='<script>alert(1)</script>', fps=25),
             annotations=[dict(id=1, result=[dict(value=value)])])
    ])  # yapf: disable


def boris(time: object) -> str:
    events = [[time, '', 'nodding', '', ''], [2e308, '', 'nodding', '', '']]
    return json_of(dict(observations=dict(a=dict(events=events))))
