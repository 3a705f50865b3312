// The gradient by its inputs of a scalar perceptron, and the reverse derivative of that gradient.
//
// The formulas are those of models/mlp.py (ScalarMLP.gradient), with h = s(z), d = s'(z),
// c = s''(z), reverse signals r and u = d r:
//
//     z_l = W_l h_{l-1} + b_l,   r_L = w,   r_{l-1} = W_l^T u_l,   gradient = r_0.
//
// A tile of samples goes through all layers while it lies in the cache. The products are those of
// the BLAS that the caller hands in; what is saved are passes over memory, and calls.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

constexpr long TILE = 128;  // samples that go through the net together

template <typename T>
using Gemm = void (*)(const char*, const char*, const int*, const int*, const int*, const T*, const T*,
                      const int*, const T*, const int*, const T*, T*, const int*);

// c[m x n] = add c + op(a)[m x k] op(b)[k x n], all by rows and without gaps: BLAS counts by
// columns, and so sees the transposed of each, in the other order.
template <typename T>
void product(Gemm<T> gemm, char op_a, char op_b, long m, long n, long k, const T* a, const T* b, T add, T* c) {
    const int rows = n, columns = m, inner = k;
    const int lda = op_a == 'N' ? k : m, ldb = op_b == 'N' ? n : k;
    const T one = 1;
    gemm(&op_b, &op_a, &rows, &columns, &inner, &one, b, &ldb, a, &lda, &add, c, &rows);
}

// sum[n] += the rows of a[m x n].
template <typename T> void add_rows(long m, long n, const T* a, T* sum) {
    for (long i = 0; i < m; ++i)
        for (long k = 0; k < n; ++k) sum[k] += a[i * n + k];
}

enum { TANH, SOFTPLUS, SILU, GELU };  // in the order of kernels/scalar_mlp.py

// z -> s(z), s'(z), s''(z); z itself becomes s(z).
template <typename T> void activate(int kind, long n, T* __restrict h, T* __restrict d, T* __restrict c) {
    if (kind == TANH) {
        for (long i = 0; i < n; ++i) {
            const T s = std::tanh(h[i]);
            h[i] = s, d[i] = 1 - s * s, c[i] = -2 * s * (1 - s * s);
        }
    } else if (kind == SOFTPLUS) {
        for (long i = 0; i < n; ++i) {
            const T z = h[i], e = std::exp(-std::abs(z)), g = (z < 0 ? e : T(1)) / (1 + e);
            h[i] = (z > 0 ? z : T(0)) + std::log(1 + e), d[i] = g, c[i] = g * (1 - g);
        }
    } else if (kind == SILU) {
        for (long i = 0; i < n; ++i) {
            const T z = h[i], e = std::exp(-std::abs(z)), g = (z < 0 ? e : T(1)) / (1 + e);
            const T rest = 1 - g, bent = z * g * rest;
            h[i] = z * g, d[i] = g + bent, c[i] = 2 * g * rest + bent * (rest - g);
        }
    } else {
        const T root = T(0.70710678118654752440), norm = T(0.39894228040143267794);
        for (long i = 0; i < n; ++i) {
            const T z = h[i], p = (1 + std::erf(z * root)) / 2, density = norm * std::exp(-z * z / 2);
            h[i] = z * p, d[i] = p + z * density, c[i] = density * (2 - z * z);
        }
    }
}

template <typename T> struct Net {
    int kind;
    long inputs, width, depth;
    const T* const* w;  // W_1, b_1, .., W_L, b_L, w
    Gemm<T> gemm;

    long in(long l) const { return l == 1 ? inputs : width; }
    const T* weight(long l) const { return w[2 * l - 2]; }
    const T* bias(long l) const { return w[2 * l - 1]; }
    const T* output() const { return w[2 * depth]; }
};

// Memory that is kept from call to call: fresh pages cost as much as a small net's whole gradient.
template <typename T> struct Room {
    T* next;

    explicit Room(long size) {
        static thread_local std::vector<T> kept;
        if ((long)kept.size() < size) kept.resize(size);
        next = kept.data();
    }

    T* take(long size) {
        next += size;
        return next - size;
    }
};

// What the reverse sweep needs of each sample: z of all layers, and r of all but the last.
//
// Less is stored than could be: to bend z again costs less than to fetch more from memory.
template <typename T> struct Tape {
    T* at;
    long samples, width, depth;
    T* z(long l, long sample) const { return at + ((l - 1) * samples + sample) * width; }
    T* r(long l, long sample) const { return at + ((depth + l - 1) * samples + sample) * width; }
};

long tape_size(long width, long depth, long samples) { return (2 * depth - 1) * samples * width; }

// The hidden units of a tile: h, d and c of every layer, and the reverse signal of the last.
template <typename T> struct Units {
    T *at, *top;
    long size;

    static long room(const Net<T>& net, long tile) { return (3 * net.depth + 1) * tile * net.width; }
    Units(const Net<T>& net, long tile, T* room) : at(room + tile * net.width), top(room), size(tile * net.width) {
        for (long i = 0; i < tile; ++i) std::memcpy(top + i * net.width, net.output(), net.width * sizeof(T));
    }
    T* h(long l) const { return at + (3 * l - 3) * size; }
    T* d(long l) const { return at + (3 * l - 2) * size; }
    T* c(long l) const { return at + (3 * l - 1) * size; }
    void bend(int kind, long l, long count, const T* z) const {
        std::memcpy(h(l), z, count * sizeof(T));
        activate(kind, count, h(l), d(l), c(l));
    }
};

