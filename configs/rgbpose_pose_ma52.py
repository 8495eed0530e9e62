# Heat maps of poses alone on MA-52, to start pcan_rgbpose_ma52.py from: the
# other half of RGBPoseConv3D; see rgbpose_rgb_ma52.py.
#
#   python tools/train.py configs/rgbpose_pose_ma52.py
#
# Ours as well, not measured by us: rate for a clip, decay, cosine and the 180
# passes are those of MMAction2 for NTU RGB+D. Nothing of it is pre-trained.
_base_ = [
    '_base_/models/poseconv3d.py', '_base_/datasets/ma52_pose.py',
    '_base_/schedules/sgd_rgbpose_30e.py', '_base_/default_runtime.py'
]

model = dict(backbone=dict(temporal_strides=(1, 1, 1)))

sampling = dict(_base_.sampling, clip_len=32)
cut = [
    dict(type='PoseDecode'),
    dict(type='PoseCompact', hw_ratio=1., allow_imgpad=True)
]
val_images = [*cut, dict(type='Resize', scale=(64, 64), keep_ratio=False)]
train_images = [
    *val_images,
    dict(type='RandomResizedCrop', area_range=(0.56, 1.0)),
    dict(type='Resize', scale=(56, 56), keep_ratio=False), _base_.flip
]
pack = [
    dict(type='GeneratePoseTarget', sigma=0.6),  # pixels
    dict(type='FormatShape', input_format='NCTHW_Heatmap'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
train_pipeline = [sampling, *train_images, *pack]
val_pipeline = [dict(sampling, test_mode=True), *val_images, *pack]
test_pipeline = [
    dict(sampling, num_clips=10, test_mode=True), *val_images, *pack
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=16, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(batch_size=1, dataset=dict(pipeline=test_pipeline))

max_epochs = 180
train_cfg = dict(max_epochs=max_epochs, val_interval=9)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(optimizer=dict(lr=0.2 * 16 / 128,
                                    weight_decay=0.0003))  # for 16 clips
auto_scale_lr = dict(base_batch_size=16)
randomness = dict(seed=0)
