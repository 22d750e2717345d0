#pragma once

#include "clipguide/media/picture.h"

namespace clipguide::workflow {

/// No side longer than `most_px`; a smaller picture stays as it is.
media::Picture reduced(const media::Picture& picture, int most_px);

}  // namespace clipguide::workflow
