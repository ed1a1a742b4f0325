// SPDX-License-Identifier: ISC
#include "simulator/topologies/csv.hpp"
#include "simulator/topologies/topology.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace mp::sim {
namespace {

// A file that is gone afterwards, this process's own: tests run side by side.
class TempFile {
 public:
  TempFile(const std::string& name, const std::string& text)
      : path_(testing::TempDir() + std::to_string(getpid()) + "_" + name) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TempFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Layout made(const std::string& positions, const std::string& links) {
  const TempFile p("topology_positions.csv", positions), l("topology_links.csv", links);
  return make_layout({.kind = TopologyKind::file,
                      .positions = positions.empty() ? "" : p.path(),
                      .links = links.empty() ? "" : l.path()},
                     100'000, Seed(1));
}

// What is wrong, without the folder.
std::string why_not(const std::string& positions, const std::string& links) {
  try {
    made(positions, links);
  } catch (const ScenarioError& e) {
    const std::string text = e.what();
    return text.substr(text.find("topology_"));
  }
  return "it was taken";
}

TEST(FileTopology, Positions_WithHeaderCommentsQuotesAndCrlf) {
  const Layout layout = made(
      "\xef\xbb\xbf# our village\r\nname,x,y\r\n\r\nmill, 1.5 ,-2\r\n\"inn, \"\"old\"\"\",0.0004,1e3\r\n 7,+3,4\r\n",
      "");
  EXPECT_TRUE(layout.geometric);
  EXPECT_EQ(layout.names, (std::vector<std::string>{"mill", "inn, \"old\"", "7"}));
  EXPECT_EQ(layout.points, (std::vector<Point>{{1'500, -2'000}, {0, 1'000'000}, {3'000, 4'000}}));
  EXPECT_EQ(made("a,1,2\nb,3,4", "").points.size(), 2U);  // without a header, without a last line's end
}

TEST(FileTopology, Links_GiveNodesInOrderOfAppearance) {
  const Layout layout = made("", "a,b,loss_db\nx,y\ny,z,71.5\nx,z,\n");
  EXPECT_FALSE(layout.geometric);
  EXPECT_EQ(layout.names, (std::vector<std::string>{"x", "y", "z"}));
  ASSERT_EQ(layout.links.size(), 3U);
  EXPECT_EQ(layout.links[0].loss_mdb, FixedLink{}.loss_mdb);
  EXPECT_EQ(layout.links[1].a, 1U);
  EXPECT_EQ(layout.links[1].b, 2U);
  EXPECT_EQ(layout.links[1].loss_mdb, 71'500);
  EXPECT_EQ(layout.points.size(), 3U);
}

TEST(FileTopology, FirstRowOfLinks_IsAHeaderOnlyIfItNamesNobody) {
  EXPECT_EQ(made("", "a,b\nx,y\n").names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(made("", "a,b\nb,c\n").names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(made("a,0,0\nb,1,1\n", "a,b\n").links.size(), 1U);
  EXPECT_EQ(made("x,0,0\ny,1,1\n", "here,there\nx,y\n").links.size(), 1U);
}

TEST(FileTopology, PositionsAndLinks_PlacesAreForTheMapOnly) {
  const Layout layout = made("b,0,0\na,1,1\n", "a,b\n");
  EXPECT_FALSE(layout.geometric);
  EXPECT_EQ(layout.names, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(layout.links[0].a, 1U);
  EXPECT_EQ(layout.points[1], (Point{1'000, 1'000}));
}

TEST(FileTopology, WrongPositions_NameFileAndLine) {
  EXPECT_EQ(why_not("name,x,y\na,1\n", ""),
            "topology_positions.csv:2: has 2 columns; write name,x,y with x and y in metres");
  EXPECT_EQ(why_not("# one\na,1,2\nb,1,north\n", ""), "topology_positions.csv:3: \"north\" is not a number of metres");
  EXPECT_EQ(why_not("a,1,2\r\na,3,4\r\n", ""),
            "topology_positions.csv:2: there are two nodes \"a\"; give each a name of its own");
  EXPECT_EQ(why_not("a,1,1e9\n", ""), "topology_positions.csv:1: \"1e9\" is over 10,000 km away");
  EXPECT_EQ(why_not("a,1,nan\n", ""), "topology_positions.csv:1: \"nan\" is not a number of metres");
  EXPECT_EQ(why_not(",1,2\n", ""), "topology_positions.csv:1: a node without a name");
  EXPECT_EQ(why_not("\"a,1,2\n", ""), "topology_positions.csv:1: a quote is not closed");
  EXPECT_EQ(why_not("\"a\"b,1,2\n", ""),
            "topology_positions.csv:1: there is something between a closing quote and the comma");
  EXPECT_EQ(why_not("name,lat,lon\na,1,2\n", ""),
            "topology_positions.csv:1: the columns are \"lat\" and \"lon\"; write name,x,y with x and y in metres");
  EXPECT_EQ(why_not("name,x,y\n", ""), "topology_positions.csv: there are no nodes in it; write name,x,y for each");
}

TEST(FileTopology, WrongLinks_NameFileAndLine) {
  EXPECT_EQ(why_not("", "x,y\nx\n"), "topology_links.csv:2: has 1 columns; write a,b or a,b,loss_db");
  EXPECT_EQ(why_not("", "x,y\nx,x\n"), "topology_links.csv:2: a link from \"x\" to itself");
  EXPECT_EQ(why_not("", "x,y\n\ny,x\n"), "topology_links.csv:3: this link is in line 1 already; it goes both ways");
  EXPECT_EQ(why_not("", "x,y\ny,z,loud\n"), "topology_links.csv:2: \"loud\" is no loss in decibels, 0 to 300");
  EXPECT_EQ(why_not("x,0,0\ny,1,1\n", "x,y\nx,z\n"),
            "topology_links.csv:2: there is no node \"z\" among the positions");
  EXPECT_EQ(why_not("", "# nothing\n"), "topology_links.csv: there are no links in it; write a,b for each");
}

TEST(FileTopology, MissingFile_IsNamed) {
  try {
    make_layout({.kind = TopologyKind::file, .positions = "/nowhere/p.csv", .links = {}}, 1, Seed(1));
    FAIL();
  } catch (const ScenarioError& e) {
    EXPECT_STREQ(e.what(), "/nowhere/p.csv: cannot be read: No such file or directory");
  }
}

}  // namespace
}  // namespace mp::sim
