# What the comparisons with botocore ask for inia's side of things.
add_executable(compare_speaker tests/compare/speaker.c)
target_link_libraries(compare_speaker PRIVATE inia_engine)
set_target_properties(
    compare_speaker PROPERTIES OUTPUT_NAME speaker
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/compare")

add_executable(compare_turner tests/compare/turner.c)
target_link_libraries(compare_turner PRIVATE inia_engine)
set_target_properties(
    compare_turner PROPERTIES OUTPUT_NAME turner
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests/compare")

foreach(comparison IN ITEMS requests responses moto pages)
    if(TEST compare_${comparison}_test.py)
        set_tests_properties(compare_${comparison}_test.py PROPERTIES TIMEOUT 400)
    endif()
endforeach()
