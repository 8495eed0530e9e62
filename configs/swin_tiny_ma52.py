# Video Swin-T on MA-52: Liu et al., "Video Swin Transformer", CVPR 2022.
# Starts from inflated ImageNet weights.
#
#   python tools/train.py configs/swin_tiny_ma52.py
#
# Reported by the MA-52 paper (not checked): action top-1 57.23, F1_mean
# 61.24. Not measured by us. The recipe is that of the challenge's starter kit.
_base_ = [
    'mmaction::_base_/models/swin_tiny.py', '_base_/datasets/ma52_3d.py',
    '_base_/schedules/adamw_40e.py', '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(
        pretrained=  # noqa: E251
        'https://download.openmmlab.com/mmaction/v1.0/recognition/swin/swin_tiny_patch4_window7_224.pth'  # noqa: E501
    ),
    cls_head=dict(num_classes=52))

# 4 clips x 3 crops of 224 x 224 in the test.
test_pipeline = [
    dict(type='OpenVideo'),
    dict(_base_.sampling, num_clips=4, test_mode=True),
    dict(type='DecodeResized', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224), *_base_.pack
]
test_dataloader = dict(batch_size=1, dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(
    type='AmpOptimWrapper',
    constructor='SwinOptimWrapperConstructor',
    paramwise_cfg=dict(
        absolute_pos_embed=dict(decay_mult=0.),
        relative_position_bias_table=dict(decay_mult=0.),
        norm=dict(decay_mult=0.),
        backbone=dict(lr_mult=0.1)))
