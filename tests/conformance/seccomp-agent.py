# SPDX-License-Identifier: Apache-2.0
# seccomp-agent.py SOCKET FILE ERRNO: a seccomp agent. Each connection brings one container process state and its
# descriptor; the state goes to FILE with what came along, and every call that is then notified gets ERRNO.
import array, fcntl, json, os, socket, struct, sys, threading

SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100
SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101


def serve(fd, errno):
    while True:
        buf = bytearray(80)
        try:
            fcntl.ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, buf)
        except OSError:
            return
        (nid,) = struct.unpack_from("Q", buf)
        try:
            fcntl.ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, bytearray(struct.pack("QqiI", nid, 0, -errno, 0)))
        except OSError:
            pass


def whole(data):
    try:
        return json.loads(data)
    except ValueError:
        return None


def receive(conn):
    """The state, its descriptors, how many came after the first message, and whether the peer closed then."""
    data, fds, late = b"", array.array("i"), 0
    while True:
        try:
            part, ancillary, _, _ = conn.recvmsg(65536, socket.CMSG_SPACE(16 * 4))
        except TimeoutError:
            return whole(data), list(fds), late, False
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(payload[: len(payload) - len(payload) % 4])
                late += data != b""
        if not part:
            return whole(data), list(fds), late, True
        data += part


server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(8)
while True:
    conn, _ = server.accept()
    conn.settimeout(1)
    state, fds, late, closed = receive(conn)
    state.update(number_of_fds=len(fds), late_fds=late, closed=closed)
    for fd in fds:
        threading.Thread(target=serve, args=(fd, int(sys.argv[3])), daemon=True).start()
    with open(sys.argv[2] + ".new", "w") as f:
        json.dump(state, f)
    os.rename(sys.argv[2] + ".new", sys.argv[2])
