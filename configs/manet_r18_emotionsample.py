# Emotion from clips in small, on generated ones
# (tools/data/make_sample_data.py --tasks emotion --size 80x96), from a
# checkpoint of manet_r18_ma52sample. Minutes on two cores. Says nothing about
# people.
#
#   export EMOTION_ROOT=demo_out/data/emotion
#   MA52_CHECKPOINT=work_dirs/manet_r18_ma52sample/epoch_10.pth \
#       python tools/train.py configs/manet_r18_emotionsample.py
#
# From scratch, for comparison: --cfg-options load_from=None
# With a frozen backbone: --cfg-options model.backbone.frozen_stages=4
_base_ = ['./manet_r18_ma52sample.py', '_base_/datasets/emotion.py']

# The head of MA-52 does not fit and is left out, with a warning in the log.
load_from = '{{$MA52_CHECKPOINT:work_dirs/manet_r18_ma52sample/epoch_10.pth}}'

model = dict(
    backbone=dict(frozen_stages=-1),
    cls_head=dict(
        _delete_=True,
        type='TSMHead',
        num_classes=4,  # lines of classes.txt
        in_channels=256,
        num_segments=_base_.num_segments,
        dropout_ratio=0.2,
        init_std=0.01,
        average_clips='prob'))

val_pipeline = [*_base_.val_frames, *_base_.val_images, *_base_.emotion_pack]
test_pipeline = val_pipeline
train_dataloader = dict(
    dataset=dict(
        _delete_=True, pipeline=_base_.train_pipeline, **_base_.emotion_train))
val_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=val_pipeline, **_base_.emotion_val))
# Other people than those who decide on the best epoch.
test_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=val_pipeline, **_base_.emotion_test))
val_evaluator = dict(_delete_=True, type='EmotionMetric')
test_evaluator = dict(_delete_=True, type='EmotionMetric')
# The mean recall does not reward guessing the most frequent emotion.
default_hooks = dict(checkpoint=dict(save_best='emotion/uar', rule='greater'))
