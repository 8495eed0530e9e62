# ST-GCN++ with a graph of 28 points: MMAction2's network, in the size that its
# configs have. The layout is that of `KeypointLayout.load('openpose28')`:
# 18 points of OpenPose, and five finger tips that hang on each wrist.
model = dict(
    type='RecognizerGCN',
    backbone=dict(
        type='STGCN',
        gcn_adaptive='init',
        gcn_with_res=True,
        tcn_type='mstcn',
        graph_cfg=dict(
            mode='spatial',
            layout=dict(
                num_node=28,
                center=1,  # neck
                inward=[(0, 1), (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6),
                        (8, 2), (9, 8), (10, 9), (11, 5), (12, 11), (13, 12),
                        (14, 0), (15, 0), (16, 14), (17, 15), (18, 7), (19, 7),
                        (20, 7), (21, 7), (22, 7), (23, 4), (24, 4), (25, 4),
                        (26, 4), (27, 4)]))),
    cls_head=dict(type='GCNHead', num_classes=52, in_channels=256))
