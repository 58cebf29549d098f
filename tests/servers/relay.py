#!/usr/bin/env python3
"""The way between two network devices: each frame comes out of the other one later, or never.

    relay.py DEVICE DEVICE delay_ms loss_percent seed

Says "ready", and goes on until its standard input ends; then a line of JSON tells what it did:
frames, lost (at random), cut (the device was down), large (more than Ethernet takes: somebody
leaves it to a device to cut them), overrun (the kernel had no room to keep them for us).
"""

import collections
import json
import random
import select
import socket
import struct
import sys
import time

SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
ETH_P_ALL, SO_RCVBUFFORCE, ROOM, LARGEST = 3, 33, 16 << 20, 1514
AT_ONCE = 64


def open_device(name):
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    device.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    device.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    device.bind((name, ETH_P_ALL))
    device.setblocking(False)
    return device


class Relay:
    def __init__(self, devices, delay_s, loss, seed):
        self.devices, self.delay_s, self.loss = devices, delay_s, loss
        self.random = random.Random(seed)
        self.under_way = collections.deque()  # (when it arrives, where, frame)
        self.counted = dict.fromkeys(("frames", "lost", "cut", "large", "overrun"), 0)

    def take(self, device, other):
        for _ in range(AT_ONCE):
            try:
                frame = device.recv(65536)
            except BlockingIOError:
                return
            except OSError:  # the device is down
                return
            self.counted["frames"] += 1
            self.counted["large"] += len(frame) > LARGEST
            if self.random.random() < self.loss:
                self.counted["lost"] += 1
            else:
                self.under_way.append((time.monotonic() + self.delay_s, other, frame))

    def deliver(self):
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            _, device, frame = self.under_way.popleft()
            try:
                device.send(frame)
            except OSError:
                self.counted["cut"] += 1

    def run(self):
        near, far = self.devices
        while True:
            wait = None
            if self.under_way:
                wait = max(0.0, self.under_way[0][0] - time.monotonic())
            readable, _, _ = select.select([near, far, sys.stdin], [], [], wait)
            if near in readable:
                self.take(near, far)
            if far in readable:
                self.take(far, near)
            self.deliver()
            if sys.stdin in readable:
                return

    def tell(self):
        for device in self.devices:
            _, overrun = struct.unpack("II", device.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
            self.counted["overrun"] += overrun
        print(json.dumps(self.counted), flush=True)


def main():
    near, far, delay_ms, loss_percent, seed = sys.argv[1:]
    devices = [open_device(near), open_device(far)]
    relay = Relay(devices, float(delay_ms) / 1000, float(loss_percent) / 100, int(seed))
    print("ready", flush=True)
    relay.run()
    relay.tell()


main()
