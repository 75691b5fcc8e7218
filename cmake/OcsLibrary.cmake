# SPDX-License-Identifier: GPL-3.0-or-later
# The rooms together: one static archive with everything, for programs and tests.
set(ocs_objects)
foreach(room ${OCS_ROOMS})
  list(APPEND ocs_objects $<TARGET_OBJECTS:${room}>)
endforeach()
add_library(occustream_library STATIC ${ocs_objects})
set_target_properties(occustream_library PROPERTIES OUTPUT_NAME occustream)
target_include_directories(occustream_library
  PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(occustream_library
  PUBLIC PkgConfig::LIBUV PkgConfig::FFTW3F PkgConfig::CMINPACK PkgConfig::JANSSON PkgConfig::ZLIB BZip2::BZip2
         PkgConfig::LZMA PkgConfig::ZSTD PkgConfig::SECCOMP Threads::Threads ${CMAKE_DL_LIBS} m)
