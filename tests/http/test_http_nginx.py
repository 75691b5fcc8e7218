# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server: nginx over HTTP and HTTPS (HTTP/2 too), with a certificate made here, and passwords."""
import gzip
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import bench as base
from bench import OK, SKIPPED, Bench, environment, failures, run

check = failures.check
NGINX = shutil.which('nginx', path='/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin')
OPENSSL = shutil.which('openssl')
if not NGINX or not OPENSSL:
    print('SKIPPED: needs nginx and openssl')
    sys.exit(SKIPPED)

CONFIGURATION = '''
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
    log_format asked '$server_protocol $status $http_range $connection';
    access_log {folder}/access.log asked;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    root {folder}/files;
    server {{
        listen 127.0.0.1:{plain};
        location /locked/ {{ auth_basic "maps"; auth_basic_user_file {folder}/passwords; alias {folder}/files/; }}
        location /norange/ {{ max_ranges 0; alias {folder}/files/; }}
        location /down/ {{ return 302 http://127.0.0.1:{plain}/map.mrc; }}
    }}
    server {{
        listen 127.0.0.1:{secure} ssl http2;
        listen 127.0.0.1:{secure1} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        location /down/ {{ return 302 http://127.0.0.1:{plain}/map.mrc; }}
    }}
}}
'''


