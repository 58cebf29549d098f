"""Two hosts and a bad way between them, each in a network namespace of its own.

    near --- (late, lossy, may be cut) --- far

Where the kernel has netem, it makes the way so; elsewhere there is a third namespace between the
two, in which relay.py passes each frame on. Nothing is named and nothing is done in our own
namespace: all is gone with the processes, and these are with us, however we end.
"""

import array
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from servers import Unavailable

HERE = os.path.dirname(os.path.abspath(__file__))
NEAR, FAR = "10.77.0.1", "10.77.0.2"
PATIENCE_S = 10
PR_SET_PDEATHSIG = 1
SIOCETHTOOL = 0x8946
# Checksums and what cuts large pieces up, of what is received and sent: frames are to be whole.
OFFLOADS = {"rx": 0x15, "tx": 0x17, "sg": 0x19, "tso": 0x1F, "gso": 0x24, "gro": 0x2C}


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def switch_offloads_off(device):
    """In the namespace of this process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in OFFLOADS.values():
            value = array.array("I", [command, 0])
            request = struct.pack("16sP16x", device.encode(), value.buffer_info()[0])
            fcntl.ioctl(any_socket, SIOCETHTOOL, request)


class Namespace:
    """Lasts as long as a process that does nothing in it."""

    def __init__(self):
        for program in ("unshare", "nsenter", "ip", "tc"):
            if not shutil.which(program):
                raise Unavailable(f"{program} is not installed")
        self.children = []
        self.holder = subprocess.Popen(
            ["unshare", "--net", "cat"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        own = os.readlink("/proc/self/ns/net")
        end = time.monotonic() + PATIENCE_S
        while self.holder.poll() is None and time.monotonic() < end:
            try:
                if os.readlink(f"/proc/{self.holder.pid}/ns/net") != own:
                    self.run("ip", "link", "set", "lo", "up")
                    return
            except OSError:
                break
            time.sleep(0.01)
        self.holder.kill()
        why = self.holder.communicate()[1].decode().strip()
        raise Unavailable(f"no network namespace can be made here: {why or 'not permitted'}")

    def command(self, *arguments):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *arguments]

    def run(self, *arguments, **more):
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=30, **more
        )
        if done.returncode:
            raise Unavailable(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *arguments, **more):
        child = subprocess.Popen(
            self.command(*arguments), preexec_fn=die_with_parent, text=True, **more
        )
        self.children.append(child)
        return child

    def stop(self):
        for process in [*self.children, self.holder]:
            process.kill()
            process.wait()


class Way:
    """near and far with what is between them. delay_ms and loss_percent: in each direction."""

    def __init__(self, delay_ms, loss_percent, seed):
        self.spaces = []
        self.middle = self.relay = None
        self.delay_ms, self.loss_percent, self.seed = str(delay_ms), str(loss_percent), str(seed)
        try:
            self.near, self.far = self.add(), self.add()
            self.kind = "netem" if self.has_netem() else "relay.py"
            if self.kind == "netem":
                self.connect(self.near, "near", self.far, "far")
                self.spoil_with_netem()
            else:
                self.spoil_with_relay()
            self.near.run("ip", "address", "add", f"{NEAR}/24", "dev", "near")
            self.far.run("ip", "address", "add", f"{FAR}/24", "dev", "far")
        except BaseException:
            self.stop()
            raise

    def add(self):
        self.spaces.append(Namespace())
        return self.spaces[-1]

    def has_netem(self):
        try:
            self.near.run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
        except Unavailable:
            return False
        self.near.run("tc", "qdisc", "del", "dev", "lo", "root")
        return True

    @staticmethod
    def connect(one, name, other, other_name):
        pids = str(one.holder.pid), str(other.holder.pid)
        peer = ["type", "veth", "peer", "name", other_name, "netns", pids[1]]
        one.run("ip", "link", "add", "name", name, "netns", pids[0], *peer)
        for space, device in (one, name), (other, other_name):
            space.run(sys.executable, __file__, "switch-offloads-off", device)
            space.run("ip", "link", "set", device, "up")

    def spoil_with_netem(self):
        for space, device in (self.near, "near"), (self.far, "far"):
            space.run(
                *("tc", "qdisc", "add", "dev", device, "root", "netem", "limit", "100000"),
                *("delay", f"{self.delay_ms}ms", "loss", f"{self.loss_percent}%"),
            )

    def spoil_with_relay(self):
        self.middle = self.add()
        self.connect(self.near, "near", self.middle, "to-near")
        self.connect(self.middle, "to-far", self.far, "far")
        self.relay = self.middle.start(
            *(sys.executable, os.path.join(HERE, "relay.py"), "to-near", "to-far"),
            *(self.delay_ms, self.loss_percent, self.seed),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if self.relay.stdout.readline() != "ready\n":
            raise Unavailable("relay.py cannot read frames here (AF_PACKET)")

    def cut(self):
        self.set_link("down")

    def mend(self):
        self.set_link("up")

    def set_link(self, state):
        if self.middle:
            self.middle.run("ip", "link", "set", "to-far", state)
        else:
            self.far.run("ip", "link", "set", "far", state)

    def end(self):
        """What the relay counted; with netem what tc does, in words."""
        if not self.relay:
            return self.near.run("tc", "-s", "qdisc", "show", "dev", "near")
        out, _ = self.relay.communicate(timeout=PATIENCE_S)
        return json.loads(out)

    def stop(self):
        for space in reversed(self.spaces):
            space.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


if __name__ == "__main__" and sys.argv[1:2] == ["switch-offloads-off"]:
    switch_offloads_off(sys.argv[2])
