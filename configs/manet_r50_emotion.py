# Emotion from clips, by MANet: its backbone as trained on MA-52, a linear head
# on top. What such a score is not: docs/emotion.md.
#
#   MA52_CHECKPOINT=work_dirs/manet_r50_ma52/epoch_80.pth \
#       python tools/train.py configs/manet_r50_emotion.py
#
# Fine-tunes the whole network; for a frozen backbone
# --cfg-options model.backbone.frozen_stages=4. No published result; not
# measured by us.
_base_ = ['./manet_r50_ma52.py', '_base_/datasets/emotion.py']

# The head of MA-52 does not fit and is left out, with a warning in the log.
load_from = '{{$MA52_CHECKPOINT:work_dirs/manet_r50_ma52/epoch_80.pth}}'

model = dict(
    backbone=dict(pretrained=None, frozen_stages=-1),
    cls_head=dict(
        _delete_=True,
        type='TSMHead',
        num_classes=4,  # lines of classes.txt
        in_channels=2048,
        num_segments=_base_.num_segments,
        dropout_ratio=0.5,
        init_std=0.001,
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

# An emotion data set is small: fewer epochs than MA-52.
max_epochs = 30
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=max_epochs,
        by_epoch=True,
        milestones=[15, 25],
        gamma=0.1)
]
