// The gradient of a scalar perceptron and second derivatives of it.
//
// The formulas are those of models/mlp.py (ScalarMLP.curvature): beside the signals of
// scalar_mlp.cpp, tangents t = dz/dy along each of the chosen inputs, and one that is given,
//
//     t_1 = W_1 dy, t_l = W_l (d_{l-1} t_{l-1}),   hessian = sum_l t_l^T diag(c_l r_l) t_l.
//
// States and tangents of a tile go through a layer together, as rows of one product. In the first
// layer the tangents along the chosen inputs are the same for all samples.

namespace {

constexpr long ROWS = 256;  // of a tile's products, about

template <typename T> T triple(long n, const T* a, const T* b, const T* c) {
    T sum = 0;
    for (long k = 0; k < n; ++k) sum += a[k] * b[k] * c[k];
    return sum;
}

// The second derivatives of a tile of samples.
template <typename T> struct Curve {
    const Net<T>& net;
    long count, tile, size;  // chosen inputs, samples, numbers in a block of units
    T *inputs;               // y of the tile, then its tangents
    T *fixed, *rows, *r, *u, *layers;

    static long fitting(long count, long samples) {
        return std::min(std::max(ROWS / (count + 2), 1L), samples);
    }
    static long room(const Net<T>& net, long count, long tile) {
        const long blocks = (net.depth + 1) * (count + 2) + 2 * net.depth + 2;
        return 2 * tile * net.inputs + count * net.width + blocks * tile * net.width;
    }
    Curve(const Net<T>& net, long start, long count, long tile, Room<T>& room)
        : net(net), count(count), tile(tile), size(tile * net.width) {
        inputs = room.take(2 * tile * net.inputs);
        fixed = room.take(count * net.width);
        rows = room.take((count + 2) * size);
        r = room.take(size), u = room.take(size);
        layers = room.take(net.depth * (count + 4) * size);
        for (long a = 0; a < count; ++a)
            for (long k = 0; k < net.width; ++k) fixed[a * net.width + k] = net.weight(1)[k * net.inputs + start + a];
    }

    T* d(long l) const { return layers + (l - 1) * (count + 4) * size; }
    T* c(long l) const { return d(l) + size; }
    T* z(long l) const { return c(l) + size; }  // of m samples; behind them their tangents
    // The tangent of sample i along chosen input a, or (a = count) the given one.
    const T* tangent(long l, long m, long a, long i) const {
        if (l == 1) return a < count ? fixed + a * net.width : z(1) + (m + i) * net.width;
        return z(l) + ((1 + a) * m + i) * net.width;
    }

    // z of a layer becomes h, d, c; h is the first of the rows that go on.
    void bend(long l, long m) const {
        const long n = net.width;
        for (long i = 0; i < m; ++i)
            for (long k = 0; k < n; ++k) rows[i * n + k] = z(l)[i * n + k] + net.bias(l)[k];
        activate(net.kind, m * n, rows, d(l), c(l));
    }
    void climb(long m) const {
        const long n = net.width;
        product(net.gemm, 'N', 'T', 2 * m, n, net.inputs, inputs, net.weight(1), T(0), z(1));
        bend(1, m);
        for (long l = 2; l <= net.depth; ++l) {
            for (long a = 0; a <= count; ++a)
                for (long i = 0; i < m; ++i) {
                    const T *t = tangent(l - 1, m, a, i), *slope = d(l - 1) + i * n;
                    T* next = rows + ((1 + a) * m + i) * n;
                    for (long k = 0; k < n; ++k) next[k] = slope[k] * t[k];
                }
            product(net.gemm, 'N', 'T', (count + 2) * m, n, n, rows, net.weight(l), T(0), z(l));
            bend(l, m);
        }
    }
    // What a layer adds to the second derivatives of sample i.
    void bow(long l, long m, long i, T* hessian, T* along) const {
        const long n = net.width;
        T* bent = u + i * n;
        for (long k = 0; k < n; ++k) bent[k] = c(l)[i * n + k] * r[i * n + k];
        for (long a = 0; a < count; ++a) {
            const T* t = tangent(l, m, a, i);
            for (long b = 0; b <= a; ++b) hessian[a * count + b] += triple(n, bent, t, tangent(l, m, b, i));
            along[a] += triple(n, bent, t, tangent(l, m, count, i));
        }
    }
    // Of the m samples whose inputs have been set.
    void of(long m, T* gradient, T* hessian, T* along) const {
        const long n = net.width;
        climb(m);
        std::memset(hessian, 0, m * count * count * sizeof(T));
        std::memset(along, 0, m * count * sizeof(T));
        for (long i = 0; i < m; ++i) std::memcpy(r + i * n, net.output(), n * sizeof(T));
        for (long l = net.depth; l >= 1; --l) {
            for (long i = 0; i < m; ++i) bow(l, m, i, hessian + i * count * count, along + i * count);
            for (long k = 0; k < m * n; ++k) u[k] = d(l)[k] * r[k];
            product(net.gemm, 'N', 'N', m, net.in(l), n, u, net.weight(l), T(0), l > 1 ? r : gradient);
        }
        for (long i = 0; i < m; ++i)
            for (long a = 0; a < count; ++a)
                for (long b = 0; b < a; ++b)
                    hessian[(i * count + b) * count + a] = hessian[(i * count + a) * count + b];
    }
};

template <typename T>
void curvature(const Net<T>& net, long samples, const T* y, const T* tangent, long start, long count, T* gradient,
               T* hessian, T* along) {
    const long k = net.inputs, tile = Curve<T>::fitting(count, samples);
    Room<T> room(Curve<T>::room(net, count, tile));
    const Curve<T> curve(net, start, count, tile, room);
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s);
        std::memcpy(curve.inputs, y + s * k, m * k * sizeof(T));
        std::memcpy(curve.inputs + m * k, tangent + s * k, m * k * sizeof(T));
        curve.of(m, gradient + s * k, hessian + s * count * count, along + s * count);
    }
}

}  // namespace

#define EXPORT_CURVATURE(T, NAME)                                                                          \
    extern "C" void NAME##_curvature(Gemm<T> gemm, int kind, long inputs, long width, long depth,          \
                                     const T* const* w, long samples, const T* y, const T* tangent,        \
                                     long start, long count, T* gradient, T* hessian, T* along) {          \
        curvature(Net<T>{kind, inputs, width, depth, w, gemm}, samples, y, tangent, start, count,          \
                  gradient, hessian, along);                                                               \
    }

EXPORT_CURVATURE(float, f32)
EXPORT_CURVATURE(double, f64)
