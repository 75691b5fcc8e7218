# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command and writes what it used, as the kernel counted it, to a file.

    measure.py FILE COMMAND...

The kernel counts the peak of a process from its fork on, so a child of a large Python process is born with that
process' peak. This small one in between (no imports beyond the standard library's core) keeps the figure honest: it is
right for anything above its own size of some 10 MiB.
"""
import os
import sys


def main():
    figures, command = sys.argv[1], sys.argv[2:]
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    with open(figures, 'w', encoding='ascii') as file:
        file.write(f'{usage.ru_maxrss * 1024} {usage.ru_utime + usage.ru_stime}\n')
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == '__main__':
    sys.exit(main())
