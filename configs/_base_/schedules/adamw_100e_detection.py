# ActionFormer's and AdaTAD's: linear warm-up, then cosine to 0.
max_epochs = 100
train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_begin=1,
    val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

warmup = dict(
    type='LinearLR',
    start_factor=0.01,
    by_epoch=True,
    begin=0,
    end=5,  # epochs
    convert_to_iter_based=True)
cosine = dict(
    type='CosineAnnealingLR',
    T_max=95,
    eta_min=0,
    by_epoch=True,
    begin=5,
    end=max_epochs,
    convert_to_iter_based=True)
param_scheduler = [warmup, cosine]

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW',
        lr=1e-4,  # for 2 clips a step
        betas=(0.9, 0.999),
        weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0., bias_decay_mult=0.),
    clip_grad=dict(max_norm=1, norm_type=2))

auto_scale_lr = dict(enable=False, base_batch_size=2)
