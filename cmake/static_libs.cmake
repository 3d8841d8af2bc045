# SPDX-License-Identifier: Apache-2.0
# Loading and relocating four shared libraries is a third of what a start of the program takes, and an
# OCI engine's call starts it twice. The C library stays shared: libcriu is loaded by dlopen.
foreach(module LIBCAP LIBSECCOMP LIBNL JANSSON)
	list(GET ${module}_LIBRARIES 0 name)
	find_library(${module}_ARCHIVE lib${name}.a HINTS ${${module}_LIBRARY_DIRS})
	if(${module}_ARCHIVE)
		set_target_properties(PkgConfig::${module} PROPERTIES
			INTERFACE_LINK_LIBRARIES ${${module}_ARCHIVE})
	else()
		message(STATUS "lib${name}.a is not installed: linking the shared library")
	endif()
endforeach()
