# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that misbehave: either the same voxels as from the file, or one clear line and nothing left behind."""
import gzip
import json
import os
import signal
import subprocess
import sys
import time

from bench import BAD_INPUT, OK, PATIENCE, PROGRAM, USAGE, Bench, environment, failures, header, run
from fault_server import FaultServer

check = failures.check


def info(*words, **changes):
    done = run('info', *words, env=environment(**changes))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def bytes_asked(server):
    return sum(last - first + 1 for first, last in (request.range for request in server.requests))


def recovers(bench, server):
    """Faults that pass."""
    for mode in ('ok', 'busy', 'limited', 'reset', 'stall', 'trickle', 'chunked', 'redirect', 'fields'):
        server.forget()
        seconds = bench.same(mode, f'{server.url}/{mode}/map.mrc')
        check(all(request.range for request in server.requests), f'{mode}: a request without a range')
        check(seconds < PATIENCE + 20, f'{mode}: {seconds:.1f} s')
        if mode == 'limited':
            check(seconds > 1, f'{mode}: did not wait for the second it was asked to, {seconds:.2f} s')
    server.forget()
    bench.same('many connections', f'{server.url}/busy/map.mrc', '--connections', '16')
    server.forget()
    bench.same('one connection', f'{server.url}/reset/map.mrc', '--connections', '1', '--threads', '1')
    for mode in ('ok', 'reset', 'stall'):
        server.forget()
        bench.same(f'small memory, {mode}', f'{server.url}/{mode}/map.mrc', '--threads', '1', '--memory', '26M')


def resumes(bench, server):
    """After a reset only the bytes that are missing are asked for."""
    server.forget()
    bench.same('resuming', f'{server.url}/reset/map.mrc', '--threads', '1')
    by_end = {}
    for request in server.requests:
        by_end.setdefault(request.range[1], []).append(request.range[0])
    again = [(last, firsts) for last, firsts in by_end.items() if len(firsts) > 1 and firsts[0] > 0]
    # A reset can throw away what has arrived and was not read yet, but not every time.
    for last, firsts in again:
        check(firsts[0] <= firsts[1] <= last, f'resuming at {firsts} for the end {last}')
    check(sum(firsts[0] < firsts[1] for _, firsts in again) * 2 > len(again), f'resuming from the beginning: {again}')
    check(any(len(firsts) > 1 for firsts in by_end.values()), 'nothing was resumed')


def refuses(bench, server):
    """Faults that stay."""
    url = server.url
    for mode, *words in (
            ('down', '503', 'OCCUSTREAM_PATIENCE'), ('hours', '429', '3600 s'), ('resetting', 'attempts'),
            ('silent', 'attempts'), ('longer', 'more than'), ('shorter', 'sent'), ('lying', 'asked for'),
            ('shifted', 'sends'), ('untold', 'which bytes'), ('overflow', 'which bytes'), ('changed', 'changed'),
            ('dated', 'changed'), ('replaced', 'changed'), ('grown', 'changed'), ('endless', 'redirects'),
            ('noise', '')):
        server.forget()
        seconds = bench.refused(mode, f'{url}/{mode}/map.mrc', f'{url}/{mode}/map.mrc', *words)
        check(seconds < 2 * PATIENCE + 10, f'{mode}: {seconds:.1f} s')
        if mode in ('longer', 'changed', 'replaced'):
            bench.refused(f'{mode}, in every sweep', f'{url}/{mode}/map.mrc', *words, options=['--memory', '26M', '--threads', '1'])
        check(len(server.requests) < 100, f'{mode}: {len(server.requests)} requests')
    bench.refused('not there', f'{url}/ok/other.mrc', '404', 'check the address')
    bench.refused('text', f'{url}/ok/text.mrc', status=BAD_INPUT)
    bench.refused('empty', f'{url}/ok/empty.mrc', status=BAD_INPUT)
    bench.refused('cut', f'{url}/ok/cut.mrc', status=BAD_INPUT)
    bench.refused('a mask that is away', str(bench.path), '404', options=['--solvent-def', f'{url}/ok/other.mrc'])
    bench.refused('no server', 'http://127.0.0.1:1/map.mrc', '127.0.0.1:1')
    bench.refused('no host', 'http://host.invalid/map.mrc', 'host.invalid')
    bench.refused('no URL', 'http://:x/map.mrc')
    bench.refused('no name', f'{url}/ok/', 'no Zarr store', status=BAD_INPUT)
    bench.refused('impatience', f'{url}/ok/map.mrc', 'OCCUSTREAM_PATIENCE', status=USAGE, OCCUSTREAM_PATIENCE='0')
    bench.refused('no connections', f'{url}/ok/map.mrc', '--connections', status=USAGE, options=['--connections', '65'])


