# SPDX-License-Identifier: Apache-2.0
# terminal.py ROWSxCOLS INPUT CMD...: run CMD on a terminal of that size, type INPUT after half a second; its output and
# exit status are this program's.
import fcntl, os, pty, struct, sys, termios, threading, time

rows, cols = (int(n) for n in sys.argv[1].split("x"))
typed = sys.argv[2].encode().decode("unicode_escape").encode()
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.1)
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def type_it():
    time.sleep(1)
    os.write(fd, typed)


if typed:
    threading.Thread(target=type_it, daemon=True).start()
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
