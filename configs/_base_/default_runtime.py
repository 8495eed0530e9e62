# What every experiment shares. The one line that makes MMAction2's own scripts
# work with today's packages, and our modules known, is `custom_imports`.
_base_ = ['mmaction::_base_/default_runtime.py']

custom_imports = dict(
    imports=['mmaction_microaction'], allow_failed_imports=False)

# The best checkpoint goes by the metric's first key, ma52/action_top1.
default_hooks = dict(
    checkpoint=dict(interval=1, max_keep_ckpts=3, save_best='auto'))

# Refuse a checkpoint of another model, and a head whose number of classes is
# not the data set's, and a `save_best` that no metric gives, before anything
# runs. Count the clips of each class, where a loss asks. Draw what the metric
# has counted.
custom_hooks = [
    dict(type='CheckpointMatchHook'),
    dict(type='NumClassesHook'),
    dict(type='BestKeyHook'),
    dict(type='ClassCountsHook'),
    dict(type='ConfusionMatrixHook'),
]
