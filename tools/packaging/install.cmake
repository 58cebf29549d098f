# cmake --install: the libraries, the headers, the command, and packages for pkg-config and CMake.

list(TRANSFORM shared_names PREPEND "-l" OUTPUT_VARIABLE private_libraries)
list(JOIN private_libraries " " INIA_PRIVATE_LIBRARIES)

# The way back to the prefix, however deep lib is: what is installed may be moved as a whole.
string(REGEX REPLACE "[^/]+" ".." INIA_UP_FROM_CMAKE "${CMAKE_INSTALL_LIBDIR}/cmake/inia")
string(REGEX REPLACE "[^/]+" ".." INIA_UP_FROM_PKGCONFIG "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

foreach(template inia.pc inia-static.pc inia-config.cmake)
    configure_file(tools/packaging/${template}.in "${CMAKE_BINARY_DIR}/packaging/${template}" @ONLY)
endforeach()
include(CMakePackageConfigHelpers)
write_basic_package_version_file(
    "${CMAKE_BINARY_DIR}/packaging/inia-config-version.cmake" COMPATIBILITY SameMinorVersion)

install(TARGETS inia_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES "${archive}" DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/inia DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} OPTIONAL)
install(
    FILES "${CMAKE_BINARY_DIR}/packaging/inia.pc" "${CMAKE_BINARY_DIR}/packaging/inia-static.pc"
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(
    FILES "${CMAKE_BINARY_DIR}/packaging/inia-config.cmake"
          "${CMAKE_BINARY_DIR}/packaging/inia-config-version.cmake"
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/inia)
if(TARGET inia)
    install(TARGETS inia RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(
        FILES tools/packaging/completion.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME inia)
endif()
