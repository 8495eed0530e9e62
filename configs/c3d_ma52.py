# C3D on MA-52: Tran et al., "Learning Spatiotemporal Features with 3D
# Convolutional Networks", ICCV 2015. Starts from Sports-1M.
#
#   python tools/train.py configs/c3d_ma52.py
#
# Reported by the MA-52 authors: action top-1 52.22, F1_mean 58.43. Not
# measured by us.
_base_ = [
    'mmaction::_base_/models/c3d_sports1m_pretrained.py',
    '_base_/datasets/ma52_3d.py', 'mmaction::_base_/schedules/sgd_50e.py',
    '_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=52))

# 16 frames of 112 x 112 pixels, as in the original network. Stride 4 spans
# 64 frames, most or all of a clip; 16 frames at stride 1 are half a second.
sampling = dict(_base_.sampling, clip_len=16, frame_interval=4)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
decode = dict(type='DecodeResized', scale=(-1, 128))
train_images = [decode, dict(type='RandomCrop', size=112), _base_.flip]
val_images = [decode, dict(type='CenterCrop', crop_size=112)]
train_pipeline = [*train_frames, *train_images, *_base_.pack]
val_pipeline = [*val_frames, *val_images, *_base_.pack]
test_pipeline = val_pipeline
train_dataloader = dict(batch_size=30, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=30, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# MMAction2's 0.001 is for 8 GPUs of 30 clips.
optim_wrapper = dict(optimizer=dict(lr=0.001 / 8, weight_decay=0.0005))
auto_scale_lr = dict(enable=False, base_batch_size=30)
