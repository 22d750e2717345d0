#include <fmt/format.h>
#include <fmt/ranges.h>

#include "clipguide/cli/outline.h"

namespace clipguide::cli {
namespace {

/// Text without meaning to roff: backslashes, hyphens that must stay ASCII, dots that start a line.
std::string roff(const std::string& text) {
  std::string made;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (made.empty() || made.back() == '\n')) made += "\\&";
    if (c == '\\')
      made += "\\e";
    else if (c == '-')
      made += "\\-";
    else
      made += c;
  }
  return made;
}

void write_flag(const FlagOutline& flag, std::string& page) {
  std::vector<std::string> names;
  for (const std::string& name : flag.names) names.push_back("\\fB" + roff(name) + "\\fR");
  page += ".TP\n";
  if (names.empty()) {
    page += fmt::format("\\fI{}\\fR\n", roff(flag.positional));
  } else {
    page += fmt::format("{}", fmt::join(names, ", "));
    page += flag.value_name.empty() ? "\n" : fmt::format(" \\fI{}\\fR\n", roff(flag.value_name));
  }
  page += roff(flag.help) + "\n";
}

void write_verb(const VerbOutline& verb, std::string& page) {
  page += fmt::format(".SH \"CLIPGUIDE {}\"\n{}\n", roff(verb.name), roff(verb.help));
  std::string group;
  for (const FlagOutline& flag : verb.flags) {
    const bool titled = !flag.names.empty() && flag.group != group && flag.group != "Options";
    if (titled) page += fmt::format(".SS \"{}\"\n", roff(flag.group));
    group = flag.group;
    write_flag(flag, page);
  }
  for (const VerbOutline& child : verb.verbs) write_verb(child, page);
}

}  // namespace

std::string man_page(const VerbOutline& program, const std::string& version) {
  std::string page = fmt::format(R"(.TH CLIPGUIDE 1 "" "clipguide {}" "User Commands"
.SH NAME
clipguide \- steer a picture toward words by CLIP guidance
.SH SYNOPSIS
.B clipguide
.RI [ verb ]
.RI [ flags ]
.br
.B clipguide
"\fIPROMPT\fR"
.RI [ "flags of generate" ]
.SH DESCRIPTION
{}
Without a verb, the first word is a prompt for
.BR "clipguide generate" .
.SH VERBS
)",
                                 version, roff(program.help));
  for (const VerbOutline& verb : program.verbs)
    page += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(verb.name), roff(verb.help));
  page += ".SH OPTIONS\n";
  for (const FlagOutline& flag : program.flags) write_flag(flag, page);
  for (const VerbOutline& verb : program.verbs) write_verb(verb, page);
  page += R"(.SH "EXIT STATUS"
.TP
0
done
.TP
1
failed; one line on standard error says what was expected and what came
.TP
2
the command line was wrong
.TP
130
interrupted; the run was saved and can be resumed
.SH ENVIRONMENT
.TP
NO_COLOR
no colours on the terminal
.TP
HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME
where downloaded models are kept, as the Hugging Face hub's own programs have it
.TP
HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE
access to the hub
)";
  return page;
}

}  // namespace clipguide::cli
