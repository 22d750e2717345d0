#include "clipguide/weights/hub.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "clipguide/weights/download.h"
#include "clipguide/weights/model_files.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;

std::string plain_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// What to do about a refusal, in the words of someone who wants the model.
std::string refusal_hint(const TransferError& error, const std::string& page, bool has_token) {
  const int status = error.status();
  if (status == 401 && has_token)
    return "the token in HF_TOKEN is not accepted, or there is no such repository: see " + page;
  if (status == 401)
    return "no such repository, or a gated or private one: see " + page +
           ", accept its terms there and set HF_TOKEN";
  if (status == 403) return "accept the model's terms at " + page + " with HF_TOKEN's account";
  if (error.error_code == "RevisionNotFound") return "no such branch, tag or commit: see " + page;
  if (status == 404) return "no such repository or file: see " + page;
  return error.hint();
}

// The cached model's files, when all that are needed are there.
bool is_complete(const HubCache& cache, const std::string& repo, const std::string& commit) {
  for (const ModelForm& form : kModelForms)
    if (cache.has(repo, commit, std::string(form.config)))
      for (const std::string_view weights : form.weights)
        if (cache.has(repo, commit, std::string(weights))) return true;
  return false;
}

bool is_tokenizer_settled(const HubCache& cache, const std::string& repo,
                          const std::string& commit) {
  for (const std::string_view name : kTokenizerFiles) {
    const std::string file(name);
    if (!cache.has(repo, commit, file) && !cache.is_known_absent(repo, commit, file)) return false;
  }
  return true;
}

void check_names(const std::string& repo, const std::string& revision,
                 std::span<const std::string> files) {
  check_repo_name(repo);
  check_revision(revision);
  for (const std::string& file : files) check_file_name(file);
}

// For messages: the first needed file that is not there.
std::string first_missing(const HubCache& cache, const std::string& repo,
                          const std::optional<std::string>& commit) {
  if (!commit) return std::string(kModelForms[0].config);
  for (const ModelForm& form : kModelForms)
    if (cache.has(repo, *commit, std::string(form.config))) return std::string(form.weights[0]);
  return std::string(kModelForms[0].config);
}

}  // namespace

Hub::Hub(const HubSettings& settings, const TransferHooks& hooks)
    : settings_(settings), cache_(settings.hub_cache), client_(settings, hooks) {
  while (settings_.endpoint.ends_with('/')) settings_.endpoint.pop_back();
  for (const unsigned char c : settings_.token)
    if (c <= 0x20 || c >= 0x7f)
      throw base::UsageError("token: expected visible ASCII characters only",
                             "look at HF_TOKEN and the file HF_TOKEN_PATH names");
  if (settings_.hub_cache.empty())
    throw base::UsageError("no folder for the model cache", "set HOME or HF_HUB_CACHE");
}

std::string Hub::address(const std::string& repo, const std::string& revision,
                         const std::string& file) const {
  return settings_.endpoint + "/" + repo + "/resolve/" + percent_encode(revision, false) + "/" +
         percent_encode(file, true);
}

std::optional<fs::path> Hub::cached_model(const std::string& repo,
                                          const std::string& revision) const {
  const auto commit = cache_.commit_of(repo, revision);
  if (!commit || !is_complete(cache_, repo, *commit)) return std::nullopt;
  return cache_.snapshot(repo, *commit);
}

void Hub::refuse_offline(const std::string& repo, const std::string& revision) const {
  const auto commit = cache_.commit_of(repo, revision);
  throw base::NetworkError(
      fmt::format("{}: offline, and {} is not in the cache ({})", repo,
                  first_missing(cache_, repo, commit), cache_.repo_folder(repo).string()),
      "unset HF_HUB_OFFLINE, or copy the model there from another machine");
}

// HEAD: a redirect that already tells all of it is not followed.
RemoteFile Hub::ask(const std::string& repo, const std::string& revision, const std::string& file) {
  RemoteFile remote;
  remote.name = file;
  std::string etag, size;
  const auto look = [&](const HttpResponse& hop) {
    if (const auto* commit = hop.header("x-repo-commit")) remote.commit = *commit;
    if (const auto* linked = hop.header("x-linked-etag")) etag = plain_etag(*linked);
    if (const auto* linked = hop.header("x-linked-size")) size = *linked;
    return remote.commit.empty() || etag.empty() || size.empty() || !hop.is_redirect();
  };
  const HttpRequest request{
      .head = true, .url = address(repo, revision, file), .token = settings_.token, .headers = {}};
  const HttpResponse response = client_.request(request, look);
  if (response.status == 404 && is_commit(remote.commit))
    cache_.remember_absent(repo, remote.commit, file);
  if (response.status != 200 && !response.is_redirect()) throw status_error(response);
  if (etag.empty() && response.header("etag")) etag = plain_etag(*response.header("etag"));
  if (size.empty() && response.header("content-length")) size = *response.header("content-length");

  // Nothing is fetched that could not be verified.
  const auto checksum = Checksum::from_hex(etag);
  const auto [end, failure] =
      std::from_chars(size.data(), size.data() + size.size(), remote.size_bytes);
  const bool has_size = !size.empty() && failure == std::errc() && end == size.data() + size.size();
  if (!is_commit(remote.commit) || !checksum || !has_size)
    throw base::NetworkError(
        fmt::format("{}: expected a commit, a sha256 or git ETag and a size, got '{}', '{}', '{}'",
                    request.url, remote.commit, etag, size),
        "is HF_ENDPOINT a Hugging Face hub?");
  remote.checksum = *checksum;
  return remote;
}

