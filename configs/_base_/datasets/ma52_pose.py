# MA-52 as skeletons, for graph networks: 28 points in each frame, read from
# `pose_{split}.pkl` in the root; see docs in MicroActionPoseDataset.
data_root = '{{$MA52_ROOT:data/ma52}}'
meta_keys = ('img_shape', 'clip_name')

# Points that a flip swaps, finger tips included.
points = dict(
    left_kp=[5, 6, 7, 11, 12, 13, 15, 17, 18, 19, 20, 21, 22],
    right_kp=[2, 3, 4, 8, 9, 10, 14, 16, 23, 24, 25, 26, 27])
flip = dict(type='Flip', flip_ratio=0.5, **points)
norm = dict(type='PreNormalize2D')
features = dict(
    type='GenerateSkeletonFeatures', layout='openpose28', feats=['j'])
# Clips of MA-52 have 45 to 75 frames, so hardly one is repeated.
sampling = dict(type='UniformSampleFrames', clip_len=48)
pack = [
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
# The steps after the features: a config replaces these and restates the lists.
train_inputs = [sampling, *pack]
val_inputs = [dict(sampling, test_mode=True), *pack]
# Scores are means over 10 samplings of frames from one clip.
test_inputs = [dict(sampling, num_clips=10, test_mode=True), *pack]
train_pipeline = [flip, norm, features, *train_inputs]
val_pipeline = [norm, features, *val_inputs]
test_pipeline = [norm, features, *test_inputs]

loading = dict(num_workers=8, persistent_workers=True)
dataset = dict(type='MicroActionPoseDataset', data_root=data_root)
train_dataloader = dict(
    batch_size=128,  # clips on one GPU
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(split='train', pipeline=train_pipeline, **dataset),
    **loading)
val_dataloader = dict(
    batch_size=128,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        split='val', pipeline=val_pipeline, test_mode=True, **dataset),
    **loading)
# As in ma52.py: the labels of the official test list are hidden.
test_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        split='val',
        test_labels=False,
        pipeline=test_pipeline,
        test_mode=True,
        **dataset),
    **loading)

val_evaluator = dict(type='MicroActionMetric')
test_evaluator = dict(type='MicroActionMetric')
