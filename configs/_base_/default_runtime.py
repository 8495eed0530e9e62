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
    dict(type='StopHook'),  # SIGTERM, Ctrl-C: saves, then exits
    dict(type='ExactResumeHook'),  # ends as if it had not been interrupted
    dict(type='BrokenClipHook', share=.01, timeout=120.),  # seconds
    dict(type='ProvenanceHook'),  # saves versions, seed, config, data
    dict(type='ConfusionMatrixHook'),  # draws the metric's counts
]

# A process that waits for a lost one ends after 600 s (default: 30 minutes).
env_cfg = dict(dist_cfg=dict(timeout=600))
