# MMNet's: strong weight decay, a rate that decreases for half of the time.
max_epochs = 100
train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_begin=1,
    val_interval=max_epochs)  # the last epoch counts, not the best
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    # The first factor applies after epoch 1, the last after epoch 50.
    dict(type='ExponentialLR', gamma=0.987, by_epoch=True, begin=0, end=51)
]

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW',
        lr=8e-4,  # for 24 clips a step
        betas=(0.9, 0.999),
        weight_decay=0.7))

auto_scale_lr = dict(enable=False, base_batch_size=24)