def free_ports(count):
    held = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def openssl(folder, *words):
    subprocess.run([OPENSSL, *map(str, words)], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    openssl(folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', 2,
            '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=occustream test authority')
    openssl(folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', 2,
            '-keyout', 'other.key', '-out', 'other.pem', '-subj', '/CN=another authority')
    openssl(folder, 'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
            '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
    (folder / 'names').write_text('subjectAltName=DNS:localhost\n')
    openssl(folder, 'x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', 2,
            '-extfile', 'names', '-out', 'server.pem')


class Nginx:
    def __init__(self, folder):
        self.folder = folder
        self.plain, self.secure, self.secure1 = free_ports(3)
        make_certificates(folder)
        hashed = subprocess.run([OPENSSL, 'passwd', '-apr1', 'open sesame'], check=True, capture_output=True, text=True)
        (folder / 'passwords').write_text(f'ali:{hashed.stdout}')
        (folder / 'nginx.conf').write_text(CONFIGURATION.format(**vars(self)))
        self.log = folder / 'access.log'

    def __enter__(self):
        self.process = subprocess.Popen([NGINX, '-p', self.folder, '-c', self.folder / 'nginx.conf'],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.secure)) == 0:
                    return self
            time.sleep(.05)
        print('SKIPPED: nginx does not start:', (self.folder / 'error.log').read_text()[-300:])
        sys.exit(SKIPPED)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def asked(self, part):
        """Lines of the log while `part` runs; the log is written when an answer ends."""
        before = len(self.log.read_text().splitlines())
        part()
        time.sleep(.2)
        return self.log.read_text().splitlines()[before:]


def plain(bench, server):
    url = f'http://127.0.0.1:{server.plain}'
    lines = server.asked(lambda: bench.same('nginx', f'{url}/map.mrc'))
    check(all(line.startswith('HTTP/1.1 206 bytes=') for line in lines), f'nginx: {lines}')
    connections = {line.split()[-1] for line in lines}
    check(len(connections) <= 4 < len(lines), f'nginx: {len(connections)} connections for {len(lines)} requests')
    bench.same('gzip', f'{url}/map.mrc.gz')
    bench.same('no ranges', f'{url}/norange/map.mrc')
    bench.same('no ranges, gzip', f'{url}/norange/map.mrc.gz')
    bench.refused('empty', f'{url}/empty.mrc', status=base.BAD_INPUT)
    bench.refused('a folder', f'{url}/', 'no Zarr store', status=base.BAD_INPUT)


def passwords(bench, server):
    locked = f'127.0.0.1:{server.plain}/locked/map.mrc'
    bench.same('a password', f'http://ali:open%20sesame@{locked}')
    bench.refused('no password', f'http://{locked}', '401', '.netrc')
    bench.refused('wrong password', f'http://ali:guessed@{locked}', '401', hidden=('ali', 'guessed'))
    home = bench.folder / 'home'
    home.mkdir()
    (home / '.netrc').write_text('machine 127.0.0.1 login ali password "open sesame"\n')
    bench.same('netrc', f'http://{locked}', HOME=str(home))


def tls(bench, server):
    authority = str(server.folder / 'ca.pem')
    url = f'https://localhost:{server.secure}'
    lines = server.asked(lambda: bench.same('HTTP/2', f'{url}/map.mrc', CURL_CA_BUNDLE=authority))
    check(lines and all(line.startswith('HTTP/2.0 206') for line in lines), f'HTTP/2: {lines}')
    bench.same('HTTP/1.1', f'https://localhost:{server.secure1}/map.mrc', SSL_CERT_FILE=authority)
    bench.same('gzip over TLS', f'{url}/map.mrc.gz', CURL_CA_BUNDLE=authority)
    for what, location, changes in (('no authority', f'{url}/map.mrc', {}),
                                    ('another authority', f'{url}/map.mrc',
                                     {'CURL_CA_BUNDLE': str(server.folder / 'other.pem')}),
                                    ('another name', f'https://127.0.0.1:{server.secure}/map.mrc',
                                     {'CURL_CA_BUNDLE': authority}),
                                    ('no file', f'{url}/map.mrc', {'CURL_CA_BUNDLE': '/nonexistent'})):
        bench.refused(what, location, 'certificate', 'CURL_CA_BUNDLE', **changes)
    bench.refused('to plain HTTP', f'{url}/down/', 'https', CURL_CA_BUNDLE=authority)
    bench.refused('TLS where there is none', f'https://localhost:{server.plain}/map.mrc', CURL_CA_BUNDLE=authority)


def memory(bench, server):
    """The peak stays below what --memory says, all of libcurl, TLS and certificates included."""
    if os.environ.get('OCS_SANITIZE'):
        return
    measure = base.HERE.parent / 'reference' / 'measure.py'
    trusted = server.folder / 'trusted.pem'
    system = pathlib.Path('/etc/ssl/certs/ca-certificates.crt')
    trusted.write_text((server.folder / 'ca.pem').read_text() + (system.read_text() if system.exists() else ''))
    for name in ('map.mrc', 'map.mrc.gz'):
        location = f'https://localhost:{server.secure}/{name}'
        for connections in (1, 4, 16):
            options = ['--threads', '1', '--connections', connections]
            done = run('estimate', '--plan', '--memory', '1M', *options, location,
                       env=environment(CURL_CA_BUNDLE=str(trusted)))
            smallest = done.stderr.decode().split('--memory ')[-1].strip()
            check(done.returncode == base.LIMIT and smallest.endswith('M'), f'smallest: {done.stderr}')
            output = pathlib.Path(tempfile.mkdtemp(dir=bench.folder))
            figures = output / 'figures'
            finished = subprocess.run([sys.executable, '-I', '-S', measure, figures, base.PROGRAM, 'estimate', '-q', '-o', output,
                                       '--memory', smallest, *map(str, options), location],
                                      env=environment(CURL_CA_BUNDLE=str(trusted)), capture_output=True, check=False)
            peak = int(figures.read_text().split()[0])
            print(f'{name}, {connections} connections: peak {peak / 2**20:.1f} of {smallest}')
            check(finished.returncode == OK, f'memory: {finished.stderr}')
            check(peak <= int(smallest[:-1]) << 20, f'{connections} connections: peak {peak} of {smallest}')


with Bench() as bench:
    folder = bench.folder / 'nginx'
    (folder / 'files').mkdir(parents=True)
    bench.folder.chmod(0o755)
    (folder / 'files' / 'map.mrc').write_bytes(bench.data)
    (folder / 'files' / 'map.mrc.gz').write_bytes(gzip.compress(bench.data, 1))
    (folder / 'files' / 'empty.mrc').write_bytes(b'')
    with Nginx(folder) as server:
        for part in (plain, passwords, tls, memory):
            if part.__name__ in sys.argv[2:] or not sys.argv[2:]:
                part(bench, server)
failures.finish()
