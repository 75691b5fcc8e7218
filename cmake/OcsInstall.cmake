# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` puts where, beside the program: the static library with its headers, what lets other builds find it
# (CMake package and pkg-config), manual page, documents. Everything stays relative to the prefix.
include(CMakePackageConfigHelpers)
set(ocs_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/occustream)

set_target_properties(occustream_library PROPERTIES EXPORT_NAME occustream)
install(TARGETS occustream_library EXPORT occustream ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/occustream DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)

install(EXPORT occustream NAMESPACE occustream:: FILE occustreamTargets.cmake DESTINATION ${ocs_package_dir})
configure_package_config_file(cmake/occustreamConfig.cmake.in ${PROJECT_BINARY_DIR}/occustreamConfig.cmake
                              INSTALL_DESTINATION ${ocs_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/occustreamConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/occustreamConfig.cmake ${PROJECT_BINARY_DIR}/occustreamConfigVersion.cmake
        DESTINATION ${ocs_package_dir})

file(RELATIVE_PATH ocs_prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/occustream.pc.in ${PROJECT_BINARY_DIR}/occustream.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/occustream.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

find_program(OCS_PANDOC pandoc)
set(ocs_man_source ${PROJECT_SOURCE_DIR}/docs/occustream.1.md)
if(OCS_PANDOC AND EXISTS ${ocs_man_source})
  set(ocs_man_page ${PROJECT_BINARY_DIR}/occustream.1)
  add_custom_command(OUTPUT ${ocs_man_page}
                     COMMAND ${OCS_PANDOC} --standalone --from markdown-smart --to man --output ${ocs_man_page} ${ocs_man_source}
                     DEPENDS ${ocs_man_source} VERBATIM)
  add_custom_target(occustream_man ALL DEPENDS ${ocs_man_page})
  install(FILES ${ocs_man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md
        PATTERN *.1.md EXCLUDE)
