// Systems of linear equations: a matrix of f64 is split into a lower and an upper one, with pivots, and solved.
#include "guest.h"

enum { SIZE = 60 };

typedef double Matrix[SIZE][SIZE];

static int split(Matrix a, int *order) {
    for (int i = 0; i < SIZE; i++) order[i] = i;
    for (int k = 0; k < SIZE; k++) {
        int pivot = k;
        for (int i = k + 1; i < SIZE; i++)
            if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[pivot][k])) pivot = i;
        if (a[pivot][k] == 0) return 0;
        if (pivot != k) {
            for (int j = 0; j < SIZE; j++) {
                double moved = a[k][j];
                a[k][j] = a[pivot][j];
                a[pivot][j] = moved;
            }
            int moved = order[k];
            order[k] = order[pivot];
            order[pivot] = moved;
        }
        for (int i = k + 1; i < SIZE; i++) {
            double factor = a[i][k] /= a[k][k];
            for (int j = k + 1; j < SIZE; j++) a[i][j] -= factor * a[k][j];
        }
    }
    return 1;
}

static void solve(Matrix lu, const int *order, const double *right, double *x) {
    for (int i = 0; i < SIZE; i++) {
        x[i] = right[order[i]];
        for (int j = 0; j < i; j++) x[i] -= lu[i][j] * x[j];
    }
    for (int i = SIZE - 1; i >= 0; i--) {
        for (int j = i + 1; j < SIZE; j++) x[i] -= lu[i][j] * x[j];
        x[i] /= lu[i][i];
    }
}

// Solves `n` random systems and checks the solutions; a hash of them, rounded.
EXPORT int64_t run(int32_t n) {
    static Matrix a, lu;
    int order[SIZE];
    double right[SIZE], x[SIZE];
    Random random = random_new(44);
    uint64_t result = 0;
    for (int32_t i = 0; i < n; i++) {
        for (int j = 0; j < SIZE; j++) {
            right[j] = random_below(&random, 1000);
            for (int k = 0; k < SIZE; k++) a[j][k] = random_below(&random, 2001) / 100.0 - 10;
        }
        __builtin_memcpy(lu, a, sizeof a);
        if (!split(lu, order)) continue;
        solve(lu, order, right, x);
        for (int j = 0; j < SIZE; j++) {
            double sum = 0;
            for (int k = 0; k < SIZE; k++) sum += a[j][k] * x[k];
            check(__builtin_fabs(sum - right[j]) < 1e-3);
        }
        result = hash(result, (int64_t)(x[i % SIZE] * 1024));
    }
    return result;
}
