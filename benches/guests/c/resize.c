// Images of four channels made larger and smaller in fixed point: cubic weights along rows, then along columns.
#include "guest.h"

enum { SIZE = 64, LARGE = 100, ONE = 1 << 12 };

typedef uint8_t Pixel[4];

// The Catmull-Rom spline at `t` between two pixels, for each of the four around.
static void weights(int32_t t, int32_t *w) {
    int32_t t2 = t * t / ONE, t3 = t2 * t / ONE;
    w[0] = (-t3 + 2 * t2 - t) / 2;
    w[1] = (3 * t3 - 5 * t2 + 2 * ONE) / 2;
    w[2] = (-3 * t3 + 4 * t2 + t) / 2;
    w[3] = ONE - w[0] - w[1] - w[2];
}

static int clamp(int value, int least, int most) {
    return value < least ? least : value > most ? most : value;
}

// Resizes lines of `from_length` pixels, `step` apart, to lines of `to_length`.
static void resize(const Pixel *from, int from_length, int from_step, Pixel *to, int to_length,
                   int to_step, int lines, int from_line, int to_line) {
    for (int i = 0; i < to_length; i++) {
        int32_t at = ((2 * i + 1) * from_length * (ONE / 2)) / to_length - ONE / 2;
        int32_t w[4], whole = at >> 12;
        weights(at & (ONE - 1), w);
        int places[4];
        for (int k = 0; k < 4; k++) places[k] = clamp(whole - 1 + k, 0, from_length - 1) * from_step;
        for (int line = 0; line < lines; line++) {
            const Pixel *source = from + line * from_line;
            uint8_t *pixel = to[line * to_line + i * to_step];
            for (int channel = 0; channel < 4; channel++) {
                int32_t sum = ONE / 2;
                for (int k = 0; k < 4; k++) sum += w[k] * source[places[k]][channel];
                pixel[channel] = clamp(sum >> 12, 0, 255);
            }
        }
    }
}

// Makes an image larger and small again `n` times; a hash of the last.
EXPORT int64_t run(int32_t n) {
    static Pixel image[SIZE * SIZE], wide[LARGE * SIZE], large[LARGE * LARGE];
    Random random = random_new(45);
    for (int i = 0; i < SIZE * SIZE; i++)
        for (int channel = 0; channel < 4; channel++)
            image[i][channel] = (i * (channel + 1) / 8 + random_below(&random, 32)) & 255;
    for (int32_t i = 0; i < n; i++) {
        resize(image, SIZE, 1, wide, LARGE, 1, SIZE, SIZE, LARGE);
        resize(wide, SIZE, LARGE, large, LARGE, LARGE, LARGE, 1, 1);
        resize(large, LARGE, LARGE, wide, SIZE, LARGE, LARGE, 1, 1);
        resize(wide, LARGE, 1, image, SIZE, 1, SIZE, LARGE, SIZE);
        image[i % (SIZE * SIZE)][i % 4] ^= 255;
    }
    uint64_t result = 0;
    for (int i = 0; i < SIZE * SIZE; i++)
        result = hash(result, image[i][0] | image[i][1] << 8 | image[i][2] << 16 | image[i][3] << 24);
    return result;
}
