#!/bin/sh
# SPDX-License-Identifier: MIT
# What reads images, and images with a few bytes changed. Another seed: mutate.py SEED N.
set -u
exec python3 -B -X utf8 "$(dirname "$0")/mutate.py" 1 2000