template <typename T>
void forward(const Net<T>& net, long samples, const T* y, T* gradient, T* memory) {
    const long n = net.width, L = net.depth, tile = std::min(TILE, samples);
    Room<T> room(tile * n + Units<T>::room(net, tile) + tape_size(n, L, tile));
    T* u = room.take(tile * n);
    const Units<T> units(net, tile, room.take(Units<T>::room(net, tile)));
    const Tape<T> tape = memory ? Tape<T>{memory, samples, n, L} : Tape<T>{room.next, tile, n, L};
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s), at = memory ? s : 0;
        const T* below = y + s * net.inputs;
        for (long l = 1; l <= L; ++l) {
            T* z = tape.z(l, at);
            for (long i = 0; i < m; ++i) std::memcpy(z + i * n, net.bias(l), n * sizeof(T));
            product(net.gemm, 'N', 'T', m, n, net.in(l), below, net.weight(l), T(1), z);
            units.bend(net.kind, l, m * n, z);
            below = units.h(l);
        }
        for (long l = L; l >= 1; --l) {
            const T *d = units.d(l), *r = l < L ? tape.r(l, at) : units.top;
            for (long i = 0; i < m * n; ++i) u[i] = d[i] * r[i];
            T* out = l > 1 ? tape.r(l - 1, at) : gradient + s * net.inputs;
            product(net.gemm, 'N', 'N', m, net.in(l), n, u, net.weight(l), T(0), out);
        }
    }
}

// The derivatives of <cotangent, gradient> by all weights (into dw, in the order of w) and by y.
template <typename T>
void reverse(const Net<T>& net, long samples, const T* y, const T* cotangent, T* memory, T* const* dw, T* dy) {
    const long n = net.width, L = net.depth, tile = std::min(TILE, samples);
    const Tape<T> tape{memory, samples, n, L};
    Room<T> room(Units<T>::room(net, tile) + (L + 3) * tile * n);
    const Units<T> units(net, tile, room.take(Units<T>::room(net, tile)));
    T *u = room.take(tile * n), *a = room.take(tile * n), *next = room.take(tile * n), *bent = room.take(L * tile * n);
    for (long l = 1; l <= L; ++l) std::memset(dw[2 * l - 1], 0, n * sizeof(T));
    std::memset(dw[2 * L], 0, n * sizeof(T));
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s), all = m * n;
        const T* signal = cotangent + s * net.inputs;  // the derivative by r_{l-1}
        for (long l = 1; l <= L; ++l) {
            units.bend(net.kind, l, all, tape.z(l, s));
            const T *d = units.d(l), *c = units.c(l), *r = l < L ? tape.r(l, s) : units.top;
            T* e = bent + (l - 1) * tile * n;
            for (long i = 0; i < all; ++i) u[i] = d[i] * r[i];
            product(net.gemm, 'T', 'N', n, net.in(l), m, u, signal, T(s > 0), dw[2 * l - 2]);
            product(net.gemm, 'N', 'T', m, n, net.in(l), signal, net.weight(l), T(0), a);
            for (long i = 0; i < all; ++i) e[i] = a[i] * r[i] * c[i], next[i] = a[i] * d[i];
            signal = next;
        }
        add_rows(m, n, next, dw[2 * L]);
        for (long l = L; l >= 1; --l) {
            const T *e = bent + (l - 1) * tile * n, *below = l > 1 ? units.h(l - 1) : y + s * net.inputs;
            product(net.gemm, 'T', 'N', n, net.in(l), m, e, below, T(1), dw[2 * l - 2]);
            add_rows(m, n, e, dw[2 * l - 1]);
            if (l == 1) break;
            product(net.gemm, 'N', 'N', m, n, n, e, net.weight(l), T(0), a);
            const T* d = units.d(l - 1);
            T* lower = bent + (l - 2) * tile * n;
            for (long i = 0; i < all; ++i) lower[i] += a[i] * d[i];
        }
        if (dy) product(net.gemm, 'N', 'N', m, net.inputs, n, bent, net.weight(1), T(0), dy + s * net.inputs);
    }
}

}  // namespace

#define EXPORT(T, NAME)                                                                              \
    extern "C" void NAME##_forward(Gemm<T> gemm, int kind, long inputs, long width, long depth,      \
                                   const T* const* w, long samples, const T* y, T* gradient,         \
                                   T* tape) {                                                        \
        forward(Net<T>{kind, inputs, width, depth, w, gemm}, samples, y, gradient, tape);            \
    }                                                                                                \
    extern "C" void NAME##_reverse(Gemm<T> gemm, int kind, long inputs, long width, long depth,      \
                                   const T* const* w, long samples, const T* y, const T* cotangent,  \
                                   T* tape, T* const* dw, T* dy) {                                   \
        reverse(Net<T>{kind, inputs, width, depth, w, gemm}, samples, y, cotangent, tape, dw, dy);   \
    }

EXPORT(float, f32)
EXPORT(double, f64)
