# cmake --install: program, library, headers, CMake package, man page, completions, models.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The program describes itself: man page and completions come from the options it really has.
set(documents ${PROJECT_BINARY_DIR}/documents)
file(MAKE_DIRECTORY ${documents})
function(clipguide_document file)
  add_custom_command(OUTPUT ${documents}/${file}
    COMMAND clipguide_cli ${ARGN} > ${documents}/${file}
    DEPENDS clipguide_cli
    COMMENT "Writing ${file}"
    VERBATIM)
endfunction()
clipguide_document(clipguide.1 man)
clipguide_document(clipguide.bash completion bash)
clipguide_document(_clipguide completion zsh)
clipguide_document(clipguide.fish completion fish)
add_custom_target(clipguide_documents ALL DEPENDS
  ${documents}/clipguide.1 ${documents}/clipguide.bash ${documents}/_clipguide
  ${documents}/clipguide.fish)

set_target_properties(clipguide_cli PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS clipguide_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS clipguide EXPORT clipguide-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/clipguide/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/clipguide
  FILES_MATCHING PATTERN "*.h" PATTERN "cli" EXCLUDE)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/clipguide)
install(EXPORT clipguide-targets NAMESPACE clipguide:: DESTINATION ${package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/clipguide-config.cmake.in
  ${PROJECT_BINARY_DIR}/clipguide-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/clipguide-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/clipguide-config.cmake
  ${PROJECT_BINARY_DIR}/clipguide-config-version.cmake DESTINATION ${package})

install(FILES ${documents}/clipguide.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${documents}/clipguide.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME clipguide)
install(FILES ${documents}/_clipguide DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${documents}/clipguide.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models
  DESTINATION ${CMAKE_INSTALL_DATADIR}/clipguide OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
