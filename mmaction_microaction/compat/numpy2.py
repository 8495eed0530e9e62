# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the host asks of NumPy, and NumPy 2 does otherwise."""
import cv2
import numpy as np

from .wrap import wrap


def restore_numpy_names() -> None:
    """Give NumPy the old names back that the host uses.

    They are set on NumPy, not in a proxy of it for each module of the host:
    they are NumPy's own of today, and nothing that works changes.

    Symptom: ``AttributeError: np.Inf was removed`` in pose transforms and
    ``mmaction.utils.misc``; ``NAN``, ``trapz`` and ``in1d`` in the metrics of
    AVA, ActivityNet and retrieval. Hit: NumPy >= 2, the functions 2.4.
    Delete when the host writes today's names.
    """
    names = dict(
        Inf=lambda: np.inf,
        NAN=lambda: np.nan,
        trapz=lambda: np.trapezoid,
        # isin keeps the shape, which in1d never did.
        in1d=lambda: lambda ar1, *args, **kwargs: np.isin(
            np.ravel(ar1), *args, **kwargs))
    for name, today in names.items():
        if not hasattr(np, name):
            setattr(np, name, today())


def build_img_aug() -> None:
    """Build ``ImgAug`` with imgaug 0.4, and leave NumPy as it was.

    Symptom: ``AttributeError: np.sctypes was removed``; and from then on, with
    imgaug installed or not, ``'bool' object has no attribute 'any'`` in
    ``numpy.testing`` and others, as the host sets ``np.bool = bool``. Hit:
    NumPy >= 2 with mmaction2 1.2.0. Delete when the host has dropped imgaug.
    """
    if getattr(np, 'bool', None) is not np.bool_:
        return
    from mmaction.datasets.transforms import ImgAug
    bits = dict(float=(16, 32, 64), int=(8, 16, 32, 64), uint=(8, 16, 32, 64))

    @wrap(ImgAug, '__init__')
    def init(original, self, *args, **kwargs) -> None:
        np.sctypes = {
            kind: [np.dtype(f'{kind}{size}').type for size in sizes]
            for kind, sizes in bits.items()
        }
        try:
            original(self, *args, **kwargs)
        finally:
            np.bool = np.bool_
            del np.sctypes


def turn_hue_both_ways() -> None:
    """Let ``ColorJitter`` turn the hue back as well as on.

    Symptom: ``OverflowError: Python integer -13 out of bounds for uint8``;
    turned on by more than 76 of 180, any NumPy wraps at 256, which is another
    colour. Hit: NumPy >= 2 with mmaction2 1.2.0. Delete when the host adds in
    a wider type.
    """
    from mmaction.datasets.transforms import ColorJitter

    def adjust_hue(img: np.ndarray, factor: float) -> np.ndarray:
        img = np.clip(img, 0, 255).astype(np.uint8)
        hsv = cv2.cvtColor(img, cv2.COLOR_RGB2HSV)
        hue = hsv[..., 0].astype(np.int16) + int(factor * 255)
        hsv[..., 0] = hue % 180  # OpenCV's full circle
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)

    ColorJitter.adjust_hue = staticmethod(adjust_hue)


def find_frames_of_tubes() -> None:
    """Let ``MultiSportsMetric`` cut two tubes to their common frames.

    Symptom: ``TypeError: only 0-dimensional arrays can be converted to Python
    scalars`` in ``iou3dt_voc``, by ``int(np.where(...)[0])``. Hit: NumPy >=
    2.4 with mmaction2 1.2.0. Delete when the host takes the array's element.
    """
    from mmaction.evaluation.functional import multisports_utils

    # A name of the module stands before Python's: all it does but this call
    # is as before.
    multisports_utils.int = lambda x: int(np.asarray(x).item())
