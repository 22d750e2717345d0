#include "clipguide/weights/hub.h"

#include "clipguide/weights/model_store.h"
#include "hub/hub_fixture.h"

namespace clipguide::weights {
namespace {

namespace fs = std::filesystem;
using test::failure_of;
using test::HubServer;
using test::kRepo;
using test::Reply;
using test::SeenRequest;
using testing::HasSubstr;
using HubModelTest = test::HubTest;

TEST_F(HubModelTest, FetchesAModelInHuggingFacesLayout) {
  const fs::path model = Hub(settings, hooks).fetch_model(kRepo);
  const fs::path repo = folder / "hub" / "models--laion--tiny-clip";
  EXPECT_EQ(model, repo / "snapshots" / HubServer::kCommit);
  EXPECT_EQ(content(model / "open_clip_config.json"), config);
  EXPECT_EQ(content(model / "open_clip_model.safetensors"), weights_bytes);
  EXPECT_TRUE(fs::exists(model / "vocab.json") && fs::exists(model / "merges.txt"));
  EXPECT_EQ(fs::read_symlink(model / "open_clip_model.safetensors"),
            "../../blobs/" + test::sha256_of(weights_bytes));
  EXPECT_EQ(content(repo / "refs" / "main"), HubServer::kCommit);
  EXPECT_TRUE(fs::exists(repo / ".no_exist" / HubServer::kCommit / "tokenizer.json"));
}

TEST_F(HubModelTest, AllFilesAreOfOneCommit) {
  Hub(settings, hooks).fetch_model(kRepo);
  for (const SeenRequest& request : server.requests("GET", "/resolve/"))
    EXPECT_THAT(request.target, HasSubstr(HubServer::kCommit));
  EXPECT_EQ(server.requests("HEAD", "/resolve/main/").size(), 1u)
      << "only the first look-up may move with the branch";
}

TEST_F(HubModelTest, ACachedModelNeedsNoNetwork) {
  const fs::path model = Hub(settings, hooks).fetch_model(kRepo);
  server.forget_requests();
  EXPECT_EQ(Hub(settings, hooks).fetch_model(kRepo), model);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HubModelTest, PrefersSafetensorsAndOpenClip) {
  server.add(kRepo, "config.json", "{}", false);
  server.add(kRepo, "model.safetensors", "x", true);
  server.add(kRepo, "open_clip_pytorch_model.bin", "x", true);
  const fs::path model = Hub(settings, hooks).fetch_model(kRepo);
  EXPECT_FALSE(fs::exists(model / "config.json"));
  EXPECT_FALSE(fs::exists(model / "open_clip_pytorch_model.bin"));
}

TEST_F(HubModelTest, TakesTransformersFormWhereThereIsNoOther) {
  server.add("openai/clip", "config.json", "{}", false);
  server.add("openai/clip", "pytorch_model.bin", "weights", true);
  server.add("openai/clip", "tokenizer.json", "{}", false);
  const fs::path model = Hub(settings, hooks).fetch_model("openai/clip");
  EXPECT_EQ(content(model / "pytorch_model.bin"), "weights");
  EXPECT_TRUE(has_vocabulary(model));
}

TEST_F(HubModelTest, ARepositoryWithoutAModelIsRefused) {
  server.add("org/data", "README.md", "hello", false);
  EXPECT_THAT(failure_of<base::NetworkError>([&] { Hub(settings, hooks).fetch_model("org/data"); }),
              HasSubstr("expected open_clip_config.json"));
}

TEST_F(HubModelTest, OfflineWithAColdCacheFailsAtOnceAndNamesTheFile) {
  settings.offline = true;
  const std::string failure =
      failure_of<base::NetworkError>([&] { Hub(settings, hooks).fetch_model(kRepo); });
  EXPECT_THAT(failure, HasSubstr("offline"));
  EXPECT_THAT(failure, HasSubstr("open_clip_config.json"));
  EXPECT_THAT(failure, HasSubstr(kRepo));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HubModelTest, OfflineNamesTheWeightsWhenOnlyTheyAreMissing) {
  Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_config.json");
  settings.offline = true;
  EXPECT_THAT(failure_of<base::NetworkError>(
                  [&] { Hub(settings, hooks).fetch_model(kRepo, "main", true); }),
              HasSubstr("open_clip_model.safetensors"));
}

TEST_F(HubModelTest, OfflineWithAWarmCacheWorks) {
  const fs::path model = Hub(settings, hooks).fetch_model(kRepo);
  server.forget_requests();
  settings.offline = true;
  EXPECT_EQ(Hub(settings, hooks).fetch_model(kRepo), model);
  EXPECT_EQ(Hub(settings, hooks).fetch_model(kRepo, HubServer::kCommit), model);
  EXPECT_EQ(Hub(settings, hooks).fetch_file(kRepo, "main", "vocab.json"), model / "vocab.json");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HubModelTest, ACopyWithoutTokenizerServesWhenTheHubIsDown) {
  // As open_clip leaves it: config and weights, and nothing known about the rest.
  Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_config.json");
  Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_model.safetensors");
  server.intercept([](const SeenRequest&) { return Reply{.status = 503}; });
  EXPECT_TRUE(fs::exists(Hub(settings, hooks).fetch_model(kRepo) / "open_clip_model.safetensors"));
  EXPECT_THROW(Hub(settings, hooks).fetch_model(kRepo, "main", true), base::NetworkError)
      << "asking for news is another matter";
}

TEST_F(HubModelTest, OfflinePullOfAModelWithoutVocabularyOnlyWarns) {
  Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_config.json");
  Hub(settings, hooks).fetch_file(kRepo, "main", "open_clip_model.safetensors");
  settings.offline = true;
  std::string remarks;
  hooks.log = [&](base::LogLevel, std::string_view line) { remarks += line; };
  EXPECT_NO_THROW(pull_model(kRepo, settings, hooks));
  EXPECT_THAT(remarks, HasSubstr("bpe_simple_vocab_16e6.txt.gz is not in the cache"));
}

TEST_F(HubModelTest, PullRepairsASpoiledBlob) {
  fetch_weights();
  std::string spoiled = weights_bytes;
  spoiled[5] ^= 1;
  base::write_file(weights_blob(), std::string_view(spoiled));
  EXPECT_EQ(HubCache(settings.hub_cache).verify(kRepo).size(), 1u);
  pull_model(kRepo, settings, hooks);
  EXPECT_EQ(content(weights_blob()), weights_bytes);
  EXPECT_TRUE(HubCache(settings.hub_cache).verify(kRepo).empty());
}

TEST_F(HubModelTest, RefusalsComeAtOnceWithAHint) {
  struct Case {
    unsigned status;
    const char* code;
    const char* hint;
  };
  for (const Case& c : {Case{401, "GatedRepo", "set HF_TOKEN"}, Case{403, "GatedRepo", "accept"},
                        Case{404, "RepoNotFound", "no such repository"},
                        Case{404, "RevisionNotFound", "no such branch"}}) {
    server.forget_requests();
    server.intercept([&](const SeenRequest&) {
      return Reply{.status = c.status, .headers = {{"X-Error-Code", c.code}}};
    });
    const std::string failure =
        failure_of<base::NetworkError>([&] { Hub(settings, hooks).fetch_model(kRepo); });
    EXPECT_THAT(failure, HasSubstr(c.hint));
    EXPECT_THAT(failure, HasSubstr(std::to_string(c.status)));
    EXPECT_EQ(server.requests().size(), 1u) << "no second attempt at " << c.status;
  }
}

TEST_F(HubModelTest, ARejectedTokenIsNamed) {
  settings.token = "hf_old";
  server.intercept([](const SeenRequest&) { return Reply{.status = 401}; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { Hub(settings, hooks).fetch_model(kRepo); }),
              HasSubstr("the token in HF_TOKEN is not accepted"));
}

TEST_F(HubModelTest, TheTokenGoesToTheHubAndNowhereElse) {
  settings.token = "hf_secret";
  Hub(settings, hooks).fetch_model(kRepo);
  ASSERT_FALSE(server.requests("GET", "/content/").empty());
  for (const SeenRequest& request : server.requests()) {
    const bool is_hub = request.port != server.content_port();
    EXPECT_EQ(request.header("authorization"), is_hub ? "Bearer hf_secret" : "") << request.target;
  }
}

TEST_F(HubModelTest, WithoutATokenNoneIsSent) {
  Hub(settings, hooks).fetch_model(kRepo);
  for (const SeenRequest& request : server.requests())
    EXPECT_EQ(request.headers.count("authorization"), 0u);
}

TEST_F(HubModelTest, TheTokenIsNotTakenUpAgainAfterAForeignHost) {
  settings.token = "hf_secret";
  const std::string home = server.endpoint();
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    const auto to = [](const std::string& url) {
      return Reply{.status = 302, .headers = {{"Location", url}}};
    };
    if (request.method == "HEAD") return std::nullopt;
    if (request.target.starts_with("/laion")) return to(server.content_endpoint() + "/bounce");
    if (request.target == "/bounce") return to(home + "/back");
    if (request.target == "/back") return Reply{.body = weights_bytes};
    return std::nullopt;
  });
  EXPECT_EQ(content(fetch_weights()), weights_bytes);
  ASSERT_EQ(server.requests("GET", "/back").size(), 1u);
  EXPECT_EQ(server.requests("GET", "/back")[0].header("authorization"), "");
}

