# Finds the tests and says how each is built and run. There is nothing to register by hand:
#
#   tests/<folder>/*_test.c      a program with the harness of tests/test.h; those of world and
#                                journeys, and world_* elsewhere, run in the simulated world, those
#                                of tools have the tools
#   tests/<folder>/*_test.sh     an executable script (or *_test.py) that finds in its environment
#                                INIA, the command line, INIA_BUILD, INIA_SOURCE and INIA_SANITIZE
#   tests/fuzz/<name>_fuzz.c     a fuzz target in the preset fuzz; elsewhere it reads what is in
#                                tests/fuzz/corpus/<name>
#   tests/examples/*.c           programs that see the public headers and library only
#
# A test is named <folder>_<noun>_test, has the label <folder>, 120 seconds, and is skipped when it
# exits with 77. A file tests/<folder>/properties.cmake may change that with set_tests_properties.

enable_testing()

file(GLOB test_folders LIST_DIRECTORIES true CONFIGURE_DEPENDS tests/*)
list(FILTER test_folders EXCLUDE REGEX "\\.[a-z]+$")

set(test_environment
    "INIA=${CMAKE_BINARY_DIR}/inia" "INIA_BUILD=${CMAKE_BINARY_DIR}"
    "INIA_SOURCE=${CMAKE_SOURCE_DIR}" "INIA_SANITIZE=${INIA_SANITIZE}")
set(test_paths
    "PATH=path_list_prepend:${CMAKE_SOURCE_DIR}/.deps/venv/bin"
    "PATH=path_list_append:${CMAKE_SOURCE_DIR}/.deps/bin")

function(inia_set_test_properties name folder)
    set_tests_properties(
        ${name} PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77 LABELS ${folder}
        ENVIRONMENT "${test_environment}" ENVIRONMENT_MODIFICATION "${test_paths}")
endfunction()

set(test_definitions
    "INIA_VECTORS=\"${INIA_VECTORS}\"" "INIA_TEST_MODELS=\"${CMAKE_SOURCE_DIR}/.deps/models\"")

function(inia_add_program_test folder source)
    get_filename_component(noun ${source} NAME_WE)
    set(name ${folder}_${noun})
    add_executable(${name} ${source} tests/test_main.c)
    target_include_directories(${name} PRIVATE tests)
    target_compile_definitions(${name} PRIVATE ${test_definitions})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    if(folder MATCHES "^(world|journeys)$" OR noun MATCHES "^world_")
        target_link_libraries(${name} PRIVATE inia_world)
    elseif(folder STREQUAL tools)
        target_link_libraries(${name} PRIVATE inia_tools)
    else()
        target_link_libraries(${name} PRIVATE inia_engine)
    endif()
    add_test(NAME ${name} COMMAND ${name})
    inia_set_test_properties(${name} ${folder})
endfunction()

# The models are the user's choice first, and those of tools/setup otherwise.
function(inia_add_script_test folder source)
    get_filename_component(file ${source} NAME)
    set(name ${folder}_${file})
    add_test(
        NAME ${name}
        COMMAND sh -c "INIA_MODELS=\${INIA_MODELS:-$1} exec \"$0\"" ${source}
                "${CMAKE_SOURCE_DIR}/.deps/models")
    inia_set_test_properties(${name} ${folder})
endfunction()

foreach(path ${test_folders})
    get_filename_component(folder ${path} NAME)
    file(GLOB programs CONFIGURE_DEPENDS ${path}/*_test.c)
    foreach(source ${programs})
        inia_add_program_test(${folder} ${source})
    endforeach()
    file(GLOB scripts CONFIGURE_DEPENDS ${path}/*_test.sh ${path}/*_test.py)
    foreach(source ${scripts})
        inia_add_script_test(${folder} ${source})
    endforeach()
endforeach()

# A fuzz target is fed what it found earlier and new inputs for a few seconds; what it finds stays
# in the build folder.
function(inia_add_fuzz_test source)
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" noun ${name})
    set(corpus "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${noun}")
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE inia_tools)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    if(fuzzing)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set(found "${CMAKE_BINARY_DIR}/fuzz/corpus/${noun}")
        file(MAKE_DIRECTORY "${found}")
        if(NOT EXISTS "${corpus}")
            set(corpus)
        endif()
        add_test(
            NAME ${name} COMMAND ${name} -max_total_time=${INIA_FUZZ_SECONDS} -timeout=10
                                 -print_final_stats=1 "${found}" ${corpus})
    else()
        target_sources(${name} PRIVATE tests/replay_main.c)
        add_test(NAME ${name} COMMAND ${name} "${corpus}")
    endif()
    inia_set_test_properties(${name} fuzz)
endfunction()

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.c)
foreach(source ${fuzz_sources})
    inia_add_fuzz_test(${source})
endforeach()

file(GLOB example_sources CONFIGURE_DEPENDS tests/examples/*.c)
list(FILTER example_sources EXCLUDE REGEX "_test\\.c$")
foreach(source ${example_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(example_${name} ${source})
    target_link_libraries(example_${name} PRIVATE inia_shared)
    set_target_properties(
        example_${name} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/examples")
endforeach()

foreach(path ${test_folders})
    include(${path}/properties.cmake OPTIONAL)
endforeach()
