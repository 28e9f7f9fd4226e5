// Moves of chess: generated, made, checked and taken back, and the positions counted.
#include "guest.h"

enum { EMPTY, PAWN, KNIGHT, BISHOP, ROOK, QUEEN, KING, BLACK = 8 };

// 16 columns, of which 8 are on the board: `square & 0x88` is not zero beside it.
typedef struct {
    uint8_t board[128];
    uint8_t kings[2];
    uint8_t side;
    uint8_t castling; // white short, white long, black short, black long
    uint8_t en_passant;
} Position;

typedef struct {
    uint8_t from, to, captured, promoted, castling, en_passant, flag;
} Move;

enum { PLAIN, DOUBLE, PASSING, SHORT, LONG };
enum { NOWHERE = 0x7f };

static const int8_t KNIGHT_STEPS[8] = {33, 31, 18, 14, -14, -18, -31, -33};
static const int8_t KING_STEPS[8] = {1, -1, 16, -16, 15, 17, -15, -17};

static int kind(uint8_t piece) { return piece & 7; }
static int color(uint8_t piece) { return piece >> 3; }

static int attacked(const Position *p, int square, int by) {
    int pawn = by ? 16 : -16;
    for (int side = -1; side <= 1; side += 2) {
        int from = square + pawn + side;
        if (!(from & 0x88) && p->board[from] == (PAWN | by << 3)) return 1;
    }
    for (int i = 0; i < 8; i++) {
        int from = square + KNIGHT_STEPS[i];
        if (!(from & 0x88) && p->board[from] == (KNIGHT | by << 3)) return 1;
        from = square + KING_STEPS[i];
        if (!(from & 0x88) && p->board[from] == (KING | by << 3)) return 1;
        while (!(from & 0x88) && !p->board[from]) from += KING_STEPS[i];
        if (from & 0x88 || color(p->board[from]) != by) continue;
        int slider = kind(p->board[from]);
        if (slider == QUEEN || slider == (i < 4 ? ROOK : BISHOP)) return 1;
    }
    return 0;
}

static Move *add(const Position *p, Move *end, int from, int to, int promoted, int flag) {
    *end = (Move){from, to, p->board[to], promoted, p->castling, p->en_passant, flag};
    return end + 1;
}

static Move *pawn_moves(const Position *p, Move *end, int from) {
    int forward = p->side ? -16 : 16;
    int last = p->side ? 0 : 7, first = p->side ? 6 : 1;
    for (int step = -1; step <= 1; step++) {
        int to = from + forward + step;
        if (to & 0x88) continue;
        if (step && to == p->en_passant) {
            end = add(p, end, from, to, 0, PASSING);
            continue;
        }
        if (step ? !p->board[to] || color(p->board[to]) == p->side : p->board[to]) continue;
        if (to >> 4 == last) {
            for (int piece = KNIGHT; piece <= QUEEN; piece++)
                end = add(p, end, from, to, piece | p->side << 3, PLAIN);
            continue;
        }
        end = add(p, end, from, to, 0, PLAIN);
        if (!step && from >> 4 == first && !p->board[to + forward])
            end = add(p, end, from, to + forward, 0, DOUBLE);
    }
    return end;
}

static Move *castling_moves(const Position *p, Move *end, int king) {
    int rights = p->castling >> (2 * p->side) & 3;
    if (!rights || attacked(p, king, !p->side)) return end;
    if (rights & 1 && !p->board[king + 1] && !p->board[king + 2] && !attacked(p, king + 1, !p->side))
        end = add(p, end, king, king + 2, 0, SHORT);
    if (rights & 2 && !p->board[king - 1] && !p->board[king - 2] && !p->board[king - 3] &&
        !attacked(p, king - 1, !p->side))
        end = add(p, end, king, king - 2, 0, LONG);
    return end;
}

