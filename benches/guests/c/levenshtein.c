// The distance of two texts: how many letters have to be changed, added or left out.
#include "guest.h"

enum { LENGTH = 400 };

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t distance(const char *a, uint32_t a_length, const char *b, uint32_t b_length) {
    static uint16_t row[LENGTH + 1];
    for (uint32_t j = 0; j <= b_length; j++) row[j] = j;
    for (uint32_t i = 1; i <= a_length; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b_length; j++) {
            uint32_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(least(row[j], row[j - 1]) + 1, changed);
        }
    }
    return row[b_length];
}

// The sum of `n` distances between random texts of four letters.
EXPORT int64_t run(int32_t n) {
    check(distance("kitten", 6, "sitting", 7) == 3);
    Random random = random_new(41);
    char a[LENGTH], b[LENGTH];
    int64_t sum = 0;
    for (int32_t i = 0; i < n; i++) {
        for (int j = 0; j < LENGTH; j++) {
            a[j] = "acgt"[random_bits(&random) >> 62];
            b[j] = "acgt"[random_bits(&random) >> 62];
        }
        sum += distance(a, LENGTH - random_below(&random, 50), b, LENGTH);
    }
    return sum;
}
