# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A small recogniser whose probabilities depend on the pixels."""
import pytest
from mmengine.registry import DefaultScope


@pytest.fixture(scope='session')
def manet(small_method):
    """Config and checkpoint of MANet; read only."""
    cfg, checkpoint, _ = small_method('manet_r50')
    cfg.model.data_preprocessor.type = 'ClipMeanDataPreprocessor'
    return cfg, checkpoint


@pytest.fixture(scope='session')
def files(manet, tmp_path_factory):
    """Suffix -> exported file."""
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    from mmaction_microaction.deployment import FORMATS, export_model
    folder = tmp_path_factory.mktemp('exported')
    with DefaultScope.overwrite_default_scope('mmaction'):
        return {
            suffix:
            export_model(*manet, str(folder / f'manet{suffix}'), batches=2)
            for suffix in FORMATS
        }
