# A frozen VideoMAE ViT-S with dual-path adapters, pyramid and head.
_base_ = ['./manet_r50_detection.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='AdaptedVisionTransformer',
        adapter=dict(type='DSTAAdapter', ratio=4),  # or TIAAdapter
        pretrained=  # noqa: E251
        'https://download.openmmlab.com/mmaction/v1.0/recognition/videomaev2/vit-small-p16_videomaev2-vit-g-dist-k710-pre_16x4x1_kinetics-400/vit-small-p16_videomaev2-vit-g-dist-k710-pre_16x4x1_kinetics-400_20230510-25c748fd.pth',  # noqa: E501
        img_size=224,  # of the pre-training; positions are interpolated
        patch_size=16,
        embed_dims=384,
        depth=12,
        num_heads=6,
        num_frames=16,  # of one chunk
        with_cp=True,
        norm_cfg=dict(type='LN', eps=1e-6)),
    neck=dict(in_channels=384),
    auxiliary_head=dict(in_channels=384),
    data_preprocessor=dict(format_shape='NCTHW'))
