# SPDX-License-Identifier: GPL-3.0-or-later
# What makes a mistake in memory harder to use against whoever runs the program: for optimised builds, as sanitizers look for
# the same mistakes themselves. Each where the compiler knows it; tests/confine/test_hardening.py looks for them in the program.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C) # with CMAKE_POSITION_INDEPENDENT_CODE: programs may be loaded anywhere

set(OCS_HARDENED OFF)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT OCS_SANITIZE AND NOT OCS_COVERAGE AND NOT OCS_FUZZ)
  set(OCS_HARDENED ON)
endif()

# Adds the first of the compiler's flags that it takes without a warning.
function(ocs_harden name)
  foreach(flag ${ARGN})
    string(MAKE_C_IDENTIFIER "OCS_HAS${flag}" known)
    set(CMAKE_REQUIRED_FLAGS -Werror)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      target_compile_options(${name} INTERFACE ${flag})
      return()
    endif()
  endforeach()
endfunction()

# The C library says with a warning that it does not know level 3.
function(ocs_fortify name)
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }" OCS_HAS_FORTIFY_3)
  set(level 2)
  if(OCS_HAS_FORTIFY_3)
    set(level 3)
  endif()
  target_compile_options(${name} INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level})
endfunction()

if(OCS_HARDENED)
  ocs_fortify(ocs_flags)
  ocs_harden(ocs_flags -fstack-protector-strong)
  ocs_harden(ocs_flags -fstack-clash-protection)
  ocs_harden(ocs_flags -fcf-protection=full -mbranch-protection=standard)
  foreach(keyword relro now noexecstack separate-code)
    string(MAKE_C_IDENTIFIER "OCS_HAS_LINK_${keyword}" known)
    check_linker_flag(C "LINKER:-z,${keyword}" ${known})
    if(${known})
      target_link_options(ocs_flags INTERFACE LINKER:-z,${keyword})
    endif()
  endforeach()
endif()
