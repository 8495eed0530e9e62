# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction.registry import DATASETS

from .layout import MA52_LAYOUT
from .micro_action import MicroActionDataset


@DATASETS.register_module()
class MA52Dataset(MicroActionDataset):
    """Clips of MA-52 with one of 52 micro-actions each.

    Arguments and data infos are those of :class:`MicroActionDataset`; the
    official test list has no true labels.

    Source: Guo et al., "Benchmarking Micro-action Recognition: Dataset,
    Methods, and Applications", IEEE TCSVT 34(7), 2024, Sec. III.
    """

    METAINFO = dict(dataset_type='ma52')
    LAYOUT = MA52_LAYOUT
    ROOT_HINT = ', in the configs {{$MA52_ROOT:data/ma52}}'
    TEST_LABELS = False
