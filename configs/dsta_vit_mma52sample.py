# DSTA in small: manet_r18_mma52sample.py with a narrow transformer instead of
# MANet's backbone. Its frozen weights are random, so it shows that everything
# runs and how the adapters learn, not what DSTA reaches.
#
#   export MMA52_ROOT=demo_out/data/mma52
#   python tools/train.py configs/dsta_vit_mma52sample.py
_base_ = ['./manet_r18_mma52sample.py']

embed_dims = 192
model = dict(
    backbone=dict(
        _delete_=True,
        type='AdaptedVisionTransformer',
        adapter=dict(type='DSTAAdapter', ratio=2),
        img_size=96,
        patch_size=16,
        embed_dims=embed_dims,
        depth=4,
        num_heads=3,
        num_frames=16,  # of one chunk
        norm_cfg=dict(type='LN', eps=1e-6)),
    neck=dict(in_channels=embed_dims),
    auxiliary_head=dict(in_channels=embed_dims),
    data_preprocessor=dict(format_shape='NCTHW'))

train_pipeline = [*_base_.train_frames, *_base_.train_images, *_base_.pack_3d]
val_pipeline = [*_base_.val_frames, *_base_.val_images, *_base_.pack_3d]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
