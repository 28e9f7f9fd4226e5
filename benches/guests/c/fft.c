// The fast Fourier transform of complex numbers, there and back again.
#include "guest.h"

enum { BITS = 10, SIZE = 1 << BITS };

typedef struct {
    double re, im;
} Complex;

static Complex roots[SIZE / 2];

// exp(-2 pi i k / SIZE), from that of half the circle by halving the angle.
static void fill_roots(void) {
    roots[0] = (Complex){1, 0};
    Complex root = {-1, 0};
    for (int stride = SIZE / 4; stride >= 1; stride /= 2) {
        double re = __builtin_sqrt((1 + root.re) / 2);
        root = (Complex){re, -__builtin_sqrt(1 - re * re)};
        for (int k = 0; k < SIZE / 2; k += 2 * stride) {
            Complex other = roots[k];
            roots[k + stride] = (Complex){other.re * root.re - other.im * root.im,
                                          other.re * root.im + other.im * root.re};
        }
    }
}

static void transform(Complex *values, int sign) {
    for (uint32_t i = 0, j = 0; i < SIZE; i++) {
        if (i < j) {
            Complex moved = values[i];
            values[i] = values[j];
            values[j] = moved;
        }
        uint32_t bit = SIZE / 2;
        while (j & bit) {
            j ^= bit;
            bit /= 2;
        }
        j |= bit;
    }
    for (int half = 1; half < SIZE; half *= 2) {
        int stride = SIZE / 2 / half;
        for (int block = 0; block < SIZE; block += 2 * half) {
            for (int k = 0; k < half; k++) {
                Complex root = roots[k * stride];
                root.im *= sign;
                Complex *low = &values[block + k], *high = low + half;
                Complex product = {high->re * root.re - high->im * root.im,
                                   high->re * root.im + high->im * root.re};
                *high = (Complex){low->re - product.re, low->im - product.im};
                *low = (Complex){low->re + product.re, low->im + product.im};
            }
        }
    }
}

// Transforms `n` times there and back; the numbers, rounded, are the same as before, and the result is made of them.
EXPORT int64_t run(int32_t n) {
    static Complex values[SIZE];
    fill_roots();
    Random random = random_new(43);
    int32_t before[SIZE];
    for (int i = 0; i < SIZE; i++) {
        before[i] = (int32_t)random_below(&random, 2000) - 1000;
        values[i] = (Complex){before[i], 0};
    }
    uint64_t result = 0;
    for (int32_t i = 0; i < n; i++) {
        transform(values, 1);
        result = hash(result, (int64_t)(values[1 + i % (SIZE - 1)].re * 16));
        transform(values, -1);
        for (int j = 0; j < SIZE; j++) {
            values[j].re /= SIZE;
            values[j].im /= SIZE;
        }
    }
    for (int i = 0; i < SIZE; i++) {
        double difference = values[i].re - before[i];
        check(difference < 1e-3 && difference > -1e-3);
    }
    return result;
}
