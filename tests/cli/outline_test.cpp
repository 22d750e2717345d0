/// Completion and man page against the parser and the tables: nothing may be missing in any.
#include "clipguide/cli/outline.h"

#include <gtest/gtest.h>

#include <functional>

#include "clipguide/cli/commands.h"
#include "clipguide/cli/flag_table.h"

namespace clipguide::cli {
namespace {

class Outline : public testing::Test {
 protected:
  Outline() : program_("Steers a picture.", "clipguide") {
    const SetAction ignore = [](const Action&) {};
    add_generate_command(program_, ignore);
    add_score_command(program_, ignore);
    add_embed_command(program_, ignore);
    add_gradient_command(program_, ignore);
    add_tokenize_command(program_, ignore);
    add_inspect_command(program_, ignore);
    add_rerun_command(program_, ignore);
    add_resume_command(program_, ignore);
    add_describe_commands(program_, ignore);
    CLI::App* models = program_.add_subcommand("models", "a verb with verbs");
    models->add_subcommand("pull", "fetch [it]: now")->add_flag("--it's", it_is_, "a quote's flag");
    outline_ = outline(program_);
  }

  const VerbOutline& verb(const std::string& name) const {
    for (const VerbOutline& verb : outline_.verbs)
      if (verb.name == name) return verb;
    throw std::logic_error("no verb " + name);
  }

  const FlagOutline& flag(const std::string& verb_name, const std::string& name) const {
    for (const FlagOutline& flag : verb(verb_name).flags)
      if (flag.positional == name ||
          std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end())
        return flag;
    throw std::logic_error("no flag " + name);
  }

  void for_each_flag(const std::function<void(const VerbOutline&, const FlagOutline&)>& see) const {
    for (const VerbOutline& each : outline_.verbs)
      for (const FlagOutline& flag : each.flags) see(each, flag);
  }

  bool it_is_ = false;
  CLI::App program_;
  VerbOutline outline_;
};

TEST_F(Outline, generate_and_rerun_take_every_run_option) {
  for (const guide::OptionSpec& option : guide::option_table())
    for (const char* verb_name : {"generate", "rerun"}) {
      const FlagOutline& found = flag(verb_name, "--" + option.name);
      EXPECT_EQ(found.help, option.help);
      EXPECT_EQ(found.group, option.group);
      const bool has_letter = std::count(found.names.begin(), found.names.end(),
                                         std::string("-") + option.short_name) > 0;
      EXPECT_EQ(has_letter, option.short_name != 0);
    }
}

TEST_F(Outline, knows_what_completes_a_value) {
  EXPECT_EQ(flag("generate", "--distance").choices,
            (std::vector<std::string>{"cosine", "spherical"}));
  EXPECT_EQ(flag("generate", "--distance").completes, Completes::nothing);
  EXPECT_EQ(flag("generate", "--init").choices,
            (std::vector<std::string>{"grey", "noise", "search"}));
  EXPECT_EQ(flag("generate", "--init").completes, Completes::files);
  EXPECT_EQ(flag("generate", "--frames").completes, Completes::folders);
  EXPECT_EQ(flag("generate", "--truncate").value_name, "");
  EXPECT_EQ(flag("inspect", "picture").completes, Completes::files);
  EXPECT_EQ(flag("completion", "shell").choices, (std::vector<std::string>{"bash", "zsh", "fish"}));
}

TEST_F(Outline, names_nested_verbs_in_full) {
  ASSERT_EQ(verb("models").verbs.size(), 1u);
  EXPECT_EQ(verb("models").verbs[0].name, "models pull");
}

TEST_F(Outline, every_flag_is_in_every_completion_and_in_the_man_page) {
  const std::string bash = bash_completion(outline_);
  const std::string zsh = zsh_completion(outline_);
  const std::string fish = fish_completion(outline_);
  const std::string man = man_page(outline_, "1.2.3");
  for_each_flag([&](const VerbOutline& verb, const FlagOutline& flag) {
    for (const std::string& name : flag.names) {
      SCOPED_TRACE(verb.name + " " + name);
      const std::string words = bash.substr(bash.find("\n    '" + verb.name + "') mapfile"));
      EXPECT_NE(words.substr(0, words.find(";;")).find(name), std::string::npos);
      const std::string arm = zsh.substr(zsh.find("\n    '" + verb.name + "')\n"));
      EXPECT_NE(arm.substr(0, arm.find(";;")).find("'*" + name + "["), std::string::npos);
      const bool is_long = name.starts_with("--");
      EXPECT_NE(fish.find((is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1)),
                std::string::npos);
      std::string escaped;
      for (const char c : name) escaped += c == '-' ? std::string("\\-") : std::string(1, c);
      EXPECT_NE(man.find("\\fB" + escaped + "\\fR"), std::string::npos);
    }
  });
  EXPECT_NE(man.find("1.2.3"), std::string::npos);
  for (const VerbOutline& each : outline_.verbs)
    EXPECT_NE(man.find(".SH \"CLIPGUIDE " + each.name + "\""), std::string::npos);
}

TEST_F(Outline, texts_with_quotes_and_brackets_survive_in_shells) {
  EXPECT_NE(fish_completion(outline_).find("'a quote'\\''s flag'"), std::string::npos);
  EXPECT_NE(zsh_completion(outline_).find("[a quote'\\''s flag]"), std::string::npos);
  EXPECT_NE(fish_completion(outline_).find("'fetch [it]: now'"), std::string::npos);
}

}  // namespace
}  // namespace clipguide::cli
