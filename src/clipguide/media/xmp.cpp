#include "clipguide/media/xmp.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "clipguide/media/text_encoding.h"

namespace clipguide::media {
namespace {

constexpr std::string_view kNamespace = "urn:clipguide:metadata#";
constexpr std::string_view kNoteNamespace = "http://ns.adobe.com/xmp/note/";
constexpr std::string_view kSourceType =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

std::string escape(std::string_view text) {
  std::string out;
  for (char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;  // a bare one would be read as a line feed
      case '\n':
        out += "&#10;";
        break;  // and white space be collapsed by tools that rewrite it
      case '\t':
        out += "&#9;";
        break;
      default:
        std::uint8_t(c) < 32 ? out += "\xEF\xBF\xBD" : out += c;
    }
  }
  return out;
}

// `entity` is what stands between & and ;
std::optional<std::string> resolve(std::string_view entity) {
  if (entity == "amp") return "&";
  if (entity == "lt") return "<";
  if (entity == "gt") return ">";
  if (entity == "quot") return "\"";
  if (entity == "apos") return "'";
  if (entity.substr(0, 1) != "#") return {};
  entity.remove_prefix(1);
  const bool hexadecimal = entity.substr(0, 1) == "x";
  if (hexadecimal) entity.remove_prefix(1);
  std::uint32_t code = 0;
  const char* const end = entity.data() + entity.size();
  const auto [stop, error] = std::from_chars(entity.data(), end, code, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != end || code > 0x10FFFF) return {};
  const char utf32_as_utf16[] = {char(code < 0x10000 ? code >> 8 : 0xD8 | (code - 0x10000) >> 18),
                                 char(code < 0x10000 ? code : (code - 0x10000) >> 10),
                                 char(0xDC | ((code & 0x3FF) >> 8)), char(code & 0xFF)};
  return utf8_from_utf16({utf32_as_utf16, code < 0x10000 ? 2u : 4u}, true);
}

std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t mark = std::min(text.find('&'), text.size());
    out += text.substr(0, mark);
    text.remove_prefix(mark);
    if (text.empty()) break;
    const std::size_t end = text.substr(0, 12).find(';');
    const auto resolved = end == text.npos ? std::nullopt : resolve(text.substr(1, end - 1));
    out += resolved ? *resolved : "&";
    text.remove_prefix(resolved ? end + 1 : 1);
  }
  return valid_utf8(out);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name(char c) {
  return std::uint8_t(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// The prefix bound to a namespace by xmlns:PREFIX="URI", with its colon; empty when there is none.
std::string prefix_of(std::string_view packet, std::string_view uri) {
  constexpr std::string_view kDeclaration = "xmlns:";
  for (std::size_t at = 0; (at = packet.find(kDeclaration, at)) != packet.npos;) {
    at += kDeclaration.size();
    std::size_t end = at;
    while (end < packet.size() && is_name(packet[end])) ++end;
    const std::string_view value = packet.substr(end, uri.size() + 3);
    if (value.size() == uri.size() + 3 && value[0] == '=' && value.substr(2, uri.size()) == uri)
      return std::string(packet.substr(at, end - at)) + ":";
    at = end;
  }
  return {};
}

// All properties under a namespace: <p:name>text</p:name>, or p:name="text" within a tag.
Metadata properties(std::string_view packet, std::string_view uri) {
  Metadata found;
  const std::string prefix = prefix_of(packet, uri);
  if (prefix.empty()) return found;
  for (std::size_t at = 0; (at = packet.find(prefix, at)) != packet.npos;) {
    const char before = at > 0 ? packet[at - 1] : '\0';
    at += prefix.size();
    std::size_t end = at;
    while (end < packet.size() && is_name(packet[end])) ++end;
    const std::string name(packet.substr(at, end - at));
    const char after = end < packet.size() ? packet[end] : '\0';
    if (before == '<' && after == '>') {
      const std::size_t close = packet.find('<', end);
      if (close == packet.npos) break;
      found[name] = unescape(packet.substr(end + 1, close - end - 1));
      at = close;
    } else if (is_space(before) && after == '=' && end + 1 < packet.size()) {
      const std::size_t close = packet.find(packet[end + 1], end + 2);  // the same quote
      if (close == packet.npos) break;
      found[name] = unescape(packet.substr(end + 2, close - end - 2));
      at = close;
    }
  }
  return found;
}

std::string description(const Metadata& entries, std::string_view more_namespaces,
                        std::string_view more_properties) {
  std::string own;
  for (const auto& [key, value] : entries)
    own += fmt::format("   <clipguide:{0}>{1}</clipguide:{0}>\n", key, escape(value));
  return fmt::format(
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
      " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      "  <rdf:Description rdf:about=\"\"\n"
      "    xmlns:clipguide=\"{}\"{}>\n"
      "{}{}"
      "  </rdf:Description>\n"
      " </rdf:RDF>\n"
      "</x:xmpmeta>\n",
      kNamespace, more_namespaces, more_properties, own);
}

}  // namespace

std::string make_xmp(const Metadata& entries, std::string_view extended_guid) {
  std::string namespaces =
      "\n    xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"";
  std::string properties = fmt::format(
      "   <Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>\n", kSourceType);
  if (!extended_guid.empty()) {
    namespaces += fmt::format("\n    xmlns:xmpNote=\"{}\"", kNoteNamespace);
    properties +=
        fmt::format("   <xmpNote:HasExtendedXMP>{}</xmpNote:HasExtendedXMP>\n", extended_guid);
  }
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
         description(entries, namespaces, properties) + "<?xpacket end=\"w\"?>";
}

std::string make_extended_xmp(const Metadata& entries) { return description(entries, "", ""); }

Metadata parse_xmp(std::string_view packet) { return properties(packet, kNamespace); }

std::string parse_extended_guid(std::string_view packet) {
  return properties(packet, kNoteNamespace)["HasExtendedXMP"];
}

}  // namespace clipguide::media
