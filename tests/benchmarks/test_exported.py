# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re

import pytest
import torch

from benchmarks.exported import benchmark
from mmaction_microaction.deployment import export_model


def test_benchmark(small_method, tmp_path):
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    manet, path = small_method('manet_r50')[:2], str(tmp_path / 'm.onnx')
    export_model(*manet, path, batches=0)
    threads, seen = torch.get_num_threads(), []
    report = benchmark(*manet, path, 2, rounds=2, progress=seen.append)
    assert torch.get_num_threads() == threads
    with pytest.raises(ValueError, match='batch of 1 or more'):
        benchmark(*manet, path, 0)
    with pytest.raises(FileNotFoundError, match='none.onnx'):
        benchmark(*manet, 'none.onnx')
    records = report.records()
    assert [r['name'] for r in records] == [
        'PyTorch float32', 'PyTorch float32, prepared',
        'PyTorch bfloat16, prepared', 'ONNX Runtime float32'
    ]
    assert all(r['cpu_ms'] > 0 and r['rounds'] == 2 for r in records)
    assert report.clips == 2 and report.machine['threads'] == '1'
    assert set(seen) == {r['name'] for r in records}
    note = report.notes[0]
    exact, rounded, exported = map(float, re.findall(r'\d\.\de[+-]\d+', note))
    assert max(exact, exported) < 1e-4 < rounded < .9
    text = report.markdown()
    assert '# manet_r50_ma52 batch 2' in text and 'ONNX Runtime' in text
