# MANet's schedule; also for the other 2-D methods.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=80, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=80,
        by_epoch=True,
        milestones=[30, 60],
        gamma=0.1)
]

# The constructor: biases have twice the rate and no weight decay, nor have
# batch norms; fc_lr5 gives the last linear layer of the model five times the
# rate: the classifier of TSM and TIN, MANet's second embedding layer.
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='TSMOptimWrapperConstructor',
    paramwise_cfg=dict(fc_lr5=True),
    optimizer=dict(
        type='SGD',
        lr=0.00125,  # 0.01 / 8, for 10 clips a step
        momentum=0.9,
        weight_decay=0.0001),
    clip_grad=dict(max_norm=20, norm_type=2))

# `--auto-scale-lr` scales the rate by (GPUs x batch size) / this.
auto_scale_lr = dict(enable=False, base_batch_size=10)
