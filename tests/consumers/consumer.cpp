// The least a program in C++ can be: the headers must be C++ as well, and its names C's.
#include <inia/inia.h>

#include <iostream>
#include <memory>
#include <string>

int main()
{
    if (std::string(inia_status_name(INIA_OK)) != "INIA_OK")
        return 1;
    inia_error error{};
    std::unique_ptr<inia_engine, decltype(&inia_engine_free)> engine(
        inia_engine_new(nullptr, &error), inia_engine_free);
    std::cout << "C++: " << (engine ? "an engine ran" : error.detail) << "\n";
    return engine || error.status == INIA_UNSUPPORTED ? 0 : 1;
}
