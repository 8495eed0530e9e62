# PCAN's schedule, as released.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=30, val_begin=3, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='MultiStepLR',
        end=30,
        by_epoch=True,
        milestones=[10, 20],
        gamma=0.1)
]

# For its two pre-trainings and the sample configs, which set T_max.
cosine = dict(
    type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.0075, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2))

auto_scale_lr = dict(enable=False, base_batch_size=10)
