/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_hill: shakes the size a little and goes where the throughput follows.
 *
 * The size is a setting plus a square wave of 4 samples: two low, two high. Of up to 32 samples
 * (whole waves) the Fourier components at that period, of the sizes S and of the throughput T, each
 * over its mean, say what a change brings:
 *
 *     ratio = Re(T / S) - 0.15             more workers must bring at least 15 % of their share
 *     confidence = min(1, |S| / noise / 3) noise: T's components at the two frequencies beside
 *     move = sign (|clamp(ratio, -1, 1)| confidence)^2 x 4 a second, at most 20
 *
 * and the wave's height follows the noise, 1 to 20. A tick is a sample where (size - 1) / completed
 * < 15 %, else it is drawn out. At min, where fewer would be better, a sample is up to 10 ticks
 * long. Where jobs wait and none was started for 500 ms there is one more at once.
 *
 * Differs from the source: ticks are the scenario's `every` (there 10 to 200 ms at random); nothing
 * is refused for a busy processor (there above 95 %), since a worker is not known to compute.
 *
 * Source: .NET runtime, PortableThreadPool.HillClimbing.cs and GateThread.cs; the components by
 * Goertzel's algorithm, American Mathematical Monthly 65, 1958. At a period of 4 the coefficient is
 * 0; beside it, over n samples, cos and sin of pi/2 + 2 pi/n and of pi/2 - 2 pi/n: a table.
 */
#include "model/policy_resize_kinds.h"

enum { PERIOD = 4, MOST_STEP = 20, MOST_WAVE = 20 };
static const nsec STARVED_AFTER = NSEC_PER_SEC / 2;
static const double BIAS = 0.15, SIGNAL_TO_NOISE = 3, MOVES_PER_SECOND = 4, NOISE_WEIGHT = 0.01,
                    SAMPLE_ERROR = 0.15;

struct wave {
    double re, im;
};

/* cos and sin of 2 pi / n for n = 8, 12, 16, ... 32 */
static const double COS[] = {0.7071067811865476, 0.8660254037844387, 0.9238795325112867,
                             0.9510565162951535, 0.9659258262890683, 0.9749279121818236,
                             0.9807852804032304};
static const double SIN[] = {0.7071067811865476,  0.5,
                             0.3826834323650898,  0.3090169943749474,
                             0.25881904510252074, 0.2225209339563144,
                             0.19509032201612825};

/* Goertzel: the component of the last n samples at the angle whose cosine and sine are given, over
 * n. */
static struct wave component(const struct policy_resize *p, const double *samples, uint64_t n,
                             double cosine, double sine) {
    double q1 = 0, q2 = 0;
    for (uint64_t i = 0; i < n; i++) {
        double q0 = 2 * cosine * q1 - q2 + samples[(p->hill.samples - n + i) % RESIZE_WAVE];
        q2 = q1;
        q1 = q0;
    }
    return (struct wave){(q1 - q2 * cosine) / (double)n, q2 * sine / (double)n};
}

static double length(struct wave w) {
    return sqrt(w.re * w.re + w.im * w.im);
}

static double mean(const struct policy_resize *p, const double *samples, uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += samples[(p->hill.samples - n + i) % RESIZE_WAVE];
    return sum / (double)n;
}

/* What the throughput has at the frequencies beside the wave's, over its mean; the larger. */
static double noise_of(const struct policy_resize *p, uint64_t n, double throughput) {
    double c = COS[n / PERIOD - 2], s = SIN[n / PERIOD - 2];
    double above = length(component(p, p->hill.throughput, n, -s, c));
    double below = length(component(p, p->hill.throughput, n, s, c));
    return (above > below ? above : below) / throughput;
}

