#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config.md: process.terminal and consoleSize; the console socket as conmon and containerd use it.
. "$(dirname "$0")/lib.sh"

console() { # [INPUT]: somebody listens at $T/s
	mkdir -p "$T/console"
	python3 "$HERE/console.py" "$T/s" "$T/console" "$@" >"$T/console/log" 2>&1 &
	eventually test -S "$T/s"
}
terminal() { config '.process.terminal = true'; }
said() { tr -d '\r' <"$T/console/out"; }
says() { grep -q "$1" "$T/console/out"; }

test_the_socket_gets_one_descriptor() {
	console
	terminal
	script 'echo hello; exec sleep 1000'
	create --console-socket "$T/s"
	eventually test -s "$T/console/fds"
	is "$(cat "$T/console/fds")" '1 1'
	start
	eventually says hello
}
test_the_pty_is_the_containers() {
	console
	terminal
	script 'tty; readlink /proc/self/fd/0 /proc/self/fd/1; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says dev
	has "$(said)" /dev/pts/0
}
test_the_standard_streams_are_the_terminal() {
	console
	terminal
	script 'test -t 0 && test -t 1 && test -t 2 && echo all three; probe fds; probe ctty; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says 'ok\|none'
	is "$(said)" $'all three\n0 1 2 \nok'
}
test_dev_console_is_the_terminal() {
	console
	terminal
	script 'stat -c "%F" /dev/console; echo by console >/dev/console; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says 'by console'
	has "$(said)" 'character special file'
}
test_input_arrives() {
	console 'one\n'
	terminal
	script 'read x; echo "got <$x>"; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says 'got <one>'
}
test_the_terminal_is_the_users() {
	console
	terminal
	config '.process.user = {uid: 1000, gid: 1000}'
	script 'stat -c "owner %u" $(tty); (echo x >$(tty)) && echo writable; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says writable
	has "$(said)" 'owner 1000'
}
test_consoleSize() {
	console
	terminal
	config '.process.consoleSize = {height: 33, width: 99}'
	script 'probe winsize; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says '33 99'
}
test_consoleSize_without_terminal_is_ignored() {
	config '.process.consoleSize = {height: 33, width: 99}'
	inside 'echo ok'
	is "$OUT" ok
}
test_terminal_without_a_socket_is_refused() { terminal; refused; }
test_a_socket_without_terminal_is_refused() {
	console
	script true
	fails rt create --bundle "$B" --console-socket "$T/s" "$ID"
	fails rt state "$ID"
}
test_a_socket_with_nobody_there_is_refused() {
	terminal
	fails rt create --bundle "$B" --console-socket "$T/none" "$ID"
	fails rt state "$ID"
	is "$(groups_named "$ID")" ''
}
test_detached_run_with_a_socket() {
	console
	terminal
	script 'echo hello; exec sleep 1000'
	quiet rt run -d --bundle "$B" --console-socket "$T/s" "$ID"
	eventually says hello
	is "$(status)" running
}
test_exec_with_a_socket() {
	up
	console
	quiet rt exec -d -t --pid-file "$T/pid" --console-socket "$T/s" "$ID" sh -c 'tty; echo from exec; exec sleep 100'
	eventually says 'from exec'
	is "$(cat "$T/console/fds")" '1 1'
	has "$(said)" /dev/pts/
}
test_exec_process_file_with_a_socket() { # conmon's call
	up
	console
	jq '.process + {terminal: true, args: ["sh", "-c", "probe winsize; echo from exec; exec sleep 100"], consoleSize: {height: 21, width: 71}}' \
		"$B/config.json" >"$T/p.json"
	quiet rt exec --pid-file "$T/pid" --process "$T/p.json" --detach --console-socket "$T/s" "$ID"
	eventually says 'from exec'
	has "$(said)" '21 71'
	kill -0 "$(cat "$T/pid")"
}
test_in_a_user_namespace() {
	console
	terminal
	userns
	script 'tty; echo hello; exec sleep 1000'
	create --console-socket "$T/s"
	start
	eventually says hello
}
test_run_on_a_terminal() {
	terminal
	script 'tty; echo "size $(probe winsize)"; read x; echo "got <$x>"; exit 7'
	local rc=0
	timeout 20 python3 "$HERE/terminal.py" 31x91 'typed\n' "$RT" --root "$STATE" run --bundle "$B" "$ID" >"$T/out" 2>&1 || rc=$?
	has "$(cat "$T/out")" 'got <typed>'
	has "$(cat "$T/out")" 'size 31 91'
	is $rc 7
}
test_exec_on_a_terminal() {
	up
	local rc=0
	timeout 20 python3 "$HERE/terminal.py" 32x92 'typed\n' "$RT" --root "$STATE" exec -t "$ID" \
		sh -c 'echo "size $(probe winsize)"; read x; echo "got <$x>"; exit 8' >"$T/out" 2>&1 || rc=$?
	has "$(cat "$T/out")" 'got <typed>'
	has "$(cat "$T/out")" 'size 32 92'
	is $rc 8
}
# The end of stdin is that of the terminal's input, as ^D is, whoever reads it and whenever. In raw mode, as a shell edits
# its line, a ^D from before is gone.
test_stdin_at_its_end() {
	local s rc
	terminal
	up_with_exec
	for s in 'cat; cat; cat; echo end' 'exec sh' 'sleep 0.3; stty raw -echo; stty sane; cat; echo end' 'read x; echo end' \
		'exec 0<&- 1>&- 2>&-; sleep 0.3'; do
		script "$s"
		rc=0
		timeout -k 1 10 "$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >"$T/out" 2>&1 || rc=$?
		[ $rc -lt 124 ] || { echo "run does not end: $s: $(cat "$T/out")"; return 1; }
		timeout -k 1 10 "$RT" --root "$STATE" exec -t "$ID-2" sh -c "$s" </dev/null >"$T/out" 2>&1 || rc=$?
		[ $rc -lt 124 ] || { echo "exec does not end: $s: $(cat "$T/out")"; return 1; }
	done
}
up_with_exec() {
	new_bundle "$T/two"
	jq '.process.args = ["sleep", "1000"]' "$T/two/config.json" >"$T/c" && mv "$T/c" "$T/two/config.json"
	quiet rt run -d --bundle "$T/two" "$ID-2"
}
# script types its ^D at once: the line discipline has it before the runtime is there to make the terminal raw.
test_stdin_at_its_end_behind_a_terminal() {
	local s
	terminal
	for s in 'cat; echo done' 'sleep 0.3; cat; echo done' 'exec sh'; do
		script "$s"
		timeout -k 1 10 script -qec "$RT --root $STATE run --bundle $B $ID" /dev/null </dev/null >"$T/out" ||
			{ echo "does not end: $s: $(cat -v "$T/out")"; return 1; }
		[[ $s == *sh ]] || has "$(cat "$T/out")" done
		hasnt "$(cat -v "$T/out")" '^@'
	done
}
test_typed_ahead_arrives() {
	terminal
	script 'read x; read y; echo "got <$x$y>"'
	{ printf 'one\ntwo'; sleep 1; echo more; sleep 1; } | timeout -k 1 10 script -qec "$RT --root $STATE run --bundle $B $ID" /dev/null >"$T/out"
	has "$(cat "$T/out")" 'got <onetwomore>'
}
test_stdin_of_a_part_of_a_line() {
	terminal
	script 'cat; echo end'
	printf 'one\ntwo' | timeout -k 1 10 "$RT" --root "$STATE" run --bundle "$B" "$ID" >"$T/out"
	has "$(tr -d '\r' <"$T/out")" $'one\ntwoend'
}
# What does not read goes on without, and its end is the relay's.
test_the_end_of_stdin_ends_nothing_else() {
	terminal
	script 'sleep 2; echo later; exit 6'
	local rc=0
	timeout -k 1 10 "$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >"$T/out" || rc=$?
	is $rc 6
	has "$(cat "$T/out")" later
}

run_tests
