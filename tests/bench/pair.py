# SPDX-License-Identifier: MIT
"""pair.py ROUNDS "COMMAND" "COMMAND": runs both in turn, ROUNDS times, without a shell and with
their output thrown away. Prints four words: median wall ms and CPU ms of the first and the second."""
import os
import shlex
import statistics
import subprocess
import sys
import time


def run(argv):
    start = time.perf_counter()
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"pair.py: exit code {child.returncode} of: {shlex.join(argv)}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


commands = [shlex.split(words) for words in sys.argv[2:4]]
samples = [[run(argv) for argv in commands] for _ in range(int(sys.argv[1]))]
for which in range(2):
    for what in range(2):
        print(f"{1000 * statistics.median(row[which][what] for row in samples):.3f}", end=" ")
print()
