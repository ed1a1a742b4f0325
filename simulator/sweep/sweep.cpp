// SPDX-License-Identifier: ISC
#include "simulator/sweep/sweep.hpp"

#include "simulator/world/world.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace mp::sim {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);

class Workers {
 public:
  Workers(const Plan& plan, const Shard& shard, unsigned jobs, const MakeRow& make_row)
      : plan_(plan), shard_(shard), make_row_(make_row) {
    all_ = plan.runs() > shard.index ? (plan.runs() - shard.index - 1) / shard.count + 1 : 0;
    const auto threads = static_cast<unsigned>(std::min<std::size_t>(jobs, all_));
    for (unsigned i = 0; i < threads; ++i) controls_.emplace_back(stop_);
    try {
      for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work(controls_[i]); });
    } catch (...) {  // the system gives no more threads
      if (threads_.empty()) throw;
    }
  }
  ~Workers() {
    stop();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void stop() { stop_ = true; }

  // Waits a little, then gives the rows that are done and next in the list. `gaps`: also those after one that is not.
  std::vector<Row> take(bool gaps) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, gaps ? std::chrono::milliseconds(0) : kLook,
                      [this] { return failure_ || ready() || over(); });
    if (failure_) std::rethrow_exception(failure_);
    std::vector<Row> rows;
    while (!rows_.empty() && (gaps || rows_.begin()->first == told_)) {
      told_ = rows_.begin()->first + 1;
      rows.push_back(std::move(rows_.begin()->second));
      rows_.erase(rows_.begin());
    }
    return rows;
  }

  bool finished() {
    const std::lock_guard lock(mutex_);
    return over() && !ready();
  }

  SweepProgress progress() {
    const std::lock_guard lock(mutex_);
    SweepProgress p{done_, failed_, all_, static_cast<double>(done_)};
    for (const RunControl& control : controls_) p.share += control.share();
    p.share = all_ == 0 ? 1 : std::min(p.share / static_cast<double>(all_), 1.0);
    return p;
  }

  bool complete() const { return done_ == all_; }

 private:
  bool ready() const { return !rows_.empty() && rows_.begin()->first == told_; }
  bool over() const { return ended_ == threads_.size(); }

  void work(RunControl& control) {
    for (;;) {
      const std::size_t position = next_.fetch_add(1);
      if (position >= all_ || stop_) break;
      std::optional<Row> row;
      std::exception_ptr failure;
      try {
        row = make_row_(plan_.run(shard_.index + position * shard_.count), control);
      } catch (...) {
        failure = std::current_exception();
        stop_ = true;
      }
      const std::lock_guard lock(mutex_);
      control.set_share(0);
      if (failure && !failure_) failure_ = failure;
      if (row) {
        ++done_;
        failed_ += row->ok ? 0U : 1U;
        rows_.emplace(position, std::move(*row));
      }
      changed_.notify_one();
    }
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_one();
  }

  const Plan& plan_;
  const Shard shard_;
  const MakeRow& make_row_;
  std::size_t all_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> next_ = 0;  // positions in the list of this shard
  std::deque<RunControl> controls_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Row> rows_;  // done, not yet taken; by position
  std::size_t told_ = 0, done_ = 0, failed_ = 0, ended_ = 0;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace

bool run_all(const Plan& plan, const Shard& shard, unsigned jobs, const MakeRow& make_row,
             const SweepListener& listener) {
  Workers workers(plan, shard, std::max(jobs, 1U), make_row);
  bool stopped = false;
  while (!workers.finished()) {
    for (const Row& row : workers.take(false)) listener.on_row(row);
    if (!stopped && listener.on_look && listener.on_look(workers.progress())) {
      stopped = true;
      workers.stop();
    }
  }
  for (const Row& row : workers.take(true)) listener.on_row(row);
  return workers.complete();
}

std::optional<Row> simulate(const ScenarioSource& source, const Plan& plan, const PlannedRun& run, bool timings,
                            RunControl& control) {
  const auto failed = [&run](const char* why) {
    Row row;
    row.run = run.number;
    row.seed = run.seed;
    row.error = why;
    return row;
  };
  try {
    World world(source.scenario(plan.overrides(run.combination)), run.seed);
    world.run([&control](const World::Progress& p) {
      if (p.end.us > 0) control.set_share(static_cast<double>(p.now.us) / static_cast<double>(p.end.us));
      return control.stopped();
    });
    const Result result = world.result();
    if (result.interrupted) return std::nullopt;
    return make_row(run, result, timings);
  } catch (const ScenarioError& error) {
    return failed(error.what());
  }
}

}  // namespace mp::sim
