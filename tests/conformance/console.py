# SPDX-License-Identifier: Apache-2.0
# console.py SOCKET DIR [INPUT]: what conmon does with a console socket. DIR/fds: how many descriptors came over one
# connection, and on how many connections; DIR/name: the text with them; DIR/out: what the terminal says. INPUT is typed.
import array, os, select, socket, sys, time

path, where = sys.argv[1], sys.argv[2]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(4)


def put(name, text):
    with open(f"{where}/{name}.new", "w") as f:
        f.write(text)
    os.rename(f"{where}/{name}.new", f"{where}/{name}")


conn, _ = server.accept()
conn.settimeout(2)
fds, text = array.array("i"), b""
while True:
    try:
        part, ancillary, _, _ = conn.recvmsg(4096, socket.CMSG_SPACE(64 * 4))
    except TimeoutError:
        break
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload)
    text += part
    if not part:
        break
server.settimeout(0.2)
more = 0
try:
    server.accept()
    more = 1
except TimeoutError:
    pass
put("name", text.decode(errors="replace"))
put("fds", f"{len(fds)} {1 + more}\n")
master = fds[0]
if len(sys.argv) > 3:
    os.write(master, sys.argv[3].encode().decode("unicode_escape").encode())
end = time.time() + 60
with open(f"{where}/out", "wb", buffering=0) as out:
    while time.time() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        out.write(data)