/* Re(T / S) - 0.15, and how far it can be trusted. */
static double ratio_of(struct policy_resize *p, double *confidence) {
    uint64_t n = p->hill.samples - 1 < RESIZE_WAVE ? p->hill.samples - 1 : RESIZE_WAVE;
    n -= n % PERIOD;
    *confidence = 0;
    if (n <= PERIOD)
        return 0;
    double throughput = mean(p, p->hill.throughput, n);
    if (!(throughput > 0))
        return 0;
    double size = mean(p, p->hill.sizes, n), noise = noise_of(p, n, throughput);
    struct wave t = component(p, p->hill.throughput, n, 0, 1);
    struct wave s = component(p, p->hill.sizes, n, 0, 1);
    double *average = &p->hill.noise, shake = length(s) / size;
    *average = *average > 0 ? NOISE_WEIGHT * noise + (1 - NOISE_WEIGHT) * *average : noise;
    double most = noise > *average ? noise : *average;
    *confidence = most > 0 ? shake / most / SIGNAL_TO_NOISE : 1;
    *confidence = *confidence < 1 ? *confidence : 1;
    double square = s.re * s.re + s.im * s.im;
    return square > 0 ? (t.re * s.re + t.im * s.im) / square * size / throughput - BIAS : 0;
}

/* By how much the setting moves after a sample of so many seconds. */
static double move_by(double ratio, double confidence, double seconds) {
    double move = ratio < -1 ? -1 : ratio > 1 ? 1 : ratio;
    move *= confidence;
    move *= (move < 0 ? -move : move) * MOVES_PER_SECOND * seconds;
    return move < MOST_STEP ? move : MOST_STEP;
}

static int wave_height(const struct policy_resize *p) {
    double height = 0.5 + p->hill.limit * p->hill.noise * SIGNAL_TO_NOISE * 2;
    return height < 1 ? 1 : height > MOST_WAVE ? MOST_WAVE : (int)height;
}

/* The size for the next sample. */
static int64_t shaken(const struct resize_ask *a) {
    struct policy_resize *p = a->p;
    int height = wave_height(p);
    double most = (double)(a->spec->max - height);
    p->hill.limit = p->hill.limit < most ? p->hill.limit : most;
    p->hill.limit = resize_within(a->spec, p->hill.limit);
    bool high = p->hill.samples / (PERIOD / 2) % 2;
    return resize_whole(resize_within(a->spec, p->hill.limit + (high ? height : 0)));
}

static void take_sample(struct resize_ask *a) {
    struct policy_resize *p = a->p;
    uint64_t i = p->hill.samples++ % RESIZE_WAVE;
    p->hill.sizes[i] = a->size;
    p->hill.throughput[i] = (double)p->hill.completed / nsec_seconds(p->hill.time);
}

static int64_t climb(struct resize_ask *a) {
    struct policy_resize *p = a->p;
    double confidence, seconds = nsec_seconds(p->hill.time);
    take_sample(a);
    double ratio = ratio_of(p, &confidence);
    p->hill.limit += move_by(ratio, confidence, seconds);
    p->hill.time = 0;
    p->hill.completed = 0;
    int64_t size = shaken(a);
    if (ratio < 0 && size == a->spec->min)
        p->hill.quiet_until =
            a->now + dist_time(10 * (ratio < -1 ? 1 : -ratio) * (double)(a->now - a->seen->from));
    return size;
}

/* Is the sample long enough to be one? */
static bool complete(const struct resize_ask *a) {
    const struct policy_resize *p = a->p;
    bool exact = p->hill.samples == 0 || a->size <= 1 ||
                 a->size - 1.0 < SAMPLE_ERROR * (double)p->hill.completed;
    return exact && a->now >= p->hill.quiet_until && !a->held;
}

/* Jobs wait, and nobody takes them? */
static bool starved(struct resize_ask *a) {
    if (a->seen->started > 0 || a->load->queued == 0)
        a->p->hill.starved = a->now;
    if (a->held || a->now - a->p->hill.starved < STARVED_AFTER)
        return false;
    a->p->hill.starved = a->now;
    return a->size < a->spec->max;
}

int64_t resize_hill(struct resize_ask *a) {
    struct policy_resize *p = a->p;
    if (!a->seen || a->now <= a->seen->from)
        return a->size;
    p->hill.limit += (double)a->size - p->hill.last; /* somebody else changed it */
    p->hill.time += a->now - a->seen->from;
    p->hill.completed += a->seen->completed;
    int64_t size = complete(a) ? climb(a) : a->size;
    if (starved(a)) {
        p->hill.limit += 1;
        size += size < a->spec->max;
    }
    p->hill.last = (uint32_t)size;
    return size;
}
