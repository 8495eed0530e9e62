# Common to all experiments. `custom_imports` alone registers our modules and
# makes MMAction2's own scripts work with current packages.
_base_ = ['mmaction::_base_/default_runtime.py']

custom_imports = dict(
    imports=['mmaction_microaction'], allow_failed_imports=False)

# The best checkpoint is selected by the metric's first key, ma52/action_top1.
default_hooks = dict(
    checkpoint=dict(interval=1, max_keep_ckpts=3, save_best='auto'))

# The first three check before the run.
custom_hooks = [
    dict(type='CheckpointMatchHook'),  # the checkpoint is of this model
    dict(type='NumClassesHook'),  # the head has the data set's classes
    dict(type='BestKeyHook'),  # the metric gives the key of `save_best`
    dict(type='ClassCountsHook'),  # clips of each class, if a loss needs them
    dict(type='ConfusionMatrixHook'),  # draws the metric's counts
]
