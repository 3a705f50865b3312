// What all kernels of a perceptron share: products, activations, the net itself, memory.
//
// The sources of this folder are one to the compiler, this one first: see kernel.py.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

template <typename T>
using Gemm = void (*)(const char*, const char*, const int*, const int*, const int*, const T*, const T*,
                      const int*, const T*, const int*, const T*, T*, const int*);

constexpr long NARROW = 8;  // columns up to which our own loops beat a BLAS, which is made for square ones
constexpr long STRIPE = 64;

// c[m x n] = add c + a[k x m]^T b[k x n] for few columns n: stripes of c, by columns, stay at hand.
template <typename T>
void narrow_outer(long m, long n, long k, const T* a, const T* b, T add, T* c) {
    T sums[NARROW][STRIPE];
    for (long from = 0; from < m; from += STRIPE) {
        const long size = std::min(STRIPE, m - from);
        std::memset(sums, 0, n * sizeof(sums[0]));
        for (long l = 0; l < k; ++l)
            for (long j = 0; j < n; ++j)
                for (long i = 0; i < size; ++i) sums[j][i] += b[l * n + j] * a[l * m + from + i];
        for (long i = 0; i < size; ++i)
            for (long j = 0; j < n; ++j) {
                T& to = c[(from + i) * n + j];
                to = (add == 0 ? T(0) : add * to) + sums[j][i];
            }
    }
}

// c[m x n] = add c + a[m x k] b[k x n] for few columns n, each of which is gathered first.
template <typename T>
void narrow_rows(long m, long n, long k, const T* a, const T* b, T add, T* c) {
    static thread_local std::vector<T> columns;
    columns.resize(n * k);
    for (long j = 0; j < n; ++j)
        for (long l = 0; l < k; ++l) columns[j * k + l] = b[l * n + j];
    for (long i = 0; i < m; ++i)
        for (long j = 0; j < n; ++j) {
            const T *row = a + i * k, *column = columns.data() + j * k;
            T sum = 0;
            for (long l = 0; l < k; ++l) sum += row[l] * column[l];
            c[i * n + j] = (add == 0 ? T(0) : add * c[i * n + j]) + sum;
        }
}

// c[m x n] = add c + op(a)[m x k] op(b)[k x n], all by rows and without gaps: BLAS counts by
// columns, and so sees the transposed of each, in the other order.
template <typename T>
void product(Gemm<T> gemm, char op_a, char op_b, long m, long n, long k, const T* a, const T* b, T add, T* c) {
    if (n <= NARROW && op_b == 'N') return (op_a == 'T' ? narrow_outer<T> : narrow_rows<T>)(m, n, k, a, b, add, c);
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

// z -> s(z), s'(z), s''(z), and if wanted s'''(z); z itself becomes s(z).
template <bool THIRD, typename T>
void activate(int kind, long n, T* __restrict h, T* __restrict d, T* __restrict c, T* __restrict e) {
    if (kind == TANH) {
        for (long i = 0; i < n; ++i) {
            const T s = std::tanh(h[i]), slope = 1 - s * s;
            h[i] = s, d[i] = slope, c[i] = -2 * s * slope;
            if constexpr (THIRD) e[i] = slope * (6 * s * s - 2);
        }
    } else if (kind == SOFTPLUS) {
        for (long i = 0; i < n; ++i) {
            const T z = h[i], x = std::exp(-std::abs(z)), g = (z < 0 ? x : T(1)) / (1 + x), bend = g * (1 - g);
            h[i] = (z > 0 ? z : T(0)) + std::log(1 + x), d[i] = g, c[i] = bend;
            if constexpr (THIRD) e[i] = bend * (1 - 2 * g);
        }
    } else if (kind == SILU) {
        for (long i = 0; i < n; ++i) {
            const T z = h[i], x = std::exp(-std::abs(z)), g = (z < 0 ? x : T(1)) / (1 + x);
            const T rest = 1 - g, bend = g * rest, turn = bend * (rest - g);
            h[i] = z * g, d[i] = g + z * bend, c[i] = 2 * bend + z * turn;
            if constexpr (THIRD) e[i] = 3 * turn + z * bend * (1 - 6 * bend);
        }
    } else {
        const T root = T(0.70710678118654752440), norm = T(0.39894228040143267794);
        for (long i = 0; i < n; ++i) {
            const T z = h[i], p = (1 + std::erf(z * root)) / 2, density = norm * std::exp(-z * z / 2);
            h[i] = z * p, d[i] = p + z * density, c[i] = density * (2 - z * z);
            if constexpr (THIRD) e[i] = density * z * (z * z - 4);
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

}  // namespace
