# The AWS CLI takes its time for each command, and more on a busy machine.
set_tests_properties(tools_output_test.py PROPERTIES TIMEOUT 400)
