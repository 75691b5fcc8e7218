# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command and writes what it used, as the kernel counted it, to a file.

    measure.py FILE COMMAND...

The kernel counts the peak of a process from its fork on, so a child of a large Python process is born with that
process' size. This small one in between keeps the figure honest: it is right for anything above a few MiB. (A real fork,
not a spawn, which would lend the child this process' whole memory.)
"""
import os
import sys


def main():
    figures, command = sys.argv[1], sys.argv[2:]
    child = os.fork()
    if child == 0:
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    with open(figures, 'w', encoding='ascii') as file:
        file.write(f'{usage.ru_maxrss * 1024} {usage.ru_utime + usage.ru_stime}\n')
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == '__main__':
    sys.exit(main())
