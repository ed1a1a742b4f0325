// SPDX-License-Identifier: ISC
// The section [interop]: its keys.
#include "programs/mpnode/config_keys.hpp"

#include "programs/mpnode/text.hpp"

namespace mp::host {

ConfigSection interop_section() {
  ConfigSection s{"interop", SectionKind::table, "How nodes of the existing implementation are met.", {}, {}};
  s.keys.push_back(
      {"trees", KeyKind::text,
       "Whether this node takes part in their spanning tree, which gives it an address: \"auto\" as long as\n"
       "there is such a node in the mesh, \"always\", or \"off\". With an address of its own\n"
       "(node.address), or in a closed network, it never does.",
       nullptr, false, [](const Config& c, std::size_t) { return ConfigValue(c.interop.trees); },
       [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
         const auto& text = std::get<std::string>(v);
         if (text != "auto" && text != "always" && text != "off")
           return shown(text) + " is none of the choices; write \"auto\", \"always\" or \"off\"";
         c.interop.trees = text;
         return {};
       }});
  s.keys.push_back(
      {"tree_interval_s", KeyKind::number,
       "Seconds between two words in that tree; what was not renewed for three of them is dropped. All its\n"
       "nodes should agree: the existing implementation has 20.",
       nullptr, false, [](const Config& c, std::size_t) { return ConfigValue(c.interop.tree_interval_s); },
       [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
         const auto value = std::get<double>(v);
         if (!(value >= 1 && value <= 80))
           return number_text(value) + " is outside the range; write a number of seconds from 1 to 80";
         c.interop.tree_interval_s = value;
         return {};
       }});
  return s;
}

}  // namespace mp::host