static Move *moves(const Position *p, Move *end) {
    for (int from = 0; from < 128; from++) {
        if (from & 0x88) {
            from += 7;
            continue;
        }
        uint8_t piece = p->board[from];
        if (!piece || color(piece) != p->side) continue;
        int k = kind(piece);
        if (k == PAWN) {
            end = pawn_moves(p, end, from);
            continue;
        }
        const int8_t *steps = k == KNIGHT ? KNIGHT_STEPS : KING_STEPS;
        for (int i = k == BISHOP ? 4 : 0; i < (k == ROOK ? 4 : 8); i++) {
            for (int to = from + steps[i]; !(to & 0x88); to += steps[i]) {
                if (p->board[to]) {
                    if (color(p->board[to]) != p->side) end = add(p, end, from, to, 0, PLAIN);
                    break;
                }
                end = add(p, end, from, to, 0, PLAIN);
                if (k == KNIGHT || k == KING) break;
            }
        }
        if (k == KING) end = castling_moves(p, end, from);
    }
    return end;
}

static uint8_t rights_left(int square) {
    switch (square) {
    case 0x04: return 0xc;
    case 0x74: return 0x3;
    case 0x07: return 0xe;
    case 0x00: return 0xd;
    case 0x77: return 0xb;
    case 0x70: return 0x7;
    default: return 0xf;
    }
}

static void move_piece(Position *p, int from, int to) {
    p->board[to] = p->board[from];
    p->board[from] = EMPTY;
}

static void make(Position *p, const Move *m) {
    move_piece(p, m->from, m->to);
    if (m->promoted) p->board[m->to] = m->promoted;
    if (kind(p->board[m->to]) == KING) p->kings[p->side] = m->to;
    if (m->flag == PASSING) p->board[m->to + (p->side ? 16 : -16)] = EMPTY;
    if (m->flag == SHORT) move_piece(p, m->to + 1, m->to - 1);
    if (m->flag == LONG) move_piece(p, m->to - 2, m->to + 1);
    p->castling &= rights_left(m->from) & rights_left(m->to);
    p->en_passant = m->flag == DOUBLE ? (m->from + m->to) / 2 : NOWHERE;
    p->side = !p->side;
}

static void take_back(Position *p, const Move *m) {
    p->side = !p->side;
    move_piece(p, m->to, m->from);
    if (m->promoted) p->board[m->from] = PAWN | p->side << 3;
    if (kind(p->board[m->from]) == KING) p->kings[p->side] = m->from;
    p->board[m->to] = m->captured;
    if (m->flag == PASSING) p->board[m->to + (p->side ? 16 : -16)] = PAWN | !p->side << 3;
    if (m->flag == SHORT) move_piece(p, m->to - 1, m->to + 1);
    if (m->flag == LONG) move_piece(p, m->to + 1, m->to - 2);
    p->castling = m->castling;
    p->en_passant = m->en_passant;
}

static uint32_t count(Position *p, int depth) {
    Move list[256];
    Move *end = moves(p, list);
    uint32_t sum = 0;
    for (Move *m = list; m < end; m++) {
        make(p, m);
        if (!attacked(p, p->kings[!p->side], p->side)) sum += depth > 1 ? count(p, depth - 1) : 1;
        take_back(p, m);
    }
    return sum;
}

static Position read(const char *text) {
    Position p = {.castling = 0xf, .en_passant = NOWHERE};
    int row = 7, column = 0;
    for (; *text; text++) {
        if (*text == '/') {
            row--;
            column = 0;
        } else if (*text >= '1' && *text <= '8') {
            column += *text - '0';
        } else {
            int black = *text >= 'a';
            static const char letters[] = "pnbrqk";
            for (int i = 0; i < 6; i++) {
                if ((*text | 0x20) != letters[i]) continue;
                p.board[row * 16 + column] = (PAWN + i) | black << 3;
                if (i == 5) p.kings[black] = row * 16 + column;
            }
            column++;
        }
    }
    return p;
}

// Counts two positions `n` plies of 2 and 3 deep; the positions have well-known numbers.
EXPORT int64_t run(int32_t n) {
    Position middle = read("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R");
    Position start = read("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR");
    uint64_t result = 0;
    for (int32_t i = 0; i < n; i++) {
        uint32_t in_middle = count(&middle, 2), at_start = count(&start, 3);
        check(in_middle == 2039 && at_start == 8902);
        result = hash(result, in_middle + at_start + i);
    }
    return result;
}
