# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .analysed_clips import (AnalysedClips, find_clips, read_dump, read_labels,
                             read_train_counts)
from .expressions import (AnyExpression, ExpressionReader, explain_expression,
                          score_expression)
from .grad_cam import ClipGradCAM, input_frames, last_map_layer
from .model_run import (FeatureTap, build_test_set, count_training_clips,
                        load_model, run_model)
from .run_comparison import compare_runs, read_records
from .sections import (analyse_attention, analyse_classes, analyse_confusion,
                       analyse_embedding, analyse_pairs, choose_clips, project)

__all__ = [
    'AnalysedClips', 'AnyExpression', 'ClipGradCAM', 'ExpressionReader',
    'FeatureTap', 'analyse_attention', 'analyse_classes', 'analyse_confusion',
    'analyse_embedding', 'analyse_pairs', 'build_test_set', 'choose_clips',
    'compare_runs', 'count_training_clips', 'explain_expression', 'find_clips',
    'input_frames', 'last_map_layer', 'load_model', 'project', 'read_dump',
    'read_labels', 'read_records', 'read_train_counts', 'run_model',
    'score_expression'
]
