# default_runtime.py for detection: the best checkpoint is selected by the mean
# over all thresholds; a running mean of the weights is tested and saved.
_base_ = ['./default_runtime.py']

default_hooks = dict(checkpoint=dict(save_best='mma52/action_mAP'))
plain_hooks = _base_.custom_hooks  # without the mean
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='EMAHook', momentum=0.001)  # of the new weights, each step
]
