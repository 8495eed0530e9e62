# What every experiment shares. The one line that makes MMAction2's own scripts
# work with today's packages, and our modules known, is `custom_imports`.
_base_ = ['mmaction::_base_/default_runtime.py']

custom_imports = dict(
    imports=['mmaction_microaction'], allow_failed_imports=False)

# The best checkpoint goes by the metric's first key, ma52/action_top1.
default_hooks = dict(
    checkpoint=dict(interval=1, max_keep_ckpts=3, save_best='auto'))

# The first three check before anything runs.
custom_hooks = [
    dict(type='CheckpointMatchHook'),  # the checkpoint is of this model
    dict(type='NumClassesHook'),  # the head has the data set's classes
    dict(type='BestKeyHook'),  # the metric gives the key of `save_best`
    dict(type='ClassCountsHook'),  # clips of each class, where a loss asks
    dict(type='ConfusionMatrixHook'),  # draws what the metric has counted
]
