# SPDX-License-Identifier: GPL-3.0-or-later
"""A small server for the page: files with ranges, as nginx would give them, and what the page sends back."""
import http.server
import json
import pathlib
import re
import threading

PAGE = b'''<!doctype html><meta charset="utf-8"><title>stores</title><link rel="stylesheet" href="page.css">
<style>html, body, #neuroglancer-container { margin: 0; width: 100%; height: 100%; overflow: hidden }</style>
<div id="neuroglancer-container"></div><img src="held.png" alt="" style="display: none"><script type="module" src="page.js"></script>'''
TYPES = {'.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json'}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body=b'', kind='application/octet-stream', **headers):
        self.send_response(status)
        for name, value in {'Content-Type': kind, 'Content-Length': len(body), 'Cache-Control': 'no-store', **headers}.items():
            self.send_header(name.replace('_', '-'), str(value))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split('?')[0]
        if path == '/':
            self.answer(200, PAGE, 'text/html')
        elif path == '/steps.json':
            self.answer(200, json.dumps(self.server.steps).encode(), TYPES['.json'])
        elif path == '/held.png':
            # The load event waits for this picture, and the browser's screenshot for the load event.
            self.server.done.wait(self.server.patience)
            self.answer(404)
        else:
            self.answer_file(path)

    do_HEAD = do_GET

    def answer_file(self, path):
        for prefix, folder in self.server.folders.items():
            file = (folder / path[len(prefix):]).resolve()
            if path.startswith(prefix) and file.is_relative_to(folder) and file.is_file():
                return self.answer_range(file.read_bytes(), TYPES.get(file.suffix, 'application/octet-stream'))
        return self.answer(404)

    def answer_range(self, data, kind):
        asked = self.headers.get('Range')
        if not asked:
            return self.answer(200, data, kind, Accept_Ranges='bytes')
        first, last = re.fullmatch(r'bytes=(\d*)-(\d*)', asked).groups()
        begin = int(first) if first else max(0, len(data) - int(last))
        end = min(len(data), int(last) + 1) if first and last else len(data)
        self.server.ranges += 1
        if begin >= end:
            return self.answer(416, Content_Range=f'bytes */{len(data)}')
        return self.answer(206, data[begin:end], kind, Content_Range=f'bytes {begin}-{end - 1}/{len(data)}')

    def do_POST(self):
        self.server.told[self.path] = self.rfile.read(int(self.headers['Content-Length']))
        self.answer(204)
        if self.path == '/done':
            self.server.done.set()


class Server(http.server.ThreadingHTTPServer):
    """Serves `folders` (prefix of the path: folder) and `steps`; `told` has what the page sent, by path."""

    def __init__(self, folders, steps, patience):
        super().__init__(('127.0.0.1', 0), Handler)
        self.folders = {prefix: pathlib.Path(folder).resolve() for prefix, folder in folders.items()}
        self.steps, self.patience = steps, patience
        self.told, self.ranges, self.done = {}, 0, threading.Event()
        self.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.shutdown()
        self.server_close()

    @property
    def address(self):
        return f'http://127.0.0.1:{self.server_port}'
