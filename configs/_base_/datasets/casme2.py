# CASME II in pairs of onset and apex, one fold of leave-one-subject-out.
# Inputs are uint8 (2, 3, 224, 224): onset, then apex, RGB.
data_root = '{{$CASME2_ROOT:data/casme2}}'
scheme = 3  # negative, positive, surprise; or 4, 5, {class: [emotion]}
# The fold: this subject is tested, all others train. A name such as 'sub01',
# or an index among the sorted names.
# `tools/micro_expression/loso.py` runs all folds.
test_subject = 0
size = 224  # pixels

# Kept in the predictions beside the scores.
meta_keys = ('img_shape', 'clip_name', 'subject', 'source')

# Frames, images and pack: see ma52.py.
train_frames = [dict(type='LoadOnsetApex', jitter=True)]
val_frames = [dict(type='LoadOnsetApex')]
val_images = [dict(type='Resize', scale=(size, size), keep_ratio=False)]
train_images = [
    *val_images,
    dict(type='Flip', flip_ratio=0.5),
    dict(type='RotateFrames', degrees=4),
    dict(type='PadFrames', pixels=4),
    dict(type='RandomCrop', size=size)
]
pack = [
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
train_pipeline = [*train_frames, *train_images, *pack]
val_pipeline = [*val_frames, *val_images, *pack]
test_pipeline = val_pipeline

dataset = dict(
    type='MicroExpressionDataset',
    kind='casme2',
    data_root=data_root,
    scheme=scheme,
    test_subject=test_subject)
train_dataloader = dict(
    batch_size=24,  # clips on one GPU
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline, **dataset))
# The test subject: for monitoring, not for choosing an epoch.
val_dataloader = dict(
    batch_size=24,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=val_pipeline, test_mode=True, **dataset))
test_dataloader = val_dataloader

val_evaluator = dict(type='MicroExpressionMetric')
test_evaluator = dict(type='MicroExpressionMetric')
