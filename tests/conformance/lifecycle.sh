#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runtime.md: the state, the operations and their errors.
. "$(dirname "$0")/lib.sh"

test_hello() { inside 'echo hello'; is "$OUT" hello; }
run_tests
