// What the guests in C share: a generator of numbers, a hash, and a check that traps.
#pragma once
#include <stdint.h>

#define EXPORT __attribute__((export_name("run")))

static inline void check(int condition) {
    if (!condition) __builtin_trap();
}

// The generator of `kernels`: xorshift64*.
typedef struct {
    uint64_t state;
} Random;

static inline Random random_new(uint64_t seed) {
    return (Random){seed * 2 + 1};
}

static inline uint64_t random_bits(Random *random) {
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * 0x2545f4914f6cdd1dull;
}

static inline uint32_t random_below(Random *random, uint32_t limit) {
    return (uint32_t)(random_bits(random) >> 33) % limit;
}

static inline uint64_t hash(uint64_t hash, uint64_t value) {
    return (hash ^ value) * 0x100000001b3ull;
}
