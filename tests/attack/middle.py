# SPDX-License-Identifier: MIT
"""middle.py CERT KEY PORT_FILE TARGET_PORT [UNWANTED]: a man in the middle. Takes TLS connections with a
key of its own, on a port that it writes to PORT_FILE, makes one to 127.0.0.1:TARGET_PORT for each, and
passes on whatever both say; but ends the connection when the client says UNWANTED."""

import socket
import ssl
import sys
import threading


def copy(source, sink, unwanted=b""):
    try:
        while data := source.recv(16384):
            if unwanted and unwanted in data:
                break
            sink.sendall(data)
    except OSError:
        pass
    for side in (source, sink):
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, outside, inside, target, unwanted):
    try:
        client = outside.wrap_socket(client, server_side=True)
        machine = inside.wrap_socket(socket.create_connection(("127.0.0.1", target)))
    except OSError:
        client.close()
        return
    threading.Thread(target=copy, args=(client, machine, unwanted), daemon=True).start()
    copy(machine, client)


def main():
    cert, key, port_file, target = sys.argv[1:5]
    unwanted = "".join(sys.argv[5:]).encode()
    outside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    outside.load_cert_chain(cert, key)
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    inside.check_hostname = False
    inside.verify_mode = ssl.CERT_NONE
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file, "w", encoding="ascii") as file:
        print(listener.getsockname()[1], file=file)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, outside, inside, int(target), unwanted), daemon=True).start()


main()
