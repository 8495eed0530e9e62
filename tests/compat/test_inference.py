# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest


@pytest.mark.parametrize('out_type', ['video', 'gif', 'img'])
def test_stock_visualizer_writes(out_type, tmp_path):
    from mmaction.visualization import LocalVisBackend
    backend = LocalVisBackend(str(tmp_path))
    frames = np.zeros((5, 33, 64, 3), np.uint8)
    frames[..., 0] = 200  # blue, as the host hands BGR over
    backend.add_video('clip.avi', frames, fps=10, out_type=out_type)
    if out_type == 'video':
        import decord
        reader = decord.VideoReader(str(next(tmp_path.rglob('*.mp4'))))
        assert len(reader) == 5
        picture = reader[2].asnumpy()
    else:
        from PIL import Image
        kind, number = dict(gif=('gif', 1), img=('png', 5))[out_type]
        pictures = sorted(tmp_path.rglob(f'*.{kind}'))
        assert len(pictures) == number
        picture = np.asarray(Image.open(pictures[0]).convert('RGB'))
    red, _, blue = picture.mean((0, 1))
    assert blue > 150 > 50 > red
