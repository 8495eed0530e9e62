# MANet's backbone on every frame, a temporal pyramid, a detection head.
model = dict(
    type='TemporalDetector',
    backbone=dict(
        type='SEResNetTSM',
        depth=50,
        pretrained='torchvision://resnet50',
        shift_div=8,  # 1/8 of the channels each way
        gate_ratio=4,
        with_cp=True,  # half the memory for a third more time
        norm_eval=True),  # a step has the frames of two clips only
    neck=dict(
        type='TemporalPyramid',
        in_channels=2048,
        channels=512,
        num_levels=6,
        num_embeds=3,
        num_heads=4,
        window=19,  # steps of a level that one step attends to
        dropout=0.1),
    head=dict(
        type='TemporalDetectionHead',
        num_classes=52,
        in_channels=512,
        num_levels=6,
        per_class=True,  # distances of every class: overlapping actions
        center_radius=1.5,  # strides
        nms=dict(sigma=0.5, min_score=0.001, max_num=200)),
    # Without it a backbone learns slowly: only few points stand for an action.
    auxiliary_head=dict(
        type='FramewiseHead', num_classes=52, in_channels=2048),
    data_preprocessor=dict(
        type='WindowDataPreprocessor',
        max_frames=256,  # as in the data set's pipelines
        format_shape='NCHW',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))
