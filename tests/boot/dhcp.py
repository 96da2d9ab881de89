# SPDX-License-Identifier: MIT
"""
usage: dhcp.py SOCKET: the network of a machine whose card is QEMU's `stream` netdev at SOCKET, as Google has
it: one address, its router on the link, an MTU of 1460, routes. The first lease is of one address and holds
for three minutes, so that a slow machine serves before it asks again; all others are of another, for one
minute. Whenever there was a lease, somebody far away knocks at port 443 of its address until it opens.
Standard output, a line each:

    lease ADDRESS, asked for ADDRESS
    open ADDRESS, segments of N
"""
import ipaddress
import os
import socket
import struct
import sys
import threading
import time

ROUTER, FAR = (ipaddress.ip_address(text).packed for text in ("10.128.0.1", "192.0.2.7"))
LEASES = [("10.128.0.5", 180), ("10.128.0.6", 60)]
MAC = bytes.fromhex("42010a800001")
OPTIONS = bytes.fromhex(
    "3604a9fea9fe" "0104ffffffff" "03040a800001" "1a0205b4"
    "7917" "200a80000100000000" "20a9fea9fe0a800001" "000a800001" "ff"
)
ANSWERS = {1: b"\x35\x01\x02", 3: b"\x35\x01\x05"}  # offer for discover, ack for request


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def packet(protocol, source, target, content):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(content), 0, 0, 64, protocol, 0, source, target)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + content


def knock(target, port):
    """A SYN from far away."""
    syn = struct.pack("!HHIIBBHHH", port, 443, 1, 0, 0x50, 2, 65535, 0, 0)
    sum_of = checksum(FAR + target + struct.pack("!HH", 6, len(syn)) + syn)
    return packet(6, FAR, target, syn[:16] + struct.pack("!H", sum_of) + syn[18:])


def options_of(data):
    found, at = {}, 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        found[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return found


class Network:
    def __init__(self, line):
        self.line, self.machine, self.leases, self.shut, self.asked = line, b"\xff" * 6, 0, None, None

    def port(self):
        """Another for each lease, so that no late answer counts."""
        return 4432 + self.leases

    def send(self, kind, content, to):
        frame = to + MAC + struct.pack("!H", kind) + content
        self.line.sendall(struct.pack("!I", len(frame)) + frame)

    def dhcp(self, ask):
        said = options_of(ask[240:])
        kind = said.get(53, b"\0")[0]
        if kind not in ANSWERS:
            return
        address, seconds = LEASES[min(self.leases, len(LEASES) - 1)]
        ip = ipaddress.ip_address(address).packed
        holds = struct.pack("!BBI", 51, 4, seconds)
        answer = b"\x02" + ask[1:16] + ip + ask[20:240] + ANSWERS[kind] + holds + OPTIONS
        udp = struct.pack("!HHHH", 67, 68, 8 + len(answer), 0) + answer
        self.send(0x0800, packet(17, ROUTER, b"\xff" * 4, udp), b"\xff" * 6)
        if kind == 1:
            self.asked = ipaddress.ip_address(said.get(50, bytes(4)))
        else:
            self.leases += 1
            print(f"lease {address}, asked for {self.asked}", flush=True)
            self.shut = ip

    def arp(self, ask):
        if ask[6:8] == b"\0\1" and ask[24:28] == ROUTER:
            self.send(0x0806, ask[:6] + b"\0\2" + MAC + ROUTER + ask[8:18], ask[8:14])
        elif ask[6:8] == b"\0\2":
            self.machine = ask[8:14]

    def take(self, frame):
        kind, content = frame[12:14], frame[14:]
        if kind == b"\x08\x06":
            self.arp(content)
        elif content[9] == 17 and content[22:24] == b"\0\x43":
            self.dhcp(content[28:])
        elif content[9] == 6 and frame[:6] == MAC and content[16:20] == FAR and content[33] & 0x3F == 0x12:
            if content[12:16] == self.shut and content[22:24] == struct.pack("!H", self.port()):
                self.shut = None
                address = ipaddress.ip_address(content[12:16])
                print(f"open {address}, segments of {struct.unpack('!H', content[42:44])[0]}", flush=True)

    def knock_on(self):
        """Asks for the machine's hardware address first, as a router does."""
        while True:
            time.sleep(1)
            ip = self.shut
            if ip:
                self.machine = b"\xff" * 6
                self.send(0x0806, bytes.fromhex("0001080006040001") + MAC + ROUTER + bytes(6) + ip, b"\xff" * 6)
                time.sleep(1)
                self.send(0x0800, knock(ip, self.port()), self.machine)


def receive(line, size):
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data


def main(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + ".new")
    server.listen(1)
    os.rename(path + ".new", path)
    line, _ = server.accept()
    network = Network(line)
    threading.Thread(target=network.knock_on, daemon=True).start()
    while True:
        size = struct.unpack("!I", receive(line, 4))[0]
        network.take(receive(line, size))


main(sys.argv[1])
