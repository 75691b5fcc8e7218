# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores and seekable files behind nginx: the same voxels, and only what is needed is asked for."""
import re
import shutil
import socket
import subprocess
import sys
import time

import numpy as np

from maps import Bench, file_data, voxels, write_map
from program import info, run
from version3 import LITTLE, sharding, write_image

SKIPPED = 77
NGINX = shutil.which('nginx', path='/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin')
if not NGINX:
    print('SKIPPED: needs nginx')
    sys.exit(SKIPPED)

bench = Bench()
check, folder = bench.check, bench.folder
files = folder / 'files'
files.mkdir()
CONFIGURATION = '''
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
    log_format asked '$uri $status $http_range $body_bytes_sent $connection';
    access_log {folder}/access.log asked;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    root {folder}/files;
    server {{
        listen 127.0.0.1:{port};
        location /norange/ {{ max_ranges 0; alias {folder}/files/; }}
        location /forbidden/ {{ return 403; }}
        location /broken/ {{ return 500; }}
    }}
}}
'''
with socket.create_server(('127.0.0.1', 0)) as held:
    PORT = held.getsockname()[1]
(folder / 'nginx.conf').write_text(CONFIGURATION.format(folder=folder, port=PORT))
(folder / 'access.log').touch()
BASE = f'http://127.0.0.1:{PORT}'


def asked(since):
    """(path, status, range, bytes sent, connection) of what came after `since` lines."""
    time.sleep(.2)
    lines = (folder / 'access.log').read_text().splitlines()[since:]
    return [re.match(r'(\S+) (\d+) (.*) (\d+) (\d+)$', line).groups() for line in lines]


def lines():
    time.sleep(.2)
    return len((folder / 'access.log').read_text().splitlines())


def everything():
    data = voxels('<f4')
    data = np.where(np.isfinite(data) & (np.abs(data) < 1e30), data, 1).astype('<f4')
    first = write_map(folder / 'map.mrc', data, 2, mapc=1, mapr=2, maps=3)
    sizes = ['--chunk', '8,16,16']
    bench.converted('version 2', first, files / 'two.zarr', *sizes)
    bench.converted('version 3', first, files / 'three.zarr', '--zarr', 3, *sizes)
    write_image(files / 'plain', data, (8, 32, 32), [sharding((8, 16, 16), [LITTLE])])
    for title, words in (('version 2', [f'{BASE}/two.zarr']), ('version 3', [f'{BASE}/three.zarr/']),
                         ('one connection', [f'{BASE}/two.zarr', '--connections', 1]),
                         ('a query', [f'{BASE}/two.zarr?token=abc']), ('without .zarr', [f'{BASE}/plain/']),
                         ('no ranges', [f'{BASE}/norange/two.zarr'])):
        before = lines()
        if bench.converted(title, words[0], folder / 'out.mrc', *words[1:]):
            check(np.array_equal(file_data(folder / 'out.mrc', '<f4'), data), f'{title}: other voxels')
        used = {line[4] for line in asked(before)}
        check(len(used) <= 4, f'{title}: {len(used)} connections')
        if title == 'one connection':
            check(len(used) == 1, f'{title}: {len(used)} connections')
    check(not any('abc' in line for line in run('info', f'{BASE}/two.zarr?token=abc').stdout.decode().splitlines()),
          'a query is shown')
    bench.converted('level 1', f'{BASE}/two.zarr/1', folder / 'level.mrc')
    bench.converted('level 1 here', files / 'two.zarr', folder / 'level1.mrc', '--level', 1)
    check((folder / 'level.mrc').read_bytes() == (folder / 'level1.mrc').read_bytes(), 'level 1: other bytes')

    # Every chunk once, and nothing else but metadata.
    before = lines()
    bench.converted('counted', f'{BASE}/two.zarr', folder / 'out.mrc')
    paths = [line[0] for line in asked(before)]
    chunks = [path for path in paths if re.search(r'/0/\d+/\d+/\d+$', path)]
    check(len(chunks) == len(set(chunks)) == 5 * 3 * 5, f'{len(chunks)} requests for {len(set(chunks))} chunks')
    check(len(paths) - len(chunks) < 8, f'{len(paths) - len(chunks)} requests for metadata')
    before = lines()
    status, _, said = info(f'{BASE}/three.zarr')
    check(status == 0 and len(asked(before)) <= 3, f'info: {status}, {said}, {asked(before)}')

    # Refusals.
    for title, status, url, text in (('absent', 3, f'{BASE}/absent.zarr', 'no Zarr store'),
                                     ('forbidden', 5, f'{BASE}/forbidden/x.zarr', '403'),
                                     ('shards without ranges', 5, f'{BASE}/norange/three.zarr', 'parts'),
                                     ('nobody there', 5, 'http://127.0.0.1:1/x.zarr', '')):
        bench.refused(title, status, url, folder / 'none.mrc', text=text)

    # An estimate.
    def scale(source, out):
        (folder / out).mkdir()
        done = run('estimate', source, '-o', folder / out, '--outputs', 'scale')
        check(done.returncode == 0, f'estimate of {source}: {done.stderr}')
        return next((folder / out).glob('*_scale.mrc')).read_bytes() if done.returncode == 0 else b''

    want = scale(first, 'a')
    for number, url in enumerate((f'{BASE}/two.zarr', f'{BASE}/three.zarr')):
        check(scale(url, f'b{number}') == want, f'estimate of {url}: other voxels')


def ranges():
    """A section in the middle of a large seekable file costs a few ranges."""
    data = np.random.default_rng(3).normal(size=(60, 400, 400)).astype('<f4')
    first = write_map(folder / 'large.mrc', data, 2, mapc=1, mapr=2, maps=3)
    bench.converted('large', first, files / 'large.mrc.zst')
    size = (files / 'large.mrc.zst').stat().st_size
    before = lines()
    status, seen, said = info(f'{BASE}/large.mrc.zst')
    sent = sum(int(line[3]) for line in asked(before))
    check(status == 0 and seen[0]['frames'] and seen[0]['frames'] > 5, f'info: {status}, {said}')
    check(sent < size / 3, f'info of a file of {size} bytes took {sent}')
    before = lines()
    bench.converted('all of it', f'{BASE}/large.mrc.zst', folder / 'large_out.mrc')
    check((folder / 'large_out.mrc').read_bytes() == first.read_bytes(), 'other bytes')
    all_of_it = asked(before)
    sent = sum(int(line[3]) for line in all_of_it)
    check(sent < 1.6 * size, f'{sent} bytes were sent of {size}')
    check(all(line[2] != '-' for line in all_of_it), 'a request without a range')


process = subprocess.Popen([NGINX, '-p', folder, '-c', folder / 'nginx.conf'], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
try:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', PORT)) == 0:
                break
        time.sleep(.05)
    folder.chmod(0o755)
    everything()
    ranges()
finally:
    process.terminate()
    process.wait(20)
bench.finish()
