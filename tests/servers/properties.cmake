# What the recovery tests have in flight while they make trouble.
add_executable(servers_crowd tests/servers/crowd.c)
target_link_libraries(servers_crowd PRIVATE inia_shared)
set_target_properties(
    servers_crowd PROPERTIES OUTPUT_NAME crowd
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/servers")
