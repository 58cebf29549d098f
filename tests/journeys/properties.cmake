# Many seeds, each with an engine and a client of its own: slow under the sanitizers.
foreach(journey IN ITEMS journeys_crowd_test journeys_discovery_test journeys_event_errors_test
        journeys_event_sinks_test journeys_events_test journeys_faults_test journeys_hedging_test
        journeys_hosts_test journeys_inner_test journeys_life_test journeys_matrix_test
        journeys_pages_test journeys_payload_test journeys_recovery_test journeys_redirect_test
        journeys_restarts_test journeys_session_test journeys_storms_test journeys_tasks_test
        journeys_wire_faults_test)
    if(TEST ${journey})
        set_tests_properties(${journey} PROPERTIES TIMEOUT 400)
    endif()
endforeach()
