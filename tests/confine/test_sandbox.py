# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox from outside: what it refuses, in every thread of the program, and that all kinds of runs work in it."""
import bz2
import gzip
import json
import lzma
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'http'))
from bench import LIMIT, OK, USAGE, Bench, environment, failures, run  # noqa: E402
from fault_server import S3_KEY, S3_REGION, S3_SECRET, FaultServer  # noqa: E402
from program import PROGRAM  # noqa: E402

PROBE = sys.argv[2]
INSTRUMENTED = bool(os.environ.get('OCS_INSTRUMENTED'))
NO_LEAK_CHECK = dict(ASAN_OPTIONS='detect_leaks=0') if INSTRUMENTED else {}  # it looks into the process with ptrace
check = failures.check
ON = ('--sandbox', 'on')


def missing():
    """What the kernel lacks for the whole, as the program says it; empty when nothing."""
    done = run('info', '--sandbox', 'on', '/dev/null', env=environment(**NO_LEAK_CHECK))
    return done.stderr.decode() if done.returncode == LIMIT else ''


def probed(bench, location, *options, **changes):
    """A run with the probe in it: {(thread, what): set of answers}, exit status, standard error."""
    output, log, secret = bench.folder / 'probed', bench.folder / 'probe.log', bench.folder / 'secret'
    output.mkdir(exist_ok=True)
    secret.write_text('not for everyone\n')
    with open(log, 'wb') as to:
        done = subprocess.run([PROGRAM, 'estimate', '-q', '--force', '--threads', '2', '-o', output, *options, location],
                              env=environment(LD_PRELOAD=PROBE, OCS_PROBE_TO=str(to.fileno()), OCS_PROBE_FILE=str(secret),
                                              **changes),
                              pass_fds=[to.fileno()], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    answers = {}
    for line in log.read_text().splitlines():
        thread, what, answer = line.split()
        answers.setdefault((thread, what), set()).add(answer)
    return answers, done


REFUSED = dict(read='EACCES', write='EACCES', passwords='EACCES', socket='EPERM', raw='EPERM', execve='EPERM',
               fork='EPERM', ptrace='EPERM', code='EPERM', chmod='EPERM')


def refuses(bench):
    answers, done = probed(bench, bench.path, *ON)
    check(done.returncode == OK and not done.stderr, f'probed: {done.returncode}, {done.stderr}')
    for thread in ('started', 'first'):
        for what, answer in REFUSED.items():
            got = answers.get((thread, what))
            check(got == {answer}, f'{thread}, {what}: {got} instead of {answer}')
    # The same tries succeed without: the probe is one.
    answers, done = probed(bench, bench.path, '--sandbox', 'off')
    for what in ('read', 'write', 'passwords', 'socket', 'fork', 'code', 'chmod'):
        check(answers.get(('started', what)) == {'ok'}, f'without, {what}: {answers.get(("started", what))}')
    for what, answer in (('execve', 'EACCES'), ('ptrace', 'ESRCH')):
        check(answers.get(('started', what)) == {answer}, f'without, {what}: {answers.get(("started", what))}')
    with FaultServer({'map.mrc': bench.data}) as server:
        answers, done = probed(bench, server.url + '/ok/map.mrc', *ON)
    check(done.returncode == OK, f'probed with a URL: {done.stderr}')
    for what, answer in {**REFUSED, 'socket': 'ok', 'code': 'ok'}.items():  # libraries for names may still be loaded
        got = answers.get(('started', what))
        check(got == {answer}, f'with a URL, {what}: {got} instead of {answer}')


def feeds(path, data):
    thread = threading.Thread(target=lambda: path.write_bytes(data))
    thread.start()
    return thread


def files_and_pipes(bench):
    bench.same('a file', bench.path, *ON)
    for way in ('mmap', 'read'):
        bench.same(way, bench.path, *ON, '--io', way)
    link = bench.folder / 'linked.mrc'
    link.symlink_to(bench.path)
    bench.same('a link', link, *ON, stem='linked')
    for name, data in (('map.mrc.gz', gzip.compress(bench.data, 1)), ('map.mrc.bz2', bz2.compress(bench.data, 1)),
                       ('map.mrc.xz', lzma.compress(bench.data, preset=0))):
        path = bench.folder / name
        path.write_bytes(data)
        bench.same(name, path, *ON)
    fifo = bench.folder / 'fifo.mrc'
    os.mkfifo(fifo)
    feeder = feeds(fifo, bench.data)
    bench.same('a pipe with a name', fifo, *ON, stem='fifo')
    feeder.join()
    for what, opened in (('a file as standard input', lambda: open(bench.path, 'rb')), ('a pipe with a name as standard input',
                                                                                        lambda: open(fifo, 'rb'))):
        feeder = feeds(fifo, bench.data) if 'pipe' in what else None
        with opened() as source:
            standard_input(bench, what, stdin=source)
        if feeder:
            feeder.join()
    standard_input(bench, 'a pipe', input=bench.data)


def estimate_words(output, *options):
    return [PROGRAM, 'estimate', '-q', *ON, '-o', output, *map(str, options)]


def standard_input(bench, what, **how):
    output = bench.folder / what.replace(' ', '-')
    output.mkdir()
    done = subprocess.run(estimate_words(output, '-'), env=environment(**NO_LEAK_CHECK), capture_output=True, timeout=120,
                          check=False, **how)
    written = {path.name.removeprefix('stdin'): path.read_bytes() for path in output.glob('*.mrc')}
    check(done.returncode == OK and written == bench.wanted, f'{what}: {done.returncode}, {done.stderr}')


def outputs(bench):
    scratch, output = bench.folder / 'scratch', bench.folder / 'outputs'
    scratch.mkdir()
    output.mkdir()
    labels = bench.folder / 'labels.mrc'
    from program import header  # noqa: PLC0415
    count = (len(bench.data) - 1024) // 4
    labels.write_bytes(header(tuple(reversed([int.from_bytes(bench.data[4 * i:4 * i + 4], 'little') for i in range(3)])), 0)
                       + bytes(i * 3 // count for i in range(count)))
    everything = ['--outputs', 'scale,confidence,lowpass,amplified,attenuated,sigmoid', '--amplify', '2', '--attenuate', '2',
                  '--sigmoid', '2', '--pivot', '0.5', '--hist-match', '--lowpass-output', '8', '--solvent-def', labels,
                  '--target-mask', labels, '--labels', labels, '--scratch', scratch, '--max-box', '64', bench.path]
    for force in ([], ['--force']):
        done = subprocess.run(estimate_words(output, *force, *everything), env=environment(**NO_LEAK_CHECK),
                              capture_output=True, timeout=120, check=False)
        check(done.returncode == OK, f'all outputs {force}: {done.returncode}, {done.stderr}')
        check(len(list(output.iterdir())) == 10, f'all outputs: {sorted(os.listdir(output))}')
        report = json.loads((output / 'map_report.json').read_text())
        check(report['run']['scratch_bytes'] > 0, 'nothing went to scratch')
        check(report['run']['memory_peak_bytes'] > 10 << 20, f'peak memory {report["run"]["memory_peak_bytes"]}')
    check(not list(scratch.iterdir()), 'scratch was left')
    done = subprocess.run(estimate_words('-', '--outputs', 'scale', bench.path), env=environment(**NO_LEAK_CHECK),
                          capture_output=True, timeout=120, cwd=scratch, check=False)
    check(done.returncode == OK and done.stdout[1024:] == bench.wanted['_scale.mrc'][1024:], f'to a pipe: {done.stderr}')
    for how in (['zarr', '--codec', 'blosc'], ['zarr', '--zarr', '2'], ['mrc.zst']):
        for force in ([], ['--force']):
            stores = bench.folder / '-'.join(how)
            stores.mkdir(exist_ok=True)
            done = subprocess.run(estimate_words(stores, *force, '--format', *how, bench.path),
                                  env=environment(**NO_LEAK_CHECK), capture_output=True, timeout=120, check=False)
            left = sorted(path.name for path in stores.iterdir() if path.name.startswith('map_') and 'json' not in path.name)
            check(done.returncode == OK and left == [f'map_confidence.{how[0]}', f'map_scale.{how[0]}'],
                  f'{how} {force}: {done.returncode}, {done.stderr}, {left}')
    bench.refused('no such file', bench.folder / 'nothing.mrc', 'No such file', status=5, options=ON)
    done = run('estimate', *ON, '-o', bench.folder / 'nowhere', bench.path, env=environment(**NO_LEAK_CHECK))
    check(done.returncode == 5 and b'its folder does not exist' in done.stderr, f'no folder: {done.stderr}')


def urls(bench):
    with FaultServer({'map.mrc': bench.data, 'map.mrc.gz': gzip.compress(bench.data, 1)}) as server:
        bench.same('http', server.url + '/ok/map.mrc', *ON)
        bench.same('http, compressed', server.url + '/ok/map.mrc.gz', *ON)
        bench.same('a name', server.url.replace('127.0.0.1', 'localhost') + '/ok/map.mrc', *ON)
        bench.same('s3', 's3://s3/map.mrc', *ON, AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID=S3_KEY,
                   AWS_SECRET_ACCESS_KEY=S3_SECRET, AWS_REGION=S3_REGION)
        bench.refused('no such name', server.url.replace('127.0.0.1', 'nowhere.invalid') + '/ok/map.mrc', options=ON)
        done = run('info', *ON, bench.path, server.url + '/ok/map.mrc', env=environment(**NO_LEAK_CHECK))
        check(done.returncode == OK and done.stdout.count(b'80') > 1, f'info: {done.stderr}')


def talks(bench):
    done = run('estimate', '-v', '--plan', bench.path, env=environment())
    said = [line for line in done.stderr.decode().splitlines() if line.startswith('sandbox')]
    wanted = 'off in this instrumented build' if INSTRUMENTED else 'Landlock'
    check(len(said) == 1 and wanted in said[0], f'auto says {said}')
    done = run('estimate', '-v', '--sandbox', 'off', '--plan', bench.path, env=environment())
    check(b'sandbox      off\n' in done.stderr, f'off says {done.stderr}')
    for command in ('estimate', 'info'):
        for words in (['--sandbox', 'maybe'], ['--sandbox=']):
            done = run(command, *words, bench.path)
            check(done.returncode == USAGE and b'auto, on, off' in done.stderr, f'{command} {words}: {done.stderr}')
        done = run(command, bench.path, '--sandbox')
        check(done.returncode == USAGE, f'{command}, no value: {done.stderr}')


def main():
    lacking = missing()
    with Bench() as bench:
        talks(bench)
        if lacking:
            check('not in this kernel' in lacking, lacking)
            print('LEFT OUT: most, as', lacking)
        else:
            parts = [files_and_pipes, outputs, urls] + ([] if INSTRUMENTED else [refuses])
            if INSTRUMENTED:
                os.environ.update(NO_LEAK_CHECK)
                print('LEFT OUT: the probe, which a sanitizer does not let in')
            for part in parts:
                part(bench)
    failures.finish()


main()
