# SPDX-License-Identifier: Apache-2.0
# adopt.py RUNTIME STATE BUNDLE ID SIGNAL: as conmon and containerd's shim do, become the parent of what create leaves
# behind; have the runtime send it the signal, and tell how it ended.
import ctypes, os, subprocess, sys

PR_SET_CHILD_SUBREAPER = 36
runtime, state, bundle, id, signal = sys.argv[1:]
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
	sys.exit('cannot become a subreaper')
for verb in ['create', '--bundle', bundle, id], ['kill', id, signal]:
	subprocess.run([runtime, '--root', state] + verb, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
status = os.wait()[1]
print(f'killed {os.WTERMSIG(status)}' if os.WIFSIGNALED(status) else f'exited {os.WEXITSTATUS(status)}')
