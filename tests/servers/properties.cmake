# What the recovery tests have in flight while they make trouble.
add_executable(servers_crowd tests/servers/crowd.c)
target_link_libraries(servers_crowd PRIVATE inia_shared)
set_target_properties(
    servers_crowd PROPERTIES OUTPUT_NAME crowd
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/servers")

# What is done on a bad way, beside boto3.
add_executable(servers_errands tests/servers/errands.c)
target_link_libraries(servers_errands PRIVATE inia_shared)
set_target_properties(
    servers_errands PROPERTIES OUTPUT_NAME errands
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/servers")

# MinIO asks whom it meets while it starts to come back in a minute: they do.
if(TEST servers_recovery_test.py)
    set_tests_properties(servers_recovery_test.py PROPERTIES TIMEOUT 300)
endif()
