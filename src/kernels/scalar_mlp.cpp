// The gradient by its inputs of a scalar perceptron, and the reverse derivative of that gradient.
//
// The formulas are those of models/mlp.py (ScalarMLP.gradient), with h = s(z), d = s'(z),
// c = s''(z), reverse signals r and u = d r:
//
//     z_l = W_l h_{l-1} + b_l,   r_L = w,   r_{l-1} = W_l^T u_l,   gradient = r_0.
//
// A tile of samples goes through all layers while it lies in the cache. The products are those of
// the BLAS that the caller hands in; what is saved are passes over memory, and calls.
namespace {

constexpr long TILE = 64;  // samples that go through the net together

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

// The hidden units of a tile: h, d, c and u of every layer, and the reverse signal of the last.
template <typename T> struct Units {
    T *at, *top;
    long size;

    static long room(const Net<T>& net, long tile) { return (4 * net.depth + 1) * tile * net.width; }
    Units(const Net<T>& net, long tile, T* room) : at(room + tile * net.width), top(room), size(tile * net.width) {
        for (long i = 0; i < tile; ++i) std::memcpy(top + i * net.width, net.output(), net.width * sizeof(T));
    }
    T* h(long l) const { return at + (4 * l - 4) * size; }
    T* d(long l) const { return at + (4 * l - 3) * size; }
    T* c(long l) const { return at + (4 * l - 2) * size; }
    T* u(long l) const { return at + (4 * l - 1) * size; }

    // z becomes h, d, c; it may lie where h is to be.
    void bend(int kind, long l, long count, const T* z) const {
        if (z != h(l)) std::memcpy(h(l), z, count * sizeof(T));
        activate<false>(kind, count, h(l), d(l), c(l), (T*)nullptr);
    }
    void scale(long l, long count, const T* r) const {
        const T* slope = d(l);
        T* scaled = u(l);
        for (long i = 0; i < count; ++i) scaled[i] = slope[i] * r[i];
    }
};

// Up through the layers, z to where z(l) says, and down again, r to r(l): the gradient of a tile.
template <typename T, typename Z, typename R>
void sweep(const Net<T>& net, long m, const Units<T>& units, const T* y, Z z, R r, T* gradient) {
    const long n = net.width, L = net.depth;
    for (long l = 1; l <= L; ++l) {
        for (long i = 0; i < m; ++i) std::memcpy(z(l) + i * n, net.bias(l), n * sizeof(T));
        product(net.gemm, 'N', 'T', m, n, net.in(l), l > 1 ? units.h(l - 1) : y, net.weight(l), T(1), z(l));
        units.bend(net.kind, l, m * n, z(l));
    }
    for (long l = L; l >= 1; --l) {
        units.scale(l, m * n, r(l));
        product(net.gemm, 'N', 'N', m, net.in(l), n, units.u(l), net.weight(l), T(0), l > 1 ? r(l - 1) : gradient);
    }
}

// Memory for a tile's reverse derivatives.
template <typename T> struct Scratch {
    T *a, *next, *bent;

    static long room(const Net<T>& net, long tile) { return (net.depth + 2) * tile * net.width; }
    Scratch(const Net<T>& net, long tile, T* room)
        : a(room), next(room + tile * net.width), bent(next + tile * net.width) {}
};

// The derivatives of <signal, gradient> of a tile, by all weights (added to dw unless it is the
// first tile) and by y.
template <typename T, typename R>
void unwind(const Net<T>& net, long m, bool first, const Units<T>& units, const Scratch<T>& scratch, const T* y,
            R r, const T* signal, T* const* dw, T* dy) {
    const long n = net.width, L = net.depth, all = m * n;
    const auto bent = [&](long l) { return scratch.bent + (l - 1) * units.size; };
    T *a = scratch.a, *next = scratch.next;
    for (long l = 1; l <= L; ++l) {  // signal: the derivative by r_{l-1}
        const T *d = units.d(l), *c = units.c(l), *above = r(l);
        T* e = bent(l);
        product(net.gemm, 'T', 'N', n, net.in(l), m, units.u(l), signal, T(!first), dw[2 * l - 2]);
        product(net.gemm, 'N', 'T', m, n, net.in(l), signal, net.weight(l), T(0), a);
        for (long i = 0; i < all; ++i) e[i] = a[i] * above[i] * c[i], next[i] = a[i] * d[i];
        signal = next;
    }
    if (first)
        for (long l = 1; l <= L + 1; ++l) std::memset(dw[l <= L ? 2 * l - 1 : 2 * L], 0, n * sizeof(T));
    add_rows(m, n, next, dw[2 * L]);
    for (long l = L; l >= 1; --l) {
        product(net.gemm, 'T', 'N', n, net.in(l), m, bent(l), l > 1 ? units.h(l - 1) : y, T(1), dw[2 * l - 2]);
        add_rows(m, n, bent(l), dw[2 * l - 1]);
        if (l == 1) break;
        product(net.gemm, 'N', 'N', m, n, n, bent(l), net.weight(l), T(0), a);
        const T* d = units.d(l - 1);
        T* lower = bent(l - 1);
        for (long i = 0; i < all; ++i) lower[i] += a[i] * d[i];
    }
    if (dy) product(net.gemm, 'N', 'N', m, net.inputs, n, bent(1), net.weight(1), T(0), dy);
}

template <typename T>
void forward(const Net<T>& net, long samples, const T* y, T* gradient, T* memory) {
    const long n = net.width, L = net.depth, tile = std::min(TILE, samples);
    Room<T> room(Units<T>::room(net, tile) + tape_size(n, L, tile));
    const Units<T> units(net, tile, room.take(Units<T>::room(net, tile)));
    const Tape<T> tape = memory ? Tape<T>{memory, samples, n, L} : Tape<T>{room.next, tile, n, L};
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s), at = memory ? s : 0;
        const auto r = [&](long l) { return l < L ? tape.r(l, at) : units.top; };
        sweep(net, m, units, y + s * net.inputs, [&](long l) { return tape.z(l, at); }, r, gradient + s * net.inputs);
    }
}

