// Rays traced through a scene of spheres, in f32: mirrors, a lamp and its shadows.
#include "guest.h"

typedef struct {
    float x, y, z;
} Vector;

static Vector sum(Vector a, Vector b) { return (Vector){a.x + b.x, a.y + b.y, a.z + b.z}; }
static Vector times(Vector a, float s) { return (Vector){a.x * s, a.y * s, a.z * s}; }
static Vector minus(Vector a, Vector b) { return sum(a, times(b, -1)); }
static float dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static Vector unit(Vector a) { return times(a, 1 / __builtin_sqrtf(dot(a, a))); }

typedef struct {
    Vector center;
    float radius, light, mirror;
} Sphere;

enum { SPHERES = 12 };
static Sphere spheres[SPHERES];
static const Vector lamp = {-4, 6, -3};

// The sphere that is met first, and how far away.
static const Sphere *meet(Vector from, Vector along, float *distance) {
    const Sphere *first = 0;
    for (const Sphere *s = spheres; s < spheres + SPHERES; s++) {
        Vector to = minus(s->center, from);
        float nearest = dot(to, along);
        float inside = s->radius * s->radius - dot(to, to) + nearest * nearest;
        if (inside < 0) continue;
        float root = __builtin_sqrtf(inside);
        float at = nearest - root > 1e-3f ? nearest - root : nearest + root;
        if (at > 1e-3f && at < *distance) {
            *distance = at;
            first = s;
        }
    }
    return first;
}

static float brightness(Vector from, Vector along, int depth) {
    float distance = 1e9f;
    const Sphere *sphere = meet(from, along, &distance);
    if (!sphere) return along.y > 0 ? 0.2f + 0.5f * along.y : 0.1f;
    Vector point = sum(from, times(along, distance));
    Vector normal = unit(minus(point, sphere->center));
    Vector to_lamp = minus(lamp, point);
    float lamp_distance = __builtin_sqrtf(dot(to_lamp, to_lamp));
    to_lamp = unit(to_lamp);
    float light = 0.05f, facing = dot(normal, to_lamp);
    if (facing > 0 && !meet(point, to_lamp, &lamp_distance)) light += facing * sphere->light;
    if (depth > 0 && sphere->mirror > 0) {
        Vector away = minus(along, times(normal, 2 * dot(along, normal)));
        light += sphere->mirror * brightness(point, away, depth - 1);
    }
    return light;
}

// An image of `n` by `n` points; a hash of their brightness in 256 steps.
EXPORT int64_t run(int32_t n) {
    Random random = random_new(47);
    for (int i = 0; i < SPHERES; i++) {
        float part[5];
        for (int k = 0; k < 5; k++) part[k] = random_below(&random, 1024) / 1024.0f;
        spheres[i] = (Sphere){{part[0] * 6 - 3, part[1] * 4 - 2, part[2] * 5 + 3},
                              0.3f + part[3] / 2, 0.5f + part[4] / 2, i % 3 * 0.3f};
    }
    uint64_t result = 0;
    for (int32_t y = 0; y < n; y++) {
        for (int32_t x = 0; x < n; x++) {
            Vector along = unit((Vector){2.0f * x / n - 1, 1 - 2.0f * y / n, 1.5f});
            float light = brightness((Vector){0, 0, -2}, along, 3);
            result = hash(result, light < 1 ? (int)(light * 255) : 255);
        }
    }
    return result;
}