TEST_F(HubModelTest, ARelativeRedirectKeepsTheToken) {
  settings.token = "hf_secret";
  server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
    if (!request.target.starts_with("/old/name")) return std::nullopt;
    return Reply{.status = 307,
                 .headers = {{"Location", "/laion/tiny-clip" + request.target.substr(9)}}};
  });
  const fs::path model = Hub(settings, hooks).fetch_model("old/name");
  EXPECT_EQ(content(model / "open_clip_model.safetensors"), weights_bytes);
  EXPECT_EQ(server.requests("HEAD", "/laion/")[0].header("authorization"), "Bearer hf_secret");
}

TEST_F(HubModelTest, RedirectLoopsAndLongChainsAreRefused) {
  server.intercept([](const SeenRequest& request) {
    return Reply{.status = 302, .headers = {{"Location", request.target}}};
  });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }), HasSubstr("redirect loop"));
  EXPECT_EQ(server.requests().size(), 1u);
  server.forget_requests();
  server.intercept([](const SeenRequest& request) {
    return Reply{.status = 302, .headers = {{"Location", request.target + "x"}}};
  });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("at most 5 redirects"));
  EXPECT_EQ(server.requests().size(), 6u);
}

TEST_F(HubModelTest, RedirectsToOtherSchemesAreRefused) {
  server.intercept([](const SeenRequest&) {
    return Reply{.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("redirect refused"));
}

TEST_F(HubModelTest, PlainHttpIsForLoopbackAndForExplicitEndpoints) {
  settings.endpoint = "https://127.0.0.1:1";
  EXPECT_THAT(failure_of<base::NetworkError>([&] {
                fetch_file_at("http://models.example/x.pt", std::string(64, '0'), folder / "x.pt",
                              settings, hooks);
              }),
              HasSubstr("expected https, got http"));
}

TEST_F(HubModelTest, AServerThatIsNoHubIsNamed) {
  server.intercept([](const SeenRequest&) { return Reply{.body = "<html>welcome</html>"}; });
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("is HF_ENDPOINT a Hugging Face hub?"));
}

TEST_F(HubModelTest, HostileHeadersBecomeNoPaths) {
  for (const auto& [name, value] :
       {std::pair{"X-Repo-Commit", "../../../../tmp/evil"}, std::pair{"X-Linked-Etag", "\"../x\""},
        std::pair{"X-Linked-Size", "-1"}}) {
    server.intercept([&](const SeenRequest& request) -> std::optional<Reply> {
      Reply reply = server.answer(request);
      for (auto& header : reply.headers)
        if (header.first == name) header.second = value;
      return reply;
    });
    EXPECT_THROW(fetch_weights(), base::NetworkError) << name;
    EXPECT_FALSE(fs::exists(folder / "hub" / "models--laion--tiny-clip" / "snapshots")) << name;
  }
}

TEST_F(HubModelTest, HostileNamesSendNoRequest) {
  Hub hub(settings, hooks);
  EXPECT_THROW(hub.fetch_model("../../etc"), base::UsageError);
  EXPECT_THROW(hub.fetch_model(kRepo, "../main"), base::UsageError);
  EXPECT_THROW(hub.fetch_file(kRepo, "main", "../../../.bashrc"), base::UsageError);
  EXPECT_THROW(hub.fetch_file(kRepo, "main", "/etc/passwd"), base::UsageError);
  settings.token = "hf_x\r\nX-Evil: 1";
  EXPECT_THROW(Hub(settings, hooks), base::UsageError);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HubModelTest, ADeadEndpointEndsAfterAFewAttempts) {
  settings.endpoint = "http://127.0.0.1:1";
  EXPECT_THAT(failure_of<base::NetworkError>([&] { fetch_weights(); }),
              HasSubstr("after 3 attempts"));
}

TEST_F(HubModelTest, ATinyAutoencoderComesByName) {
  const auto resolve = [&](std::string_view name, AutoencoderHalf half) {
    return resolve_autoencoder(name, half, settings, hooks);
  };
  // As diffusers has it, both halves in one file.
  server.add("madebyollin/taesd", "diffusion_pytorch_model.safetensors", weights_bytes, true);
  server.add("madebyollin/taesd", "taesd_decoder.safetensors", "the older form", true);
  const fs::path both = resolve("taesd", AutoencoderHalf::decoder);
  EXPECT_EQ(content(both), weights_bytes);
  server.forget_requests();
  EXPECT_EQ(resolve("madebyollin/taesd", AutoencoderHalf::encoder), both);
  EXPECT_TRUE(server.requests().empty()) << "what is there is taken as it is";
  // As its author has it, a file a half.
  server.add("some-org/tiny", "tiny_decoder.pth", "down", true);
  server.add("some-org/tiny", "tiny_encoder.pth", "up", true);
  EXPECT_EQ(content(resolve("some-org/tiny", AutoencoderHalf::decoder)), "down");
  EXPECT_EQ(content(resolve("some-org/tiny@main", AutoencoderHalf::encoder)), "up");
  // A file of one's own.
  base::write_file(folder / "own.pth", "mine");
  EXPECT_EQ(resolve((folder / "own.pth").string(), AutoencoderHalf::decoder), folder / "own.pth");
}

TEST_F(HubModelTest, WhatIsNoTinyAutoencoderIsTold) {
  const auto told = [&]<class Error>(std::string_view name, std::type_identity<Error>) {
    return failure_of<Error>(
        [&] { resolve_autoencoder(name, AutoencoderHalf::decoder, settings, hooks); });
  };
  EXPECT_THAT(told(kRepo, std::type_identity<base::NetworkError>()),
              HasSubstr("expected diffusion_pytorch_model.safetensors or "
                        "tiny-clip_decoder.safetensors or"));
  EXPECT_THAT(told("ViT-B/32", std::type_identity<base::UsageError>()),
              HasSubstr("got the CLIP model ViT-B/32"));
  EXPECT_THAT(told("none.pth", std::type_identity<base::IoError>()),
              HasSubstr("decoder: expected a file, org/name or a known name, got 'none.pth'"));
  settings.offline = true;
  EXPECT_THAT(told("taesd", std::type_identity<base::NetworkError>()),
              HasSubstr("madebyollin/taesd: offline, and diffusion_pytorch_model.safetensors is "
                        "not in the cache"));
}

TEST_F(HubModelTest, AMistypedNameGetsASuggestion) {
  EXPECT_THAT(failure_of<base::NetworkError>([&] { resolve_model("ViT-B/33", settings, hooks); }),
              HasSubstr("did you mean ViT-B/32?"));
}

TEST_F(HubModelTest, PlainAddressesAreResumedAndVerifiedToo) {
  const std::string url = server.content_endpoint() + "/content/" + test::sha256_of(weights_bytes);
  const fs::path target = folder / "own" / "openai" / "x.pt";
  fs::create_directories(target.parent_path());
  base::write_file(target.string() + ".incomplete",
                   std::string_view(weights_bytes).substr(0, 1000));
  fetch_file_at(url, test::sha256_of(weights_bytes), target, settings, hooks);
  EXPECT_EQ(content(target), weights_bytes);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].header("range"), "bytes=1000-");
  const fs::path other = folder / "own" / "openai" / "y.pt";
  EXPECT_THROW(fetch_file_at(url, test::sha256_of("other"), other, settings, hooks),
               base::NetworkError);
  EXPECT_FALSE(fs::exists(other));
  settings.offline = true;
  EXPECT_NO_THROW(fetch_file_at(url, test::sha256_of(weights_bytes), target, settings, hooks));
  EXPECT_THAT(failure_of<base::NetworkError>(
                  [&] { fetch_file_at(url, test::sha256_of("other"), other, settings, hooks); }),
              HasSubstr("y.pt"));
}

TEST_F(HubModelTest, TheVocabularyIsFoundInTheCache) {
  EXPECT_EQ(vocabulary_from_cache(settings), std::nullopt);
  fs::create_directories(settings.own_cache);
  base::write_file(settings.own_cache / "bpe_simple_vocab_16e6.txt.gz", std::string_view("x"));
  EXPECT_EQ(vocabulary_from_cache(settings), settings.own_cache / kVocabularyFile);
  EXPECT_EQ(verify_vocabulary(settings).size(), 1u) << "and a wrong one is noticed";
}

}  // namespace
}  // namespace clipguide::weights
