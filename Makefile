# The short words for what is done often. CMake and Ninja do the work (CMakePresets.json), scripts/ holds the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build run test check check-simulator bench bench-transport bench-processes size format tidy fuzz interop qemu soak kills captured-day storm scale ns3 deps-run deps-test clean bench-routing bench-mesh

# Jobs for compilers and tests: all cores, or `make test JOBS=1`.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# Seconds that each fuzz target runs under `make fuzz`.
SECONDS_EACH ?= 60
# What `make soak` sends, and its seed.
DATAGRAMS ?= 10000000
SEED ?= 1
# How often `make kills` kills a node.
KILLS ?= 50
# Hours that `make captured-day` records.
HOURS ?= 24
# The seeds of `make storm`.
SEEDS ?= 1-1000

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || \
	  sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1  \2/p' Makefile

build: deps-run ## the programs, into build/release/bin
	@scripts/build release programs

run: deps-run ## twelve nodes that find each other, hang themselves into trees and carry blobs (KEEP=1 leaves it running)
	@scripts/build release mpnode
	@scripts/build release mpctl
	@KEEP="$(KEEP)" scripts/demo

test: deps-test ## everything, built with gcc and tested
	@scripts/build release all
	@# Meshes of processes wait more than they compute: twice as many tests at once.
	@ctest --preset release -j $$((2 * $(JOBS)))

check: ## what CI checks besides the tests: format, floors, clang with sanitizers, fuzzing, microcontrollers
	@scripts/deps test cross clang
	@scripts/check

check-simulator: ## the simulator's tests under the sanitizers
	@scripts/deps clang
	@scripts/check simulator

bench: deps-test ## benchmarks
	@scripts/build release benchmarks
	@scripts/bench

bench-transport: deps-test ## reliable transport against its bars, in the simulator (ARGS="--quick --seed 1" ...)
	@scripts/build release transport_bench
	@build/release/bin/transport_bench $(ARGS)

bench-routing: deps-test ## the next hop over graphs against its bars (ARGS="--quick --seed 1" ...)
	@scripts/build release routing_bench
	@build/release/bin/routing_bench $(ARGS)

bench-mesh: deps-test ## meshes of a thousand nodes on air that collides (ARGS="--quick --seed 1" ...)
	@scripts/build release mesh_bench
	@build/release/bin/mesh_bench $(ARGS)

bench-processes: deps-test ## transfers and meshes of real processes (RETICULUM=<checkout>, YGGDRASIL=1 beside them)
	@scripts/build release mpnode
	@scripts/build release mpctl
	@benchmarks/processes/transfers.py $(if $(RETICULUM),--reticulum "$(RETICULUM)")
	@benchmarks/processes/convergence.py $(if $(YGGDRASIL),--yggdrasil) || [ $$? -eq 77 ]

size: ## bytes of each room and of a node on two microcontrollers; keeps docs/size.md
	@scripts/deps cross
	@scripts/sodium_source
	@scripts/build cortex-m3 all
	@scripts/build rv32imc all
	@scripts/size.py --write

format: ## lays out the sources as .clang-format says
	@scripts/deps clang
	@scripts/format --write

tidy: ## clang-tidy over the core and the programs
	@scripts/deps clang
	@scripts/tidy

fuzz: ## each fuzz target for SECONDS_EACH seconds (60)
	@scripts/deps clang
	@scripts/build sanitize all
	@scripts/fuzz --seconds $(SECONDS_EACH)

soak: ## DATAGRAMS (ten million) random and mutated datagrams into a node, with sanitizers
	@scripts/deps clang
	@scripts/build sanitize node_storm
	@build/sanitize/tests/node_storm --datagrams $(DATAGRAMS) --seed $(SEED)

kills: deps-test ## kills one of two nodes in the middle of a transfer, KILLS (50) times, from SEED on
	@scripts/build release mpnode
	@scripts/build release mpctl
	@KILLS=$(KILLS) SEED=$(SEED) JOBS=4 MP_BIN=build/release/bin tests/e2e/test_kills.py

captured-day: deps-test ## a day of a closed network recorded, HOURS (24) from SEED: nothing in it that must not show
	@scripts/build release mpsim
	@scripts/build release mpnode
	@scripts/build release mpctl
	@MP_BIN=build/release/bin tests/e2e/captured_day.py --hours $(HOURS) --seed $(SEED)

storm: deps-run ## a hundred nodes under every kind of fault, under each of SEEDS (1-1000), in the simulator
	@scripts/build release mpsim
	@build/release/bin/mpsim sweep simulator/scenarios/storm.toml --seeds $(SEEDS)

scale: deps-run ## how fast the simulator is: 100 to 10,000 nodes, and 100,000 that only beacon
	@scripts/build release mpsim
	@scripts/scale

ns3: deps-run ## the simulator's ESP-NOW against ns-3's 802.11b
	@scripts/deps ns3
	@cmake -S tests/ns3 -B build/ns3 -G Ninja >/dev/null && ninja -C build/ns3 -j $(JOBS) our_air ns3_air
	@tests/ns3/compare.py --bin build/ns3

interop: deps-test ## with the existing implementation: make interop REF=<checkout> REF_BRIDGE=<program>
	@scripts/build release programs
	@REF="$(REF)" REF_BRIDGE="$(REF_BRIDGE)" tests/interop/run_reference.py --bin build/release/bin

qemu: ## the bare-metal image on an emulated RISC-V board
	@scripts/deps cross qemu
	@scripts/sodium_source
	@scripts/build rv32imc all
	@scripts/qemu

deps-run:
	@scripts/deps run
deps-test:
	@scripts/deps test

clean: ## removes what was built
	@rm -rf build