def asks_little(bench, server):
    server.forget()
    status, out, _ = info(f'{server.url}/ok/map.mrc')
    check(status == OK and '112 x 96 x 80' in out, f'info: {status}, {out}')
    check(len(server.requests) == 1 and bytes_asked(server) == 1024, f'info: {server.requests}')
    server.forget()
    status, remote, _ = info('--json', '--stats', f'{server.url}/ok/map.mrc')
    local = json.loads(info('--json', '--stats', str(bench.path))[1])['files'][0]
    remote = json.loads(remote)['files'][0]
    check(remote.pop('path').endswith('/ok/map.mrc') and local.pop('path') and remote == local, 'info --stats differs')
    check(bytes_asked(server) <= len(bench.data), f'info --stats asked for {bytes_asked(server)} bytes')

    # Where there is room the voxels come once. Otherwise four sweeps (a sample of tiles, the survey, the tiles that
    # count, the writing) ask for them once each.
    for memory, times, most in (('200M', 1, 5), ('26M', 4, 200)):
        server.forget()
        bench.same('counting', f'{server.url}/ok/map.mrc', '--memory', memory, '--threads', '1')
        ranges = sorted(request.range for request in server.requests)
        check(bytes_asked(server) <= times * len(bench.data), f'{bytes_asked(server)} bytes asked for {len(bench.data)}')
        check(len(ranges) <= most, f'{len(ranges)} requests')
        check(max(last - first for first, last in ranges) < 1 << 20, 'a range beyond 1 MiB')
        tags = {request.fields.get('if-range') for request in server.requests[1:]}
        check(tags == {'"1"'}, f'If-Range: {tags}')
    agents = {request.fields.get('user-agent', '').split('/')[0] for request in server.requests}
    check(agents == {'occustream'}, f'agents {agents}')


def compressed(bench, server):
    server.forget()
    bench.same('gzip', f'{server.url}/ok/map.mrc.gz')
    check(bytes_asked(server) < 1.1 * len(server.files['map.mrc.gz']) + 2000, f'gzip: asked {bytes_asked(server)} bytes')
    for mode in ('busy', 'reset', 'stall'):
        server.forget()
        bench.same(f'gzip {mode}', f'{server.url}/{mode}/map.mrc.gz')
    bench.refused('gzip changed', f'{server.url}/changed/map.mrc.gz', 'changed')
    bench.refused('gzip silent', f'{server.url}/silent/map.mrc.gz', 'attempts')
    bench.refused('gzip cut', f'{server.url}/ok/cut.mrc.gz', status=BAD_INPUT)


def wholes(bench, server):
    """Servers that give no parts: one answer, spooled."""
    for mode in ('whole', 'unsized', 'cutwhole', 'busywhole'):
        for name in ('map.mrc', 'map.mrc.gz'):
            server.forget()
            bench.same(f'{mode} {name}', f'{server.url}/{mode}/{name}')
            check(len(server.requests) <= 4, f'{mode}: {len(server.requests)} requests')
    bench.same('whole, small memory', f'{server.url}/whole/map.mrc', '--threads', '1', '--memory', '40M')
    bench.refused('changed whole', f'{server.url}/changedwhole/map.mrc', 'changed')
    bench.refused('cut, no tag', f'{server.url}/untagged/map.mrc', 'no way to go on')
    bench.refused('whole, silent', f'{server.url}/silentwhole/map.mrc', 'attempts')
    bench.refused('whole, short', f'{server.url}/unsized/cut.mrc', status=BAD_INPUT)
    bench.refused('whole, empty', f'{server.url}/whole/empty.mrc', status=BAD_INPUT)
    local = info('--stats', str(bench.path))[1].splitlines()
    for location in ('whole/map.mrc', 'unsized/map.mrc', 'ok/map.mrc.gz', 'unsized/map.mrc.gz'):
        status, out, problem = info('--stats', f'{server.url}/{location}')
        differ = [line for line in out.splitlines()[1:] if line not in local and 'file ' not in line]
        check(status == OK and not differ, f'info of {location}: {status}, {differ}, {problem}')


def emdb(bench, server):
    base = f'{server.url}/ok/'
    server.files['structures/EMD-1234/map/emd_1234.map.gz'] = bench.data  # by content, not by name
    bench.same('emdb', 'emdb:1234', stem='emd_1234', OCCUSTREAM_EMDB_BASE=base)
    check(json.loads(bench.report.read_text())['input']['source'] == 'emdb:1234', 'emdb: the source in the report')
    bench.refused('no entry', 'emdb:12345', '404', 'EMD-12345', OCCUSTREAM_EMDB_BASE=base)
    for entry in ('', '12', '1234567', '12a4', '../x'):
        bench.refused(f'emdb {entry}', f'emdb:{entry}', 'emdb:3061', status=USAGE, OCCUSTREAM_EMDB_BASE=base)
    bench.refused('no base', 'emdb:1234', 'OCCUSTREAM_EMDB_BASE', status=USAGE, OCCUSTREAM_EMDB_BASE='/tmp')