// Nothing when the file does not exist; every other refusal is an error with a hint.
std::optional<RemoteFile> Hub::look_up(const std::string& repo, const std::string& revision,
                                       const std::string& file) {
  std::optional<RemoteFile> remote;
  try {
    with_retries(client_, [&] { remote = ask(repo, revision, file); });
  } catch (const TransferError& error) {
    const bool only_the_file = error.error_code.empty() || error.error_code == "EntryNotFound";
    if (error.status() == 404 && only_the_file) return std::nullopt;
    const std::string page = settings_.endpoint + "/" + repo;
    TransferError told(fmt::format("{}: {}", repo, error.what()), false, error.status(),
                       refusal_hint(error, page, !settings_.token.empty()));
    told.error_code = error.error_code;
    throw told;
  }
  return remote;
}

fs::path Hub::fetch(const std::string& repo, RemoteFile file, bool rehash_cached) {
  for (bool second = false;; second = true) {
    Download wanted{.url = address(repo, file.commit, file.name),
                    .token = settings_.token,
                    .target = cache_.blob(repo, file.checksum),
                    .lock = cache_.lock(repo, file.checksum),
                    .label = repo + "/" + file.name,
                    .checksum = file.checksum,
                    .size_bytes = file.size_bytes,
                    .from_hub = true,
                    .rehash_existing = rehash_cached};
    try {
      download(wanted, client_);
      cache_.link(repo, file.commit, file.name, file.checksum);
      return cache_.snapshot(repo, file.commit) / file.name;
    } catch (const ChangedOnServer& changed) {
      if (second) throw;
      base::log(client_.hooks().log, base::LogLevel::warning, changed.what());
      const auto anew = look_up(repo, file.commit, file.name);
      if (!anew) throw;
      file = *anew;
    } catch (const TransferError& error) {
      throw TransferError(
          error.what(), false, error.status(),
          refusal_hint(error, settings_.endpoint + "/" + repo, !settings_.token.empty()));
    }
  }
}

// The files of a model, all as of one commit.
std::vector<RemoteFile> Hub::choose_files(const std::string& repo, const std::string& revision) {
  std::string at = revision;
  std::vector<RemoteFile> files;
  const auto exists = [&](std::string_view name) {
    if (is_commit(at) && cache_.is_known_absent(repo, at, std::string(name))) return false;
    auto remote = look_up(repo, at, std::string(name));
    if (!remote) {
      if (is_commit(at)) cache_.remember_absent(repo, at, std::string(name));
      return false;
    }
    at = remote->commit;
    files.push_back(std::move(*remote));
    return true;
  };
  for (const ModelForm& form : kModelForms) {
    files.clear();
    if (!exists(form.config)) continue;
    if (std::none_of(form.weights.begin(), form.weights.end(), exists)) continue;
    for (const std::string_view name : kTokenizerFiles) exists(name);
    return files;
  }
  throw base::NetworkError(
      fmt::format("{}@{}: expected open_clip_config.json with open_clip_model.safetensors, or "
                  "config.json with model.safetensors, got neither",
                  repo, revision),
      "is it a CLIP model? See " + settings_.endpoint + "/" + repo + "/tree/" + at);
}

fs::path Hub::fetch_model(const std::string& repo, const std::string& revision, bool refresh) {
  check_repo_name(repo);
  check_revision(revision);
  const auto cached = cached_model(repo, revision);
  if (settings_.offline && !cached) refuse_offline(repo, revision);
  if (cached && settings_.offline) return *cached;
  if (cached && !refresh && is_tokenizer_settled(cache_, repo, cached->filename())) return *cached;
  try {
    const std::string at = cached && !refresh ? cached->filename().string() : revision;
    const auto files = choose_files(repo, at);
    for (auto file = files.rbegin(); file != files.rend(); ++file)
      fetch(repo, *file, refresh);  // the config last: with it the model counts as complete
    cache_.remember_commit(repo, revision, files.front().commit);
    return cache_.snapshot(repo, files.front().commit);
  } catch (const base::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    if (!cached || refresh) throw;
    base::log(client_.hooks().log, base::LogLevel::warning,
              fmt::format("{}; taking the copy in the cache", error.what()));
    return *cached;
  }
}

fs::path Hub::fetch_file(const std::string& repo, const std::string& revision,
                         const std::string& file) {
  check_names(repo, revision, {&file, 1});
  const auto commit = cache_.commit_of(repo, revision);
  const bool cached = commit && cache_.has(repo, *commit, file);
  if (cached && (settings_.offline || is_commit(revision)))
    return cache_.snapshot(repo, *commit) / file;
  return download_first_of(repo, revision, {&file, 1});
}

fs::path Hub::fetch_first_of(const std::string& repo, const std::string& revision,
                             std::span<const std::string> files) {
  check_names(repo, revision, files);
  if (const auto commit = cache_.commit_of(repo, revision))
    for (const std::string& file : files)
      if (cache_.has(repo, *commit, file)) return cache_.snapshot(repo, *commit) / file;
  return download_first_of(repo, revision, files);
}

fs::path Hub::download_first_of(const std::string& repo, const std::string& revision,
                                std::span<const std::string> files) {
  if (settings_.offline)
    throw base::NetworkError(fmt::format("{}: offline, and {} is not in the cache ({})", repo,
                                         files.front(), cache_.repo_folder(repo).string()),
                             "unset HF_HUB_OFFLINE");
  for (const std::string& file : files)
    if (const auto remote = look_up(repo, revision, file)) {
      fs::path path = fetch(repo, *remote, false);
      cache_.remember_commit(repo, revision, remote->commit);
      return path;
    }
  throw TransferError(
      fmt::format("{}@{}: expected {}, got status 404", repo, revision, fmt::join(files, " or ")),
      false, 404, "see " + settings_.endpoint + "/" + repo);
}

}  // namespace clipguide::weights