// The derivatives of <cotangent, gradient> by all weights (into dw, in the order of w) and by y.
template <typename T>
void reverse(const Net<T>& net, long samples, const T* y, const T* cotangent, T* memory, T* const* dw, T* dy) {
    const long n = net.width, L = net.depth, tile = std::min(TILE, samples);
    const Tape<T> tape{memory, samples, n, L};
    Room<T> room(Units<T>::room(net, tile) + Scratch<T>::room(net, tile));
    const Units<T> units(net, tile, room.take(Units<T>::room(net, tile)));
    const Scratch<T> scratch(net, tile, room.next);
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s), from = s * net.inputs;
        const auto r = [&](long l) { return l < L ? tape.r(l, s) : units.top; };
        for (long l = 1; l <= L; ++l) units.bend(net.kind, l, m * n, tape.z(l, s)), units.scale(l, m * n, r(l));
        unwind(net, m, s == 0, units, scratch, y + from, r, cotangent + from, dw, dy ? dy + from : nullptr);
    }
}

// What a gradient should be: rows[count x inputs] times it, of every sample or (step 0) of all
// alike, against target[samples x count].
template <typename T> struct Aim {
    long count, step;
    const T *rows, *target;
};

// The sum of squares of the derivatives by all weights.
template <typename T> double squared(const Net<T>& net, T* const* dw) {
    double sum = 0;
    for (long l = 0; l <= 2 * net.depth; ++l)
        for (long row = 0; row < (l % 2 || l == 2 * net.depth ? 1 : net.width); ++row) {
            const long size = l % 2 || l == 2 * net.depth ? net.width : net.in(l / 2 + 1);
            const T* at = dw[l] + row * size;
            T squares = 0;
            for (long i = 0; i < size; ++i) squares += at[i] * at[i];
            sum += squares;
        }
    return sum;
}

// The mean square of what is missed, its derivatives by all weights, and their norm.
//
// Nothing is remembered of a tile: its derivatives are taken while it lies in the cache.
template <typename T>
double fit(const Net<T>& net, long samples, const T* y, const Aim<T>& aim, T* const* dw, double* norm) {
    const long n = net.width, L = net.depth, k = net.inputs, tile = std::min(TILE, samples);
    Room<T> room(Units<T>::room(net, tile) + Scratch<T>::room(net, tile) + (L - 1) * tile * n + 2 * tile * k);
    const Units<T> units(net, tile, room.take(Units<T>::room(net, tile)));
    const Scratch<T> scratch(net, tile, room.take(Scratch<T>::room(net, tile)));
    T *reversed = room.take((L - 1) * tile * n), *gradient = room.take(tile * k), *signal = room.take(tile * k);
    const auto r = [&](long l) { return l < L ? reversed + (l - 1) * tile * n : units.top; };
    const double each = 1.0 / (samples * aim.count);
    double squares = 0;
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s);
        sweep(net, m, units, y + s * k, [&](long l) { return units.h(l); }, r, gradient);
        std::memset(signal, 0, m * k * sizeof(T));
        for (long i = 0; i < m; ++i)
            for (long j = 0; j < aim.count; ++j) {
                const T* row = aim.rows + (s + i) * aim.step + j * k;
                T miss = -aim.target[(s + i) * aim.count + j];
                for (long p = 0; p < k; ++p) miss += row[p] * gradient[i * k + p];
                for (long p = 0; p < k; ++p) signal[i * k + p] += T(2 * each) * miss * row[p];
                squares += double(miss) * miss;
            }
        unwind(net, m, s == 0, units, scratch, y + s * k, r, signal, dw, (T*)nullptr);
    }
    *norm = std::sqrt(squared(net, dw));
    return squares * each;
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
    }                                                                                                \
    extern "C" double NAME##_fit(Gemm<T> gemm, int kind, long inputs, long width, long depth,        \
                                 const T* const* w, long samples, const T* y, long count, long step, \
                                 const T* rows, const T* target, T* const* dw, double* norm) {       \
        return fit(Net<T>{kind, inputs, width, depth, w, gemm}, samples, y,                          \
                   Aim<T>{count, step, rows, target}, dw, norm);                                     \
    }

EXPORT(float, f32)
EXPORT(double, f64)
