# The pyramid and head of manet_r50_mma52_detection.py on stored features: the
# backbone is not trained; an epoch takes one core 20 minutes, not 28 hours.
#
#   python tools/data/extract_features.py \
#       configs/manet_r50_mma52_detection.py CHECKPOINT \
#       --out data/mma52_features
#   python tools/train.py configs/manet_r50_mma52_features.py
#
# No published result for this combination; not measured by us.
_base_ = ['./manet_r50_mma52_detection.py']

features = '{{$MMA52_FEATURES:data/mma52_features}}'

model = dict(
    backbone=None,
    data_preprocessor=dict(
        _delete_=True,
        type='WindowDataPreprocessor',
        max_frames=256,
        format_shape='NCT'))

train_pipeline = [
    dict(type='LoadClipFeatures', root=features),
    dict(type='PackDetectionInputs', meta_keys=_base_.meta_keys)
]
val_pipeline = train_pipeline
test_pipeline = train_pipeline
# The videos are no longer needed.
loader = dict(
    batch_size=16, dataset=dict(pipeline=train_pipeline, check_files=False))
train_dataloader = loader
val_dataloader = loader
test_dataloader = loader

optim_wrapper = dict(optimizer=dict(lr=4e-4))  # for 16 clips a step
auto_scale_lr = dict(enable=False, base_batch_size=16)
