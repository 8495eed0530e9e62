# MMNet: continuous attention on apex - onset, positions from the onset frame.
model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='MMNet',
        img_size=224,  # pixels; the last stage has 224 / 16 = 14 x 14 places
        stem_channels=180,
        channels=(128, 128, 256, 512),  # of the four stages
        strides=(1, 2, 2, 2),
        depths=(1, 1, 1, 1),
        # As in the authors' script for 3 classes.
        calibration=dict(
            type='PositionCalibration',
            depth=3,
            num_heads=4,
            mlp_ratio=2,
            drop_path_rate=0.3)),  # 0, .15, .3
    # Nothing but flatten and classify.
    cls_head=dict(
        type='I3DHead',
        num_classes=3,
        in_channels=512 * 14 * 14,
        spatial_type=None,  # no pooling: places count
        dropout_ratio=0.,
        # PyTorch's own, 1 / sqrt(3 * in_channels), as the authors'. With the
        # 0.02 of the other linear layers training would begin at logits of 6.
        init_std=0.0018,
        topk=(1, ),
        average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW'))
