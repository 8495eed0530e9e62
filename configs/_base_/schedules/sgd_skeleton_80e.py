# MMAction2's for skeletons on NTU RGB+D: cosine to 0, no warm-up. It has 16
# epochs of five passes through the data each: 80 epochs here.
max_epochs = 80
train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_begin=5,
    val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

cosine = dict(
    type='CosineAnnealingLR',
    T_max=max_epochs,
    eta_min=0,
    by_epoch=True,
    convert_to_iter_based=True)
param_scheduler = [cosine]

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='SGD',
        lr=0.1,  # for 128 clips per step, as theirs on 8 GPUs
        momentum=0.9,
        weight_decay=0.0005,
        nesterov=True))

auto_scale_lr = dict(enable=False, base_batch_size=128)
