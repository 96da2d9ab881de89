# SPDX-License-Identifier: MIT
"""What strangers send to a machine on 127.0.0.1:PORT. Run by the boot tests, inside the toolbox.

half PORT N          N connections, each with half a POST, held until standard input ends; says
                     "held" when all of them are there
part PORT N          N connections, each with a part of a record of TLS, held until all of them are there;
                     how many were taken
bomb PORT N BYTES    N connections at once, each with a POST of a JSON of BYTES that is a hundred
                     times as large in memory; the status codes, or "none"
ask PORT N           N completions at once, long ones; how many were answered in whatever way
wait PORT N          N requests for / at once, answered or not; their status codes, counted
"""
import collections
import json
import resource
import socket
import ssl
import sys
import threading

PATIENCE = 120


def connect(port):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE))


def post(path, length):
    return (
        f"POST {path} HTTP/1.1\r\nHost: r\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def status(port, data):
    """The status code of the answer; an end without one is as good as any other."""
    try:
        with connect(port) as tls:
            try:
                tls.sendall(data)
            except OSError:
                pass  # it may have answered before all was sent
            words = tls.recv(4096).split()
            return words[1].decode() if len(words) > 1 else "none"
    except OSError:
        return "none"


def at_once(n, work):
    results = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def half(port, n):
    held = []
    for _ in range(n):
        try:
            tls = connect(port)
            tls.sendall(post("/v1/completions", 1000) + b'{"prompt": "half of it')
            held.append(tls)
        except OSError:
            pass  # the machine may have enough of them
    print("held", flush=True)
    sys.stdin.read()


def part(port, n):
    record = b"\x17\x03\x03\x40\x11" + bytes(16400)  # all but a byte of it
    held = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (n + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    def hold():
        for _ in range(n // 4):
            try:
                tls = connect(port)
                with socket.socket(fileno=tls.detach()) as raw:
                    raw.sendall(record)
                    held.append(raw.dup())
            except OSError:
                pass  # the machine may have enough of them, or be gone

    at_once(4, hold)
    print(len(held))


def bomb(port, n, size):
    body = b'{"prompt":"a","max_tokens":1,"x":' + b"[" * size
    data = post("/v1/completions", len(body)) + body
    print(*sorted(at_once(n, lambda: status(port, data))))


def ask(port, n):
    body = json.dumps({"prompt": "Once upon a time", "max_tokens": 400}).encode()
    data = post("/v1/completions", len(body)) + body
    print(len([s for s in at_once(n, lambda: status(port, data)) if s != "none"]))


def wait(port, n):
    data = b"GET / HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n"
    counted = collections.Counter(at_once(n, lambda: status(port, data)))
    print(*(f"{code}:{counted[code]}" for code in sorted(counted)))


{"half": half, "part": part, "bomb": bomb, "ask": ask, "wait": wait}[sys.argv[1]](*map(int, sys.argv[2:]))
