# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import Sequence, Union

import numpy as np
from mmaction.datasets.transforms import GenSkeFeat, JointToBone
from mmaction.registry import TRANSFORMS

from mmaction_microaction.pose import KeypointLayout
from mmaction_microaction.utils.errors import UserError


@TRANSFORMS.register_module()
class GenerateSkeletonFeatures(GenSkeFeat):
    """The host's ``GenSkeFeat`` for any layout of V points.

    With ``dataset='openpose'`` the host knows the bones of 18 points and
    leaves those of further points zero. It also treats a missing point as one
    in the corner of the image: here all positions, bones and motions that
    depend on a point of score 0 are 0, as are the bones of the root and of
    points outside the layout's tree.

    Required keys: ``keypoint`` (M, T, V, 2), in the range of
    ``PreNormalize2D``, and ``keypoint_score`` (M, T, V); in 3-D only
    ``keypoint`` (M, T, V, 3), with missing points at 0. Modified key:
    ``keypoint`` (M, T, V, 3 F), float, of F features, each x, y and the mean
    score of its points, or x, y, z.

    Args:
        layout (str | dict): See :meth:`KeypointLayout.load`.
        feats (Sequence[str]): ``'j'`` joints, ``'b'`` bones (child minus
            parent), ``'jm'``, ``'bm'``: their motion to the next frame.
        with_score (bool): Whether points are 2-D with scores, or 3-D.

    Raises:
        UserError: If a feature is unknown, or a pose has another layout.

    Source: Duan et al., "PYSKL: Towards Good Practices for Skeleton Action
    Recognition", ACM MM 2022.
    """

    def __init__(self,
                 layout: Union[str, dict] = 'openpose28',
                 feats: Sequence[str] = ('j', ),
                 with_score: bool = True) -> None:
        if not feats or set(feats) - {'j', 'b', 'jm', 'bm'}:
            raise UserError("GenerateSkeletonFeatures takes feats of 'j', "
                            f"'b', 'jm' and 'bm', but got {feats!r}")
        # For 'openpose' the host treats the third channel as a score.
        super().__init__(
            dataset='openpose' if with_score else 'nturgb+d',
            feats=list(feats))
        self.with_score = with_score
        self.layout = KeypointLayout.load(layout)
        for op in self.ops.transforms:
            if isinstance(op, JointToBone):
                center = self.layout.center
                op.pairs = (*self.layout.edges, (center, center))

    def transform(self, results: dict) -> dict:
        """Replace ``results['keypoint']``, drop ``keypoint_score``."""
        points = results['keypoint'].shape[2]
        if points != self.layout.num_points:
            raise UserError(
                f'a pose has {points} points, but the layout '
                f'{self.layout.name} has {self.layout.num_points}; set '
                'layout of GenerateSkeletonFeatures and graph_cfg of the '
                'model to those of the data')
        if self.with_score != ('keypoint_score' in results):
            raise UserError(
                f'with_score={self.with_score} of GenerateSkeletonFeatures '
                'does not fit these poses: points in the plane have a score, '
                'points in space none')
        seen = results['keypoint_score'] > 0 if self.with_score \
            else results['keypoint'].any(axis=-1)
        # NaN propagates through differences.
        results['keypoint'] = np.where(seen[..., None], results['keypoint'],
                                       np.nan)
        results = super().transform(results)
        results['keypoint'] = np.nan_to_num(results['keypoint'])
        return results
