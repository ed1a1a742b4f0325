// SPDX-License-Identifier: ISC
// Everything a program needs to run a node: the node itself, what it is given (Interface, Storage, Random, Blob),
// and the Applications that come with it. A file that needs less includes less.
#pragma once

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/applications/seal.hpp"
#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/applications/trace_route.hpp"
#include "micropycelium/node/loopback.hpp"
#include "micropycelium/node/node.hpp"
#include "micropycelium/node/static_node.hpp"
#include "micropycelium/platform/blob.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/platform/platform.hpp"
