// SPDX-License-Identifier: ISC
// Broadcasts over ns-3's 802.11b, from a file of positions: who sent how often, who heard whom how often, as JSON. The
// other half of the comparison is our_air.cpp; README.md maps one's attributes to the other's keys. ns-3's headers need
// C++17.
#include <ns3/adhoc-wifi-mac.h>
#include <ns3/application.h>
#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/double.h>
#include <ns3/log.h>
#include <ns3/mobility-helper.h>
#include <ns3/node-container.h>
#include <ns3/position-allocator.h>
#include <ns3/propagation-delay-model.h>
#include <ns3/propagation-loss-model.h>
#include <ns3/random-variable-stream.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>
#include <ns3/wifi-net-device.h>
#include <ns3/wifi-phy.h>
#include <ns3/yans-wifi-channel.h>
#include <ns3/yans-wifi-helper.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Options {
  std::string positions;
  double rate = 1, seconds = 10, ed_dbm = -92.6, threshold_db = 1;
  unsigned body = 250, seed = 1;
};

std::vector<std::uint64_t> sent;
std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> heard;

// Broadcasts at random instants.
class Source : public ns3::Application {
 public:
  Source(const Options& options) : options_(options) {}

 private:
  void StartApplication() override {
    pause_ = ns3::CreateObject<ns3::ExponentialRandomVariable>();
    pause_->SetAttribute("Mean", ns3::DoubleValue(1 / options_.rate));
    const auto me = GetNode()->GetId();
    GetNode()->RegisterProtocolHandler(
        [me](ns3::Ptr<ns3::NetDevice>, ns3::Ptr<const ns3::Packet> packet, std::uint16_t, const ns3::Address&,
             const ns3::Address&, ns3::NetDevice::PacketType) {
          std::uint8_t from[4];
          packet->CopyData(from, 4);
          ++heard[{from[0] | from[1] << 8U | from[2] << 16U, me}];
        },
        0x88b5, GetNode()->GetDevice(0));
    plan();
  }
  void plan() { ns3::Simulator::Schedule(ns3::Seconds(pause_->GetValue()), &Source::send, this); }
  void send() {
    // An ESP-NOW body goes with 43 bytes around it; here MAC header, LLC/SNAP and FCS are 36.
    std::vector<std::uint8_t> bytes(options_.body + 43 - 36);
    const auto me = GetNode()->GetId();
    bytes[0] = me & 0xff;
    bytes[1] = me >> 8 & 0xff;
    bytes[2] = me >> 16 & 0xff;
    GetNode()->GetDevice(0)->Send(ns3::Create<ns3::Packet>(bytes.data(), bytes.size()),
                                  ns3::Mac48Address::GetBroadcast(), 0x88b5);
    plan();
  }

  Options options_;
  ns3::Ptr<ns3::ExponentialRandomVariable> pause_;
};

void count_sent(std::uint32_t node, ns3::Ptr<const ns3::Packet>, double) { ++sent[node]; }

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i], value = argv[i + 1];
    if (key == "--positions") options.positions = value;
    if (key == "--rate") options.rate = std::stod(value);
    if (key == "--seconds") options.seconds = std::stod(value);
    if (key == "--ed-dbm") options.ed_dbm = std::stod(value);
    if (key == "--body") options.body = static_cast<unsigned>(std::stoul(value));
    if (key == "--seed") options.seed = static_cast<unsigned>(std::stoul(value));
  }
  ns3::RngSeedManager::SetSeed(options.seed);

  auto places = ns3::CreateObject<ns3::ListPositionAllocator>();
  std::ifstream file(options.positions);
  std::uint32_t n = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream row(line);
    std::string name, x, y;
    if (!std::getline(row, name, ',') || !std::getline(row, x, ',') || !std::getline(row, y, ',')) continue;
    if (name == "name") continue;
    places->Add(ns3::Vector(std::stod(x), std::stod(y), 0));
    ++n;
  }
  if (n == 0) {
    std::fprintf(stderr, "no positions in '%s'\n", options.positions.c_str());
    return 2;
  }
  sent.resize(n);
  ns3::NodeContainer nodes(n);
  ns3::MobilityHelper mobility;
  mobility.SetPositionAllocator(places);
  mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
  mobility.Install(nodes);

  ns3::YansWifiChannelHelper channel;
  channel.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
  channel.AddPropagationLoss("ns3::LogDistancePropagationLossModel", "Exponent", ns3::DoubleValue(3),
                             "ReferenceDistance", ns3::DoubleValue(1), "ReferenceLoss", ns3::DoubleValue(40.09));
  ns3::YansWifiPhyHelper phy;
  phy.SetChannel(channel.Create());
  phy.SetErrorRateModel("ns3::NistErrorRateModel");  // for DSSS: DsssErrorRateModel
  phy.Set("TxPowerStart", ns3::DoubleValue(16));
  phy.Set("TxPowerEnd", ns3::DoubleValue(16));
  phy.Set("RxNoiseFigure", ns3::DoubleValue(7));
  phy.Set("CcaEdThreshold", ns3::DoubleValue(options.ed_dbm));
  phy.Set("CcaSensitivity", ns3::DoubleValue(options.ed_dbm));
  // Without these two nothing below -82 dBm is received.
  phy.SetPreambleDetectionModel("ns3::ThresholdPreambleDetectionModel", "MinimumRssi", ns3::DoubleValue(-98),
                                "Threshold", ns3::DoubleValue(options.threshold_db));
  ns3::WifiMacHelper mac;
  mac.SetType("ns3::AdhocWifiMac", "QosSupported", ns3::BooleanValue(false));
  ns3::Config::SetDefault("ns3::WifiMacQueue::MaxSize", ns3::StringValue("4p"));
  ns3::Config::SetDefault("ns3::WifiMacQueue::MaxDelay", ns3::StringValue("1000s"));
  ns3::WifiHelper wifi;
  wifi.SetStandard(ns3::WIFI_STANDARD_80211b);
  wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode", ns3::StringValue("DsssRate1Mbps"),
                               "ControlMode", ns3::StringValue("DsssRate1Mbps"), "NonUnicastMode",
                               ns3::StringValue("DsssRate1Mbps"));
  const ns3::NetDeviceContainer devices = wifi.Install(phy, mac, nodes);
  wifi.AssignStreams(devices, 1000);

  for (std::uint32_t i = 0; i < n; ++i) {
    const auto device = ns3::DynamicCast<ns3::WifiNetDevice>(devices.Get(i));
    device->GetPhy()->TraceConnectWithoutContext("PhyTxBegin", ns3::MakeBoundCallback(&count_sent, i));
    auto source = ns3::CreateObject<Source>(options);
    source->SetStartTime(ns3::Seconds(0));
    nodes.Get(i)->AddApplication(source);
  }
  ns3::Simulator::Stop(ns3::Seconds(options.seconds));
  ns3::Simulator::Run();
  ns3::Simulator::Destroy();

  std::printf("{\"sent\": [");
  for (std::uint32_t i = 0; i < n; ++i) std::printf("%s%llu", i ? ", " : "", static_cast<unsigned long long>(sent[i]));
  std::printf("], \"heard\": [");
  const char* comma = "";
  for (const auto& [link, count] : heard) {
    std::printf("%s[%u, %u, %llu]", comma, link.first, link.second, static_cast<unsigned long long>(count));
    comma = ", ";
  }
  std::printf("]}\n");
}
