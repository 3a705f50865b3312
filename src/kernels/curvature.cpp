// The gradient of a scalar perceptron and second derivatives of it.
//
// The formulas are those of models/mlp.py (ScalarMLP.curvature): beside the signals of
// scalar_mlp.cpp, tangents t = dz/dy along one that is given and along each of the chosen inputs,
//
//     t_1 = W_1 dy, t_l = W_l (d_{l-1} t_{l-1}),   hessian = sum_l t_l^T diag(c_l r_l) t_l.
//
// States and tangents of a tile go through a layer together, as rows of one product. In the first
// layer the tangents along the chosen inputs are the same for all samples.

namespace {

constexpr long ROWS = 384;  // of a tile's products, about

template <typename T> T triple(long n, const T* a, const T* b, const T* c) {
    T sum = 0;
    for (long k = 0; k < n; ++k) sum += a[k] * b[k] * c[k];
    return sum;
}

// What the reverse sweep needs of m samples: z, tangents and r of all layers.
template <typename T> struct Levels {
    T* at;
    long count, m, n;

    static long size(const Net<T>& net, long count, long m) { return net.depth * (count + 3) * m * net.width; }
    T* z(long l) const { return at + (l - 1) * (count + 3) * m * n; }  // behind it the tangents
    T* r(long l) const { return z(l) + (count + 2) * m * n; }
};

// The second derivatives of a tile of samples.
template <typename T> struct Curve {
    const Net<T>& net;
    long start, count, size;  // chosen inputs, and numbers in a block of units
    T *inputs;                // y of the tile, then its tangents
    T *fixed, *rows, *u, *bends;

    static long fitting(long count, long samples) { return std::min(std::max(ROWS / (count + 2), 1L), samples); }
    static long room(const Net<T>& net, long count, long tile) {
        return 2 * tile * net.inputs + count * net.width + (count + 3 + 4 * net.depth) * tile * net.width;
    }
    Curve(const Net<T>& net, long start, long count, long tile, Room<T>& room)
        : net(net), start(start), count(count), size(tile * net.width) {
        inputs = room.take(2 * tile * net.inputs), fixed = room.take(count * net.width);
        rows = room.take((count + 2) * size), u = room.take(size), bends = room.take(4 * net.depth * size);
        for (long a = 0; a < count; ++a)
            for (long k = 0; k < net.width; ++k) fixed[a * net.width + k] = net.weight(1)[k * net.inputs + start + a];
    }

    T* h(long l) const { return bends + 4 * (l - 1) * size; }
    T* d(long l) const { return h(l) + size; }
    T* c(long l) const { return h(l) + 2 * size; }
    T* e(long l) const { return h(l) + 3 * size; }
    // The tangent of sample i that is given (a = 0), or along a chosen input.
    const T* tangent(const Levels<T>& levels, long l, long a, long i) const {
        if (l == 1 && a) return fixed + (a - 1) * net.width;
        return levels.z(l) + ((1 + a) * levels.m + i) * net.width;
    }
    void set(long m, const T* y, const T* moving) const {
        std::memcpy(inputs, y, m * net.inputs * sizeof(T));
        std::memcpy(inputs + m * net.inputs, moving, m * net.inputs * sizeof(T));
    }

    // What a layer passes on of a tile: h and d t.
    void pass(const Levels<T>& levels, long l) const {
        const long m = levels.m, n = net.width;
        std::memcpy(rows, h(l), m * n * sizeof(T));
        for (long a = 0; a <= count; ++a)
            for (long i = 0; i < m; ++i) {
                const T *t = tangent(levels, l, a, i), *slope = d(l) + i * n;
                T* next = rows + ((1 + a) * m + i) * n;
                for (long k = 0; k < n; ++k) next[k] = slope[k] * t[k];
            }
    }
    void climb(const Levels<T>& levels) const {
        const long m = levels.m, n = net.width;
        for (long l = 1; l <= net.depth; ++l) {
            if (l > 1) pass(levels, l - 1);
            product(net.gemm, 'N', 'T', (l > 1 ? count + 2 : 2) * m, n, net.in(l), l > 1 ? rows : inputs,
                    net.weight(l), T(0), levels.z(l));
            for (long i = 0; i < m; ++i)
                for (long k = 0; k < n; ++k) h(l)[i * n + k] = levels.z(l)[i * n + k] += net.bias(l)[k];
            activate<false>(net.kind, m * n, h(l), d(l), c(l), (T*)nullptr);
        }
    }
    // What a layer adds to the second derivatives of sample i.
    void bow(const Levels<T>& levels, long l, long i, T* hessian, T* along) const {
        const long n = net.width;
        const T *bend = c(l) + i * n, *signal = levels.r(l) + i * n;
        T* bent = u + i * n;
        for (long k = 0; k < n; ++k) bent[k] = bend[k] * signal[k];
        for (long a = 0; a < count; ++a) {
            const T* t = tangent(levels, l, 1 + a, i);
            for (long b = 0; b <= a; ++b) hessian[a * count + b] += triple(n, bent, t, tangent(levels, l, 1 + b, i));
            along[a] += triple(n, bent, t, tangent(levels, l, 0, i));
        }
    }
    // Of the samples whose inputs have been set.
    void of(const Levels<T>& levels, T* gradient, T* hessian, T* along) const {
        const long m = levels.m, n = net.width;
        climb(levels);
        std::memset(hessian, 0, m * count * count * sizeof(T));
        std::memset(along, 0, m * count * sizeof(T));
        for (long i = 0; i < m; ++i) std::memcpy(levels.r(net.depth) + i * n, net.output(), n * sizeof(T));
        for (long l = net.depth; l >= 1; --l) {
            const T *slope = d(l), *signal = levels.r(l);
            for (long i = 0; i < m; ++i) bow(levels, l, i, hessian + i * count * count, along + i * count);
            for (long k = 0; k < m * n; ++k) u[k] = slope[k] * signal[k];
            product(net.gemm, 'N', 'N', m, net.in(l), n, u, net.weight(l), T(0), l > 1 ? levels.r(l - 1) : gradient);
        }
        for (long i = 0; i < m; ++i)
            for (long a = 0; a < count; ++a)
                for (long b = 0; b < a; ++b)
                    hessian[(i * count + b) * count + a] = hessian[(i * count + a) * count + b];
    }
};

// The inputs of a call, and where its results go, or the derivatives by them come from.
template <typename T> struct Second {
    const T *y, *tangent;
    long start, count;
    T *gradient, *hessian, *along;
};

// Remembers all tiles in memory, if it is given.
template <typename T>
void curvature(const Net<T>& net, long samples, const Second<T>& call, T* memory) {
    const long k = net.inputs, count = call.count, tile = Curve<T>::fitting(count, samples);
    Room<T> room(Curve<T>::room(net, count, tile) + Levels<T>::size(net, count, tile));
    const Curve<T> curve(net, call.start, count, tile, room);
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s);
        curve.set(m, call.y + s * k, call.tangent + s * k);
        const Levels<T> levels{memory ? memory + Levels<T>::size(net, count, s) : room.next, count, m, net.width};
        curve.of(levels, call.gradient + s * k, call.hessian + s * count * count, call.along + s * count);
    }
}

}  // namespace

#define CURVATURE_OF(T)                                                                           \
    Gemm<T> gemm, int kind, long inputs, long width, long depth, const T *const *w, long samples,  \
        const T *y, const T *tangent, long start, long count, T *gradient, T *hessian, T *along
#define EXPORT_CURVATURE(T, NAME)                                                                 \
    extern "C" void NAME##_curvature(CURVATURE_OF(T), T* memory) {                                \
        curvature(Net<T>{kind, inputs, width, depth, w, gemm}, samples,                            \
                  Second<T>{y, tangent, start, count, gradient, hessian, along}, memory);          \
    }

EXPORT_CURVATURE(float, f32)
EXPORT_CURVATURE(double, f64)
