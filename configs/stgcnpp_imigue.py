# ST-GCN++ on iMiGUE, 22 points of the upper body; the data: Liu et al.,
# "iMiGUE: An Identity-free Video Dataset for Micro-Gesture Understanding and
# Emotion Analysis", CVPR 2021. For other points in pixels, with a score,
# change layout, graph and flip.
#
#   export IMIGUE_ROOT=data/imigue    # {train,valid,test}_{data.npy,label.pkl}
#   python tools/train.py configs/stgcnpp_imigue.py
#
# Reported for ST-GCN, not ST-GCN++: top-1 46.97. Not measured by us. The
# recipe is that of stgcnpp_ma52.py.
_base_ = ['./stgcnpp_ma52.py']

# That of `KeypointLayout.load('imigue22')`.
graph = dict(
    num_node=22,
    center=1,  # neck
    inward=[(0, 1), (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6), (8, 0),
            (9, 0), (10, 8), (11, 9), (12, 4), (13, 4), (14, 4), (15, 4),
            (16, 4), (17, 7), (18, 7), (19, 7), (20, 7), (21, 7)])
model = dict(
    backbone=dict(graph_cfg=dict(layout=dict(_delete_=True, **graph))),
    cls_head=dict(num_classes=32))

flip = dict(
    type='Flip',
    flip_ratio=0.5,
    left_kp=[5, 6, 7, 9, 11, 17, 18, 19, 20, 21],
    right_kp=[2, 3, 4, 8, 10, 12, 13, 14, 15, 16])
features = dict(_base_.features, layout='imigue22')
train_pipeline = [flip, _base_.norm, features, *_base_.train_inputs]
val_pipeline = [_base_.norm, features, *_base_.val_inputs]
test_pipeline = [_base_.norm, features, *_base_.test_inputs]

imigue = dict(
    data_root='{{$IMIGUE_ROOT:data/imigue}}',
    layout='imigue22',
    taxonomy='imigue')
train_dataloader = dict(
    dataset=dict(
        pose_file='train_data.npy', pipeline=train_pipeline, **imigue))
val_dataloader = dict(
    dataset=dict(pose_file='valid_data.npy', pipeline=val_pipeline, **imigue))
test_dataloader = dict(
    dataset=dict(
        split='test',
        test_labels=True,
        pose_file='test_data.npy',
        pipeline=test_pipeline,
        **imigue))
