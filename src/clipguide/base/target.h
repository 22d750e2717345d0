#pragma once

/// Marks functions that are compiled for an instruction set beside the compiler's own target, to be
/// called only where base::is_supported() says so. Their bodies are loops in plain C++,
/// inlined into each of them, which the compiler turns into vectors; built with -ffp-contract=off
/// (cmake/ClipguideModule.cmake: clipguide_vector_sources) they give the same bits for every set.
#define CLIPGUIDE_INLINE [[gnu::always_inline]] inline

#ifdef __x86_64__
#define CLIPGUIDE_TARGET_AVX2 __attribute__((target("avx2")))
#ifdef __clang__
#define CLIPGUIDE_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define CLIPGUIDE_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#else
#define CLIPGUIDE_TARGET_AVX2
#define CLIPGUIDE_TARGET_AVX512
#endif
