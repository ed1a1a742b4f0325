# `mpctl codec` as a library, so that the program and its test link the same code.
find_package(nlohmann_json REQUIRED)

add_library(mp_codec STATIC
  codec.cpp codec_messages.cpp codec_packets.cpp codec_request.cpp codec_sequences.cpp codec_trees.cpp)
target_compile_features(mp_codec PUBLIC cxx_std_20)
target_include_directories(mp_codec PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(mp_codec PUBLIC micropycelium::packet micropycelium::messages
  PRIVATE nlohmann_json::nlohmann_json mp_warnings)

mp_tests(codec_test SOURCES codec_test.cpp codec_trees_test.cpp codec_vectors_test.cpp LIBRARIES mp_codec nlohmann_json::nlohmann_json)
mp_fuzz_targets(mp_codec nlohmann_json::nlohmann_json)
if(TARGET codec_test)
  target_compile_definitions(codec_test PRIVATE MP_CODEC_GUIDE="${CMAKE_CURRENT_SOURCE_DIR}/CODEC.md")
endif()
