// Text packed and unpacked bit by bit: a model of probabilities that learns from the last two bytes, and a coder of ranges.
#include "guest.h"

enum { LENGTH = 4096, CONTEXTS = 1 << 16 };

// The probability of a one, of 4096, after each beginning of a byte in each context.
typedef struct {
    uint16_t ones[CONTEXTS];
    uint32_t context;
} Model;

static uint32_t place(const Model *model, uint32_t begun) {
    return (model->context * 0x9e3779b1u + begun * 0x2c1b3c6du) >> 16;
}

static void learn(uint16_t *ones, int bit) {
    if (bit)
        *ones += (65536 - *ones) >> 4;
    else
        *ones -= *ones >> 4;
}

static void reset(Model *model) {
    for (int i = 0; i < CONTEXTS; i++) model->ones[i] = 32768;
    model->context = 0;
}

typedef struct {
    uint32_t low, high, code;
    uint8_t *at;
} Coder;

static uint32_t middle(const Coder *coder, uint16_t ones) {
    uint32_t range = coder->high - coder->low;
    uint32_t share = (ones >> 4) < 1 ? 1 : ones >> 4;
    return coder->low + (range >> 12) * share + (((range & 4095) * share) >> 12);
}

static void encode(Coder *coder, Model *model, uint8_t byte) {
    uint32_t begun = 1;
    for (int i = 7; i >= 0; i--) {
        uint16_t *ones = &model->ones[place(model, begun)];
        uint32_t split = middle(coder, *ones);
        int bit = byte >> i & 1;
        if (bit)
            coder->high = split;
        else
            coder->low = split + 1;
        learn(ones, bit);
        begun = begun << 1 | bit;
        while (!((coder->low ^ coder->high) >> 24)) {
            *coder->at++ = coder->high >> 24;
            coder->low <<= 8;
            coder->high = coder->high << 8 | 255;
        }
    }
    model->context = (model->context << 8 | byte) & 0xffff;
}

static uint8_t decode(Coder *coder, Model *model) {
    uint32_t begun = 1;
    while (begun < 256) {
        uint16_t *ones = &model->ones[place(model, begun)];
        uint32_t split = middle(coder, *ones);
        int bit = coder->code <= split;
        if (bit)
            coder->high = split;
        else
            coder->low = split + 1;
        learn(ones, bit);
        begun = begun << 1 | bit;
        while (!((coder->low ^ coder->high) >> 24)) {
            coder->low <<= 8;
            coder->high = coder->high << 8 | 255;
            coder->code = coder->code << 8 | *coder->at++;
        }
    }
    model->context = (model->context << 8 | (begun & 255)) & 0xffff;
    return begun;
}

// Packs and unpacks a text `n` times, each time another; a hash of the packed sizes.
EXPORT int64_t run(int32_t n) {
    static const char words[8][10] = {"the ", "range ", "is ", "narrow ", "and ", "again ", "wide\n", "of "};
    static uint8_t text[LENGTH], packed[2 * LENGTH];
    static Model model;
    Random random = random_new(46);
    uint64_t result = 0;
    for (int32_t i = 0; i < n; i++) {
        for (int j = 0; j < LENGTH;) {
            const char *word = words[random_below(&random, 8)];
            while (*word && j < LENGTH) text[j++] = *word++;
        }
        Coder coder = {.low = 0, .high = ~0u, .at = packed};
        reset(&model);
        for (int j = 0; j < LENGTH; j++) encode(&coder, &model, text[j]);
        for (int j = 0; j < 4; j++) *coder.at++ = coder.high >> (24 - 8 * j);
        uint32_t size = coder.at - packed;
        coder = (Coder){.low = 0, .high = ~0u, .at = packed};
        for (int j = 0; j < 4; j++) coder.code = coder.code << 8 | *coder.at++;
        reset(&model);
        for (int j = 0; j < LENGTH; j++) check(decode(&coder, &model) == text[j]);
        result = hash(result, size);
    }
    return result;
}
