# Linear warm-up, then cosine to 0: the transformers' schedule.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=40, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

warmup = dict(
    type='LinearLR',
    start_factor=0.1,
    by_epoch=True,
    begin=0,
    end=2.5,  # epochs
    convert_to_iter_based=True)
cosine = dict(
    type='CosineAnnealingLR',
    T_max=37.5,
    eta_min=0,
    by_epoch=True,
    begin=2.5,
    end=40,
    convert_to_iter_based=True)
param_scheduler = [warmup, cosine]

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW',
        lr=1e-3 * 8 / 64,  # 1e-3 for 64 clips a step; here 8
        betas=(0.9, 0.999),
        weight_decay=0.05))

auto_scale_lr = dict(enable=False, base_batch_size=8)
