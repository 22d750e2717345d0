#include "clipguide/imaging/resample.h"
