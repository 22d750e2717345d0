#pragma once

#include <functional>
#include <optional>
#include <string>

#include "clipguide/weights/hub_settings.h"

namespace clipguide::cli {

/// Value of an environment variable, or nothing; an empty one counts as not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;

/// Where models live and come from, by the variables that Python's huggingface_hub reads too:
///   cache    HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, $HF_HOME/hub,
///            $XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub
///   own      $XDG_CACHE_HOME/clipguide, ~/.cache/clipguide
///   token    HF_TOKEN, HUGGING_FACE_HUB_TOKEN, file HF_TOKEN_PATH, file $HF_HOME/token
///   others   HF_ENDPOINT, HF_HUB_OFFLINE (1, true, yes, on)
/// Folders are left empty when nothing tells them; who needs one then says so.
weights::HubSettings hub_settings_from(const EnvironmentLookup& lookup);

/// The same from this process's environment.
weights::HubSettings hub_settings_from_environment();

}  // namespace clipguide::cli
