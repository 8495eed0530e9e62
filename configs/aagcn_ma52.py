# 2s-AGCN's network on MA-52, positions of the joints: Shi et al., "Two-Stream
# Adaptive Graph Convolutional Networks for Skeleton-Based Action Recognition",
# CVPR 2019.
#
#   python tools/train.py configs/aagcn_ma52.py
#
# No published result on MA-52; not measured by us. The recipe is that of
# stgcnpp_ma52.py, as in MMAction2.
_base_ = ['./stgcnpp_ma52.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='AAGCN',
        num_person=1,  # MMAction2's default is two
        gcn_attention=False,  # AGCN
        graph_cfg=_base_.model.backbone.graph_cfg))
