#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/hub.h"
#include "hub/hub_server.h"
#include "support/temporary_folder.h"

namespace clipguide::test {

inline constexpr const char* kRepo = "laion/tiny-clip";

/// Bytes that do not repeat, so that a part in the wrong place shows.
inline std::string some_bytes(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  std::uint32_t state = seed;
  for (char& byte : bytes) byte = char((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

/// Settings that wait for nothing long.
inline weights::HubSettings quick_settings(const HubServer& server, const TemporaryFolder& folder) {
  weights::HubSettings settings;
  settings.hub_cache = folder / "hub";
  settings.own_cache = folder / "own";
  settings.endpoint = server.endpoint();
  settings.limits.connect_timeout = std::chrono::milliseconds(2000);
  settings.limits.stall_window = std::chrono::milliseconds(4000);  // a busy machine is no stall
  settings.limits.first_delay = std::chrono::milliseconds(10);
  settings.limits.longest_delay = std::chrono::milliseconds(20);
  settings.limits.longest_retry_after = std::chrono::milliseconds(2500);
  settings.limits.max_attempts = 3;
  return settings;
}

/// A hub with one small CLIP repository in open_clip's form.
class HubTest : public testing::Test {
 protected:
  HubTest() {
    server.add(kRepo, "open_clip_config.json", config, false);
    server.add(kRepo, "open_clip_model.safetensors", weights_bytes, true);
    server.add(kRepo, "vocab.json", "{\"a\": 0}", false);
    server.add(kRepo, "merges.txt", "#version\na b\n", false);
  }

  std::filesystem::path blob(const std::string& etag) const {
    return folder / "hub" / "models--laion--tiny-clip" / "blobs" / etag;
  }
  std::filesystem::path weights_blob() const { return blob(sha256_of(weights_bytes)); }
  std::string content(const std::filesystem::path& path) const {
    return base::read_file(path, 1 << 26);
  }
  /// Nothing under its final name, whatever went wrong.
  void expect_nothing_published() const {
    EXPECT_FALSE(std::filesystem::exists(weights_blob()));
    EXPECT_FALSE(std::filesystem::exists(folder / "hub" / "models--laion--tiny-clip" / "snapshots" /
                                         HubServer::kCommit / "open_clip_model.safetensors"));
  }
  std::filesystem::path fetch_weights() {
    return weights::Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_model.safetensors");
  }

  TemporaryFolder folder;
  HubServer server;
  weights::HubSettings settings = quick_settings(server, folder);
  weights::TransferHooks hooks;
  std::string config = "{\"model_cfg\": {}}";
  std::string weights_bytes = some_bytes(300'000);
};

/// The one line and the hint that an action fails with.
template <class Error, class Action>
std::string failure_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line";
    return std::string(error.what()) + " | " + error.hint();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace clipguide::test
