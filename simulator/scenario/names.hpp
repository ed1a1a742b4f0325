// SPDX-License-Identifier: ISC
// The words that scenario files, reports and messages use for the kinds of things.
#pragma once

#include "simulator/scenario/scenario.hpp"

#include <string>
#include <vector>

namespace mp::sim {

// In the order of the enumerators.
template <typename E>
const std::vector<std::string>& words();

template <>
const std::vector<std::string>& words<TopologyKind>();
template <>
const std::vector<std::string>& words<MediumKind>();
template <>
const std::vector<std::string>& words<Misbehaviour>();
template <>
const std::vector<std::string>& words<FlowTo>();
template <>
const std::vector<std::string>& words<FlowPattern>();
template <>
const std::vector<std::string>& words<FaultKind>();
template <>
const std::vector<std::string>& words<RoutesKind>();

template <typename E>
const std::string& word_of(E e) {
  return words<E>().at(static_cast<std::size_t>(e));
}

}  // namespace mp::sim
