# SPDX-License-Identifier: Apache-2.0
# on-socket.py FILE CMD...: run CMD with a Unix socket as stdin, as Node's child_process does, and FILE's content in it.
import socket, subprocess, sys

ours, theirs = socket.socketpair()
child = subprocess.Popen(sys.argv[2:], stdin=theirs)
theirs.close()
with open(sys.argv[1], 'rb') as f:
	ours.sendall(f.read())
ours.close()
sys.exit(child.wait())
