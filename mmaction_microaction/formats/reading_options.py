# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Options of the command line about annotation files. Tools run this file by
its path, as the package takes seconds to import: it has to stand alone."""
import argparse


def add_reading_options(parser: argparse.ArgumentParser,
                        alone: bool = True) -> None:
    """Options of the tools that read annotations; not ``alone``: with a table
    that says how long videos are."""
    add = parser.add_argument
    if alone:
        add('--duration',
            type=float,
            help='of the video, seconds (default: as predictions.json or our '
            '.eaf says, else, with a warning, the last end of a segment)')
        add('--taxonomy',
            default='ma52',
            help='label set, by name or file; a predictions.json brings its '
            'own (default: %(default)s)')
    add('--skip-unknown',
        action='store_true',
        help='leave out, with a warning, what is no micro-action of the '
        'label set or has no end')
    add('--tier',
        action='append',
        default=[],
        help='of an ELAN file, read this tier (may be given more than once; '
        'default: those with a micro-action in them, as in a file that has '
        'none of the named)')
    add('--media',
        help='of an ELAN file with several, the one whose times to take')
    add('--point-duration',
        type=float,
        metavar='SECONDS',
        help='read point events of BORIS as actions of this length')
    add('--fps',
        type=float,
        help='frame rate in the labelling config of Label Studio, if its '
        'export does not have it from our tasks')
    add('--debug', action='store_true', help='show where an error arose')
