# The same tests with the C library's swapcontext() in place of the assembly. Not with the
# sanitizers, which take that for something else than it is.
if(NOT INIA_SANITIZE)
    file(GLOB task_sources CONFIGURE_DEPENDS engine/tasks/*.c)
    foreach(noun IN ITEMS context task scheduler)
        set(name tasks_${noun}_by_ucontext_test)
        add_executable(${name} tests/tasks/${noun}_test.c ${task_sources} tests/test_main.c)
        target_include_directories(${name} PRIVATE tests)
        target_compile_definitions(
            ${name} PRIVATE CONTEXT_BY_UCONTEXT=1 ${test_definitions})
        target_link_libraries(${name} PRIVATE inia_engine)
        set_target_properties(
            ${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
        add_test(NAME ${name} COMMAND ${name})
        inia_set_test_properties(${name} tasks)
    endforeach()
endif()
