#include <memory>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/embed.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/machine_flags.h"
#include "clipguide/cli/model_finder.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;

struct EmbedFlags {
  ModelFlags model;
  MachineFlags machine;
  RemarkFlags remarks;
  std::vector<std::string> images;
  std::vector<std::string> texts;
  bool truncate = false;
};

std::shared_ptr<EmbedFlags> declare(CLI::App& verb) {
  auto flags = std::make_shared<EmbedFlags>();
  add_long_list(verb, "image", flags->images);
  add_long_list(verb, "text", flags->texts);
  add_model_flags(verb, flags->model);
  add_flag(verb, "truncate", flags->truncate);
  add_machine_flags(verb, flags->machine);
  add_remark_flags(verb, flags->remarks);
  return flags;
}

struct Seen {
  std::shared_ptr<const clip::ClipModel> model;
  Embeddings embeddings;
};

Seen look(const EmbedFlags& flags, Terminal& terminal) {
  const torch::Device device = flags.machine.prepare();
  Seen seen;
  seen.model = load_model(flags.model, device, terminal);
  seen.embeddings = embed(*seen.model, flags.images, flags.texts, flags.truncate, device);
  return seen;
}

int run_embed(const EmbedFlags& flags) {
  if (flags.images.empty() && flags.texts.empty())
    throw UsageError("embed: expected at least one --image or --text, got neither");
  Terminal terminal(flags.remarks.loudness());
  const Embeddings embeddings = look(flags, terminal).embeddings;
  json result = {{"image_features", rows(embeddings.images)},
                 {"text_features", rows(embeddings.texts)},
                 {"cosine", json::array()}};
  if (embeddings.images.defined() && embeddings.texts.defined())
    result["cosine"] = rows(cosines(embeddings));
  print_result(flags.remarks.json ? result.dump() : result.dump(1));
  return 0;
}

std::string score_table(const EmbedFlags& flags, const at::Tensor& cosine,
                        const at::Tensor& softmax) {
  std::size_t width = 0;
  for (const std::string& text : flags.texts)
    width = std::max(width, base::terminal_text(text).size());
  std::string table;
  for (std::size_t v = 0; v < flags.images.size(); ++v) {
    table += base::terminal_text(flags.images[v]) + "\n";
    for (std::size_t p = 0; p < flags.texts.size(); ++p)
      table += fmt::format("  {:<{}}  cosine {:7.4f}  softmax {:6.2f} %\n",
                           base::terminal_text(flags.texts[p]), width, cosine[v][p].item<double>(),
                           100 * softmax[v][p].item<double>());
  }
  table.pop_back();
  return table;
}

int run_score(const EmbedFlags& flags) {
  if (flags.images.empty() || flags.texts.empty())
    throw UsageError("score: expected at least one --image and one --text",
                     "clipguide score --image apple.png --text \"an apple\" \"a pear\"");
  Terminal terminal(flags.remarks.loudness());
  const Seen seen = look(flags, terminal);
  const at::Tensor cosine = cosines(seen.embeddings);
  const at::Tensor logits = cosine * seen.model->logit_scale() + seen.model->logit_bias();
  const at::Tensor softmax = logits.softmax(-1);
  if (!flags.remarks.json) {
    print_result(score_table(flags, cosine.cpu(), softmax.cpu()));
    return 0;
  }
  print_result(json{{"images", flags.images},
                    {"texts", flags.texts},
                    {"logit_scale", seen.model->logit_scale()},
                    {"cosine", rows(cosine)},
                    {"logits", rows(logits)},
                    {"softmax", rows(softmax)}});
  return 0;
}

}  // namespace

void add_embed_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand("embed", "features of pictures and texts, as JSON");
  const auto flags = declare(*verb);
  verb->callback([=] { set_action([=] { return run_embed(*flags); }); });
}

void add_score_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb =
      parent.add_subcommand("score", "how well texts fit pictures: cosine and softmax over texts");
  const auto flags = declare(*verb);
  verb->callback([=] { set_action([=] { return run_score(*flags); }); });
}

}  // namespace clipguide::cli
