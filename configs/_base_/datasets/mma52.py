# MMA-52, detection: the whole clip in one window, for 2-D networks.
# A clip has 146 to 451 frames, so at stride 2 every one fits into 256 steps.
# 3-D networks: `pack_3d`, see dsta_vit_small_mma52.py.
data_root = '{{$MMA52_ROOT:data/mma52}}'
max_frames = 256  # grid steps of the window
stride = 2  # frames of a grid step: 15 steps per second

# Kept in the predictions, and needed by the head to return seconds.
meta_keys = ('clip_name', 'fps', 'total_frames', 'duration', 'grid_fps',
             'frame_inds')

# Frames, images and pack: see ma52.py.
sampling = dict(type='SampleWholeClip', max_frames=max_frames, stride=stride)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
flip = dict(type='Flip', flip_ratio=0.5)
train_images = [
    dict(type='DecodeResized', scale=(-1, 182)),  # short side, in pixels
    dict(
        type='RandomResizedCrop',
        area_range=(0.6, 1.0),
        aspect_ratio_range=(0.8, 1.25)),
    dict(type='Resize', scale=(160, 160), keep_ratio=False),
    flip
]
val_images = [
    dict(type='DecodeResized', scale=(-1, 160)),
    dict(type='CenterCrop', crop_size=160)
]
pack_inputs = dict(type='PackDetectionInputs', meta_keys=meta_keys)
pack = [dict(type='FormatShape', input_format='NCHW'), pack_inputs]
pack_3d = [dict(type='FormatShape', input_format='NCTHW'), pack_inputs]
train_pipeline = [*train_frames, *train_images, *pack]
val_pipeline = [*val_frames, *val_images, *pack]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=2,  # clips on one GPU
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='MMA52Dataset',
        data_root=data_root,
        split='train',
        task='detection',
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='MMA52Dataset',
        data_root=data_root,
        split='val',
        task='detection',
        pipeline=val_pipeline,
        test_mode=True))
# The labels of the official test list are hidden, so `tools/test.py` scores
# the validation split; see ma52.py.
test_dataloader = val_dataloader

# The best checkpoint is selected by its key, for any label set.
val_evaluator = dict(type='MicroActionDetectionMetric', prefix='mma52')
test_evaluator = dict(type='MicroActionDetectionMetric', prefix='mma52')
