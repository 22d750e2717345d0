#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

/// Typed errors. Every message is one line that says what was expected and what came; a hint, where
/// there is one, says what to do about it. The library throws these and nothing else of its own;
/// only `main` catches them all and turns `exit_code()` into the process's exit status.
namespace clipguide::base {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  const std::string& hint() const { return hint_; }
  virtual int exit_code() const { return 1; }  // 0 done, 1 failed, 2 usage, 130 interrupted

 private:
  std::string hint_;
};

/// A flag, key, prompt or value the caller got wrong.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 2; }
};

/// Bytes that are not what their format promises: weights, configs, vocabularies, pictures, cards.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// Well-formed input that is larger than the limits allow.
class LimitError : public Error {
 public:
  using Error::Error;
};

/// A tensor whose shape does not fit its use.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// The file system refused: missing file, no permission, disk full.
class IoError : public Error {
 public:
  using Error::Error;
};

/// The hub or the way to it failed, or is switched off.
class NetworkError : public Error {
 public:
  using Error::Error;
};

/// A loss, gradient or weight that is not finite.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// A run whose numbers left the finite ones: the same run does so again, another may not.
class DivergedError : public NumericError {
 public:
  using NumericError::NumericError;
};

/// The user asked to stop; what was done so far is saved.
class Interrupted : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return 130; }
};

/// throw_error<FormatError>("{}: expected {}, got {}", file, want, have)
template <class E, class... Args>
[[noreturn]] void throw_error(fmt::format_string<Args...> format, Args&&... args) {
  throw E(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace clipguide::base
