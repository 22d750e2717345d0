#include "clipguide/weights/url.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::weights {
namespace {

TEST(Url, OriginHoldsSchemeHostAndPort) {
  EXPECT_EQ(parse_url("https://Hub.example/a").origin(), "https://hub.example:443");
  EXPECT_EQ(parse_url("https://hub.example:443/b").origin(), "https://hub.example:443");
  EXPECT_NE(parse_url("http://127.0.0.1:80").origin(), parse_url("http://localhost:80").origin());
}

TEST(Url, KnowsLoopback) {
  for (const char* url : {"http://localhost:1", "http://127.0.0.1/", "http://[::1]:8080/"})
    EXPECT_TRUE(parse_url(url).is_loopback()) << url;
  for (const char* url : {"http://localhost.example", "http://10.0.0.1", "http://128.0.0.1"})
    EXPECT_FALSE(parse_url(url).is_loopback()) << url;
}

TEST(Url, RefusesOtherSchemesAndUserNames) {
  for (const char* url : {"file:///etc/passwd", "ftp://a/b", "https://user:word@a/b", "", "://"})
    EXPECT_THROW(parse_url(url), base::UsageError) << url;
}

TEST(Redirect, RelativeAndAbsolute) {
  const Url from = parse_url("https://hub.example/a/b?c=d");
  EXPECT_EQ(redirect_target(from, "/x/y").text, "https://hub.example/x/y");
  EXPECT_EQ(redirect_target(from, "z").text, "https://hub.example/a/z");
  EXPECT_EQ(redirect_target(from, "//cdn.example/q").origin(), "https://cdn.example:443");
  EXPECT_EQ(redirect_target(from, "https://cdn.example/q?s=1").text, "https://cdn.example/q?s=1");
}

TEST(Redirect, HttpsNeverBecomesHttp) {
  const Url from = parse_url("https://hub.example/a");
  EXPECT_THROW(redirect_target(from, "http://hub.example/a"), base::NetworkError);
  EXPECT_THROW(redirect_target(from, "http://127.0.0.1/a"), base::NetworkError);
  EXPECT_EQ(redirect_target(parse_url("http://127.0.0.1/a"), "https://hub.example/").scheme,
            "https");
}

TEST(Redirect, RefusesOtherSchemesAndUserNames) {
  const Url from = parse_url("https://hub.example/a");
  for (const char* to : {"file:///etc/passwd", "gopher://x", "https://me:pw@hub.example/"})
    EXPECT_THROW(redirect_target(from, to), base::NetworkError) << to;
}

TEST(Url, PercentEncoding) {
  EXPECT_EQ(percent_encode("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_encode("a b/ü?#", true), "a%20b/%C3%BC%3F%23");
}

}  // namespace
}  // namespace clipguide::weights
