# SPDX-License-Identifier: Apache-2.0
# nfrun.1 out of nfrun.1.in and what the program's tables say. Run with -P; NFRUN, IN, OUT, VERSION given.
execute_process(COMMAND ${NFRUN} help --man OUTPUT_VARIABLE GENERATED COMMAND_ERROR_IS_FATAL ANY)
configure_file(${IN} ${OUT} @ONLY)
