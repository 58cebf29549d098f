# Many seeds, each with an engine and a client of its own: slow under the sanitizers.
foreach(journey IN ITEMS journeys_life_test journeys_faults_test journeys_events_test
        journeys_pages_test journeys_tasks_test)
    if(TEST ${journey})
        set_tests_properties(${journey} PROPERTIES TIMEOUT 400)
    endif()
endforeach()
