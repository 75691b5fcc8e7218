# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server that misbehaves on purpose, always in the same way.

The first part of a path says how: /ok/map.mrc, /busy/map.mrc ... (see the methods named answer_*). What is asked is
kept in `requests`. It serves any host's paths, so it can also stand for a proxy.
"""
import hashlib
import hmac
import re
import socket
import socketserver
import struct
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

S3_KEY, S3_SECRET, S3_TOKEN, S3_REGION = 'AKIDTEST', 'secret/with+signs', 'a/session=token', 'eu-test-1'


@dataclass
class Request:
    method: str
    target: str
    fields: dict = field(default_factory=dict)

    @property
    def path(self):
        return urllib.parse.unquote(urllib.parse.urlsplit(self.target).path)

    @property
    def range(self):
        """First and last byte, or None."""
        found = re.fullmatch(r'bytes=(\d+)-(\d+)', self.fields.get('range', ''))
        return found and (int(found[1]), int(found[2]))


class FaultServer:
    """`files`: name -> bytes. Stops with the `with` block."""

    def __init__(self, files, handler=None):
        self.files = files
        self.requests = []
        self.lock = threading.Lock()
        self.seen = set()
        self.stopping = threading.Event()
        handler = type('Handler', (handler or Handler,), {'owner': self})
        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.seen.clear()

    def first_time(self, what):
        with self.lock:
            new = what not in self.seen
            self.seen.add(what)
            return new


class Handler(socketserver.BaseRequestHandler):
    owner = None

    def setup(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.request.makefile('rb')

    def handle(self):
        try:
            while self.one():
                pass
        except (ConnectionError, TimeoutError):
            pass

    def one(self):
        line = self.reader.readline(65536)
        if not line.strip():
            return False
        method, target, _ = line.decode('latin-1').split()
        fields = {}
        while (line := self.reader.readline(65536)).strip():
            name, value = line.decode('latin-1').split(':', 1)
            fields[name.strip().lower()] = value.strip()
        request = Request(method, target, fields)
        with self.owner.lock:
            self.owner.requests.append(request)
        _, mode, name = request.path.split('/', 2)
        if mode == 'redirect':
            self.send('302 Found', b'', Location='/ok/' + name)
            return True
        if mode == 'endless':
            self.send('302 Found', b'', Location=request.target + 'x')
            return True
        data = self.owner.files.get(name)
        if data is None:
            self.send('404 Not Found', b'no such thing')
            return True
        return getattr(self, 'answer_' + mode)(request, data)

    # ---------------------------------------------------------------- ways to answer; true: go on with the connection

    def answer_ok(self, request, data):
        self.part(request, data)
        return True

    def answer_busy(self, request, data):
        """503 for the first request of every range."""
        if self.owner.first_time((request.path, request.range)):
            self.send('503 Service Unavailable', b'come back')
        else:
            self.part(request, data)
        return True

    def answer_limited(self, request, data):
        """429 for one request in the middle, which wants a second of rest."""
        if request.range[0] > len(data) // 2 and self.owner.first_time(request.path):
            self.send('429 Too Many Requests', b'slowly', Retry_After=1)
        else:
            self.part(request, data)
        return True

    def answer_hours(self, _, __):
        self.send('429 Too Many Requests', b'slowly', Retry_After=3600)
        return True

    def answer_down(self, _, __):
        self.send('503 Service Unavailable', b'come back')
        return True

    def answer_reset(self, request, data):
        """Half of the first answer for every end of a range, then a reset."""
        if not self.owner.first_time((request.path, request.range[1])):
            self.part(request, data)
            return True
        self.part(request, data, send=.5)
        time.sleep(.05)  # a reset also takes what was not yet read
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.reader.close()
        self.request.close()
        return False

    def answer_resetting(self, request, data):
        """The header of the file, and then only resets."""
        if request.range[0] == 0:
            self.part(request, data)
            return True
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.reader.close()
        self.request.close()
        return False

    def answer_stall(self, request, data):
        """Half of one answer, then silence."""
        if request.range[0] > len(data) // 2 and self.owner.first_time(request.path):
            self.part(request, data, send=.5)
            self.owner.stopping.wait(30)
            return False
        self.part(request, data)
        return True

    def answer_silent(self, request, data):
        """The header of the file, and then silence."""
        if request.range[0] > 0:
            self.owner.stopping.wait(30)
            return False
        self.part(request, data)
        return True

    def answer_trickle(self, request, data):
        """One answer comes in small pieces with time between them."""
        slow = request.range[0] > len(data) // 2 and self.owner.first_time(request.path)
        self.part(request, data, pause=.1 if slow else 0)
        return True

    def answer_longer(self, request, data):
        """More bytes than asked for, where no length says so before."""
        self.part(request, data, chunked=True, more=b'surplus' if request.range[0] else b'')
        return True

    def answer_chunked(self, request, data):
        self.part(request, data, chunked=True)
        return True

    def answer_shorter(self, request, data):
        self.part(request, data, chunked=True, send=.5 if request.range[0] else 1)
        return True

    def answer_lying(self, request, data):
        """A length that is not that of the range."""
        first, last = request.range
        last = min(last, len(data) - 1)
        self.send('206 Partial Content', data[first:last], Content_Range=f'bytes {first}-{last}/{len(data)}')
        return True

    def answer_shifted(self, request, data):
        """Another range than asked for."""
        first, last = request.range
        if first > 0:
            first, last = first - 4, last - 4
        self.part(request, data, range=(first, last))
        return True

    def answer_untold(self, request, data):
        """Does not say which bytes come."""
        first, last = request.range
        self.send('206 Partial Content', data[first:last + 1])
        return True

    def answer_overflow(self, request, data):
        self.send('206 Partial Content', data[:1024],
                  Content_Range='bytes 0-1023/99999999999999999999999999', ETag='"1"')
        return True

    def answer_whole(self, _, data):
        """Takes no notice of ranges."""
        self.send('200 OK', data, ETag='"whole"')
        return True

    def answer_unsized(self, _, data):
        """Nor does it say how long the file is."""
        self.head('200 OK', Transfer_Encoding='chunked')
        for at in range(0, len(data), 100000):
            self.chunk(data[at:at + 100000])
        self.chunk(b'')
        return True

    def answer_cutwhole(self, _, data):
        """The same, and every other answer is cut."""
        with self.owner.lock:
            cut = len(self.owner.requests) % 2 == 0
        self.head('200 OK', Content_Length=len(data), ETag='"whole"')
        self.request.sendall(data[:len(data) // 2] if cut else data)
        return not cut

    def answer_busywhole(self, _, data):
        with self.owner.lock:
            busy = len(self.owner.requests) % 2 == 1
        if busy:
            self.send('503 Service Unavailable', b'come back')
        else:
            self.send('200 OK', data, Last_Modified='Thu, 01 Jan 1970 00:00:00 GMT')
        return True

    def answer_changedwhole(self, request, data):
        self.head('200 OK', Content_Length=len(data), ETag='"1"' if request.range else '"2"')
        self.request.sendall(data)
        return True

    def answer_untagged(self, request, data):
        self.head('200 OK', Content_Length=len(data))
        self.request.sendall(data if request.range else data[:-1])
        return False

    def answer_silentwhole(self, request, data):
        self.head('200 OK', Content_Length=len(data), ETag='"1"')
        self.request.sendall(data[:2000])
        self.owner.stopping.wait(30)
        return False

    def answer_changed(self, request, data):
        """The second half is of another state; takes no notice of If-Range."""
        self.part(request, data, ETag='"2"' if request.range[0] > len(data) // 2 else '"1"')
        return True

    def answer_dated(self, request, data):
        """The same, with nothing but a date."""
        day = 2 if request.range[0] > len(data) // 2 else 1
        self.part(request, data, ETag=None, Last_Modified=f'Thu, 0{day} Jan 1970 00:00:00 GMT')
        return True

    def answer_replaced(self, request, data):
        """The same, as a good server says it: the whole file when it is not that of If-Range."""
        tag = '"2"' if request.range[0] > len(data) // 2 else '"1"'
        if request.fields.get('if-range', tag) == tag:
            self.part(request, data, ETag=tag)
        else:
            self.send('200 OK', data, ETag=tag)
        return True

    def answer_grown(self, request, data):
        longer = data + bytes(16) if request.range[0] > 0 else data
        self.part(request, longer, ETag=None)
        return True

    def answer_noise(self, _, __):
        self.request.sendall(b'\x00\xff' * 500)
        return False

    def answer_fields(self, request, data):
        """Thousands of fields that mean nothing."""
        self.part(request, data, **{f'X_{i}': 'y' * 50 for i in range(1000)})
        return True

    def answer_s3(self, request, data):
        problem = s3_problem(request)
        if problem:
            self.send('403 Forbidden', problem.encode())
        else:
            self.part(request, data)
        return True

    def answer_elsewhere(self, _, __):
        self.send('301 Moved Permanently', b'<Error/>', x_amz_bucket_region='ap-test-7')
        return True

    # ---------------------------------------------------------------- pieces

    def head(self, status, **fields):
        lines = [f'HTTP/1.1 {status}'] + [f'{name.replace("_", "-")}: {value}' for name, value in fields.items()
                                          if value is not None]
        self.request.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode())

    def send(self, status, body, **fields):
        self.head(status, Content_Length=len(body), **fields)
        self.request.sendall(body)

    def chunk(self, bytes_):
        self.request.sendall(b'%x\r\n%s\r\n' % (len(bytes_), bytes_))

    def part(self, request, data, range=None, send=1, pause=0, chunked=False, more=b'', **fields):
        """The bytes asked for, or a part `send` of them."""
        first, last = range or request.range
        if first >= len(data):
            self.send('416 Range Not Satisfiable', b'', Content_Range=f'bytes */{len(data)}')
            return
        last = min(last, len(data) - 1)
        body = data[first:last + 1]
        fields = {'ETag': '"1"', 'Content_Range': f'bytes {first}-{last}/{len(data)}', **fields}
        if chunked:
            self.head('206 Partial Content', Transfer_Encoding='chunked', **fields)
            self.chunk(body[:int(send * len(body))] + more)
            self.chunk(b'')
            return
        self.head('206 Partial Content', Content_Length=len(body), **fields)
        body = body[:int(send * len(body))]
        step = len(body) // 10 + 1 if pause else len(body)
        for at in list(builtin_range(0, len(body), step)):
            self.request.sendall(body[at:at + step])
            time.sleep(pause)


builtin_range = range


def s3_problem(request):
    """Computes the signature of version 4 anew; None when it is the same."""
    found = re.fullmatch(r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?'
                         r'SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})', request.fields.get('authorization', ''))
    if not found:
        return 'no signature: ' + request.fields.get('authorization', '')
    key, day, region, names, signature = found.groups()
    if key != S3_KEY or region != S3_REGION:
        return f'key {key}, region {region}'
    names = names.split(';')
    needed = {'host', 'x-amz-date', 'x-amz-content-sha256'} | {'x-amz-security-token'} & set(request.fields)
    if not needed <= set(names) or names != sorted(names):
        return f'signed: {names}'
    url = urllib.parse.urlsplit(request.target)
    path = urllib.parse.quote(urllib.parse.unquote(url.path), safe='/-_.~')
    lines = ''.join(f'{name}:{" ".join(request.fields[name].split())}\n' for name in names)
    canonical = '\n'.join([request.method, path, url.query, lines, ';'.join(names),
                           request.fields['x-amz-content-sha256']])
    scope = f'{day}/{region}/s3/aws4_request'
    text = '\n'.join(['AWS4-HMAC-SHA256', request.fields['x-amz-date'], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    secret = ('AWS4' + S3_SECRET).encode()
    for word in (day, region, 's3', 'aws4_request', text):
        secret = hmac.new(secret, word.encode(), hashlib.sha256).digest()
    return None if secret.hex() == signature else 'another signature is right for:\n' + canonical
