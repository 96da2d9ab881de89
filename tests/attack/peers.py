#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peers.py: sends tests/attack/smuggling.vectors through nginx and haproxy, and prints the file with their columns.

Each stands in front of a small server, with the rules of the test of our gateway: /a passes, everything
else is refused. Counted is what reaches that server, read strictly. Wants both in PATH; tests/long/50-smuggling.t
compares what it prints with the file.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

VECTORS = os.path.join(os.path.dirname(__file__), "smuggling.vectors")

NGINX = """
daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/nginx.log;
events {{ worker_connections 64; }}
http {{
	access_log off;
	client_body_temp_path {work}/body;
	proxy_temp_path {work}/proxy;
	fastcgi_temp_path {work}/fastcgi;
	uwsgi_temp_path {work}/uwsgi;
	scgi_temp_path {work}/scgi;
	upstream server {{ server 127.0.0.1:{server}; keepalive 4; }}
	server {{
		listen 127.0.0.1:{port};
		location / {{ return 404; }}
		location = /a {{
			proxy_pass http://server;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}}
	}}
}}
"""

HAPROXY = """
defaults
	mode http
	timeout client 3s
	timeout server 3s
	timeout connect 3s
frontend in
	bind 127.0.0.1:{port}
	http-request deny deny_status 404 unless {{ path /a }}
	default_backend out
backend out
	server server 127.0.0.1:{server}
"""


class Server:
    """Counts the requests that reach it, and answers each."""

    def __init__(self):
        self.paths = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=(peer.makefile("rwb"),), daemon=True).start()

    def talk(self, peer):
        try:
            self.serve(peer)
        except ConnectionError:  # a peer that resets has said all that it wanted
            pass

    def serve(self, peer):
        while line := peer.readline():
            fields = {}
            while (field := peer.readline()).strip():
                name, _, value = field.partition(b":")
                fields[name.strip().lower()] = value.strip()
            self.paths.append(line.split(b" ")[1:2])
            if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
                while size := int(peer.readline().split(b";")[0] or b"0", 16):
                    peer.read(size + 2)
                while peer.readline().strip():
                    pass
            else:
                peer.read(int(fields.get(b"content-length", b"0")))
            peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            peer.flush()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def start(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit(f"{command[0]} does not start")


def verdict(server, port, data):
    server.paths.clear()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(1)
        client.sendall(data)
        try:
            while client.recv(65536):
                pass
        except (TimeoutError, ConnectionResetError):
            pass
    return f"{len(server.paths)}{'!' if [b'/smuggled'] in server.paths else ''}"


def unescape(text):
    return re.sub(
        rb"\\(x[0-9a-f]{2}|[rnt])",
        lambda m: {b"r": b"\r", b"n": b"\n", b"t": b"\t"}.get(m[1]) or bytes([int(m[1][1:], 16)]),
        text.encode(),
    )


def main():
    for name in ("nginx", "haproxy"):
        if not shutil.which(name):
            sys.exit(f"there is no {name} in PATH")
    server, ports = Server(), [free_port(), free_port()]
    with tempfile.TemporaryDirectory() as work:
        for name, text, port in zip(("nginx", "haproxy"), (NGINX, HAPROXY), ports):
            with open(f"{work}/{name}.conf", "w", encoding="ascii") as file:
                file.write(text.format(work=work, port=port, server=server.port))
        running = [
            start(["nginx", "-p", work, "-c", f"{work}/nginx.conf"], ports[0]),
            start(["haproxy", "-db", "-f", f"{work}/haproxy.conf"], ports[1]),
        ]
        with open(VECTORS, encoding="ascii") as file:
            for line in file.read().splitlines():
                if not line.startswith("#"):
                    name, ours, _, _, data = line.split(" ", 4)
                    got = [verdict(server, port, unescape(data)) for port in ports]
                    line = " ".join([name, ours, *got, data])
                print(line, flush=True)
        for process in running:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
