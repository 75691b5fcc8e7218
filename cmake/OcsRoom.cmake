# SPDX-License-Identifier: GPL-3.0-or-later
# A room is a folder under src/: an object library that sees its own headers, the public ones, and those of the
# rooms it USES. That is how the build refuses an include that goes up or sideways.
set(OCS_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wvla -Wundef
                 -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual)
if(OCS_WERROR)
  list(APPEND OCS_WARNINGS -Werror)
endif()

add_library(ocs_flags INTERFACE)
target_include_directories(ocs_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(ocs_flags INTERFACE _GNU_SOURCE OCS_VERSION="${PROJECT_VERSION}")
# No contraction: a * b + c must round the same way at every SIMD level.
target_compile_options(ocs_flags INTERFACE ${OCS_WARNINGS} -ffp-contract=off -fno-math-errno
                                           -fvisibility=hidden)
if(OCS_SANITIZE OR OCS_COVERAGE OR OCS_FUZZ)
  target_compile_definitions(ocs_flags INTERFACE OCS_INSTRUMENTED)
endif()
if(OCS_SANITIZE)
  target_compile_options(ocs_flags INTERFACE -fsanitize=${OCS_SANITIZE} -fno-sanitize-recover=all
                                             -fno-omit-frame-pointer)
  target_link_options(ocs_flags INTERFACE -fsanitize=${OCS_SANITIZE})
endif()
if(OCS_COVERAGE)
  target_compile_options(ocs_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(ocs_flags INTERFACE -fprofile-instr-generate)
endif()

set(OCS_ROOMS)
function(ocs_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  add_library(ocs_${name} OBJECT ${sources})
  target_include_directories(ocs_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src/${name})
  foreach(used ${ROOM_USES})
    target_include_directories(ocs_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src/${used})
  endforeach()
  target_link_libraries(ocs_${name} PUBLIC ocs_flags ${ROOM_LINKS})
  set(OCS_ROOMS ${OCS_ROOMS} ocs_${name} PARENT_SCOPE)
endfunction()
