# SPDX-License-Identifier: MIT
"""server.py FOLDER CERTIFICATE KEY PORTS: serves FOLDER over http and https, the file PORTS has both ports then. The first word of a path
says how it answers; /sent is how many bytes it has sent since it was asked that before."""

import os
import socket
import ssl
import sys
import threading

folder, certificate, key, ports = sys.argv[1:]
sent = [0]
lock = threading.Lock()


def chunks(data, size, extension=b""):
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)


def answer(manner, data):
    """The whole answer, and whether the connection ends with it."""
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return {
        "plain": (plain, False),
        "idle": (plain, True),
        "chunked": (chunked + chunks(data, 1000) + b"0\r\n\r\n", False),
        "odd": (chunked + chunks(data, 99, b';a="b"') + b"000\r\nX-Sum: 1\r\n\r\n", False),
        "close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + data, True),
        "short": (plain[:-1], True),
        "shortchunk": (chunked + chunks(data, 1000), True),
        "badchunk": (chunked + b"x\r\n" + data, True),
        "moved": (b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n", False),
        "broken": (b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nsorry", False),
    }[manner]


def send(client, data):
    client.sendall(data)
    with lock:
        sent[0] += len(data)


def serve_one(client, path):
    _, manner, name = path.split("/", 2) if path.count("/") > 1 else ("", path[1:], "")
    if manner == "sent":
        with lock:
            text, sent[0] = b"%d" % sent[0], 0
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
        return True
    file = os.path.join(folder, name)
    if manner == "none" or not os.path.isfile(file):
        send(client, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        return True
    if manner == "endless":
        send(client, b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            send(client, b" " * 65536)
    with open(file, "rb") as source:
        data, ends = answer(manner, source.read())
    send(client, data)
    return not ends


def serve(client, context):
    try:
        if context:
            client = context.wrap_socket(client, server_side=True)
        with client, client.makefile("rb") as stream:
            more = True
            while more and (line := stream.readline()):
                while stream.readline().strip():
                    pass
                more = serve_one(client, line.split()[1].decode())
    except (OSError, ValueError):
        client.close()


def listen(server, context):
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, context), daemon=True).start()


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
servers = [(socket.create_server(("127.0.0.1", 0)), context) for context in (None, tls)]
with open(ports + ".part", "w", encoding="ascii") as file:
    file.write(" ".join(str(server.getsockname()[1]) for server, _ in servers) + "\n")
os.rename(ports + ".part", ports)
threading.Thread(target=listen, args=servers[0], daemon=True).start()
listen(*servers[1])
