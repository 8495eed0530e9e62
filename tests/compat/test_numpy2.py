# Copyright (c) mmaction-microaction contributors. All rights reserved.
import colorsys
import importlib.util
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from mmaction.datasets.transforms import ColorJitter
from mmaction.evaluation.functional import multisports_utils
from mmaction.registry import TRANSFORMS


def missing(name: str) -> bool:
    value = np
    for part in name.split('.'):
        if not hasattr(value, part):
            return True
        value = getattr(value, part)
    return False


def test_numpy_has_every_name_that_the_host_asks_for():
    root = importlib.util.find_spec('mmaction').submodule_search_locations[0]
    asked = set()
    for file in Path(root).rglob('*.py'):
        text = file.read_text(encoding='utf-8')
        asked.update(re.findall(r'\bnp\.(\w+(?:\.\w+)*)', text))
    assert {'Inf', 'NAN', 'in1d', 'trapz', 'random.randint'} < asked
    assert not [name for name in asked if missing(name)]


def test_old_names_do_what_they_did():
    assert np.Inf == float('inf') and np.isnan(np.NAN)
    found = np.in1d([[1, 2], [3, 4]], [2, 3], invert=True)
    assert found.tolist() == [True, False, False, True]
    assert np.trapz([1, 3], [0, 2]) == 4


@pytest.mark.parametrize('factor', (-.5, -.1, .1, .5))
def test_hue_turns_both_ways(factor):
    """Against Python's colours; OpenCV's hue has steps of two degrees."""
    hues = np.arange(0, 1, 1 / 12)
    image = np.array([[colorsys.hsv_to_rgb(hue, 1, 1) for hue in hues]]) * 255
    turned = hues + int(factor * 255) / 180
    wanted = [colorsys.hsv_to_rgb(hue % 1, 1, 1) for hue in turned]
    found = ColorJitter.adjust_hue(image, factor)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], np.array(wanted) * 255, atol=5)


def test_tubes_meet_in_their_common_frames():
    tube = np.array([[frame, 0, 0, 10, 10] for frame in range(10)], float)
    iou = multisports_utils.iou3dt_voc(tube[:8], tube[4:])
    assert iou == pytest.approx(3 / 9)
    assert multisports_utils.int(2.9) == 2


@pytest.mark.parametrize('installed', (False, True))
def test_img_aug_leaves_numpy_whole(installed, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if 'imgaug' in name]:
        monkeypatch.delitem(sys.modules, name)
    for name in ('imgaug', 'imgaug.augmenters'):
        monkeypatch.setitem(sys.modules, name, None)
    if installed:
        (tmp_path / 'imgaug').mkdir()
        (tmp_path / 'imgaug/__init__.py').write_text(
            'import numpy as np\n'
            'FLOATS = set(np.sctypes["float"]) | set(np.sctypes["uint"])\n')
        (tmp_path / 'imgaug/augmenters.py').write_text(
            textwrap.dedent('''
            class Augmenter: pass
            class Sequential(Augmenter):
                def __init__(self, children): pass
            '''))
        monkeypatch.syspath_prepend(tmp_path)
        for name in ('imgaug', 'imgaug.augmenters'):
            monkeypatch.delitem(sys.modules, name)
        TRANSFORMS.build(dict(type='ImgAug', transforms=[]))
        assert np.float64 in sys.modules['imgaug'].FLOATS
    else:
        with pytest.raises(ImportError, match='imgaug'):
            TRANSFORMS.build(dict(type='ImgAug', transforms=[]))
    assert np.bool is np.bool_ and not hasattr(np, 'sctypes')