def masks(bench, server):
    bench.estimate(bench.path, '--solvent-def', bench.path)
    runs = [bench.estimate(str(bench.path), *(word.format(at) for word in words))[2]
            for words in (('--solvent-def={}',), ('--target-mask', '{}')) for at in (bench.path, f'{server.url}/ok/map.mrc')]
    for local, remote in (runs[:2], runs[2:]):
        names = sorted(path.name for path in local.glob('*.mrc'))
        check(names and names == sorted(path.name for path in remote.glob('*.mrc')), f'masks: wrote {names}')
        check(all((local / name).read_bytes() == (remote / name).read_bytes() for name in names), 'masks differ')


def secrets(bench, server):
    """User, password and query are in no line and in no file."""
    url = server.url.replace('//', '//someone:hush%40123@') + '/ok/map.mrc?signature=hush456&x=1'
    bench.same('secrets', url)
    asked = server.requests[-1]
    check(asked.fields.get('authorization') == 'Basic c29tZW9uZTpodXNoQDEyMw==', f'authorization {asked.fields}')
    check(asked.target.endswith('?signature=hush456&x=1'), f'target {asked.target}')
    for path in bench.report.parent.iterdir():
        check(b'hush' not in path.read_bytes() and b'someone' not in path.read_bytes(), f'secrets in {path.name}')
    report = json.loads(bench.report.read_text())
    check(report['input']['source'] == f'{server.url}/ok/map.mrc?...', f"source {report['input']['source']}")
    check(f'{server.url}/ok/map.mrc?...' in report['command_line'], f"command line {report['command_line']}")
    hidden = ('hush', 'someone')
    bench.refused('secret 404', url.replace('map.mrc', 'other.mrc'), '404', hidden=hidden)
    bench.refused('secret mask', str(bench.path), '404', hidden=hidden,
                  options=['--solvent-def=' + url.replace('map.mrc', 'other.mrc')])
    bench.refused('secret box', str(bench.path), hidden=hidden, status=BAD_INPUT,
                  options=['--solvent-def=' + url.replace('map.mrc', 'small.mrc')])
    bench.refused('secret twice', url, hidden=hidden, options=[url], status=USAGE)
    for words in (['--json', url], [url], ['--json', url.replace('map', 'none')]):
        text = ''.join(info(*words)[1:])
        check('hush' not in text and 'someone' not in text, f'info shows {text}')


def proxy(bench, server):
    server.forget()
    bench.same('proxy', 'http://maps.invalid/ok/map.mrc', http_proxy=server.url)
    check(all(request.fields.get('host') == 'maps.invalid' and request.target.startswith('http://maps.invalid/')
              for request in server.requests), 'not through the proxy')


def interrupted(bench, server):
    """A signal ends a run that waits for the network, soon."""
    for name in (signal.SIGINT, signal.SIGTERM):
        output = bench.folder / f'interrupted{int(name)}'
        output.mkdir()
        server.forget()
        running = subprocess.Popen([PROGRAM, 'estimate', '-o', output, f'{server.url}/silent/map.mrc'],
                                   env=environment(OCCUSTREAM_PATIENCE='100'), stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 20
        while len(server.requests) < 2 and time.monotonic() < until:
            time.sleep(.02)
        time.sleep(.3)
        begin = time.monotonic()
        os.kill(running.pid, name)
        lines = running.communicate(timeout=60)[1].splitlines()
        check(running.returncode == 128 + name, f'{name}: exit status {running.returncode}, {lines}')
        check(len(lines) == 1, f'{name}: {lines}')
        check(time.monotonic() - begin < 3, f'{name}: took {time.monotonic() - begin:.1f} s')
        check(not list(output.iterdir()), f'{name}: left behind')


with Bench() as bench:
    files = {'map.mrc': bench.data, 'map.mrc.gz': gzip.compress(bench.data, 1), 'empty.mrc': b'', 'cut.mrc': bench.data[:-4],
             'cut.mrc.gz': gzip.compress(bench.data, 1)[:-100],
             'text.mrc': b'<html>not here</html>' * 100, 'small.mrc': header((16, 16, 16)) + bench.data[1024:1024 + 4 * 16**3]}
    with FaultServer(files) as server:
        for part in (recovers, resumes, refuses, asks_little, compressed, wholes, emdb, masks, secrets, proxy, interrupted):
            if part.__name__ in sys.argv[2:] or not sys.argv[2:]:
                part(bench, server)
failures.finish()
