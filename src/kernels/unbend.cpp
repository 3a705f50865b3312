// The reverse derivative of the second derivatives of a scalar perceptron, see curvature.cpp.
//
// With p_a the derivative of <H, t t> + <A, t t_0> by tangent a, H and A
// those of the result by hessian and along, and b the one by r, b_0 that by the gradient:
//
//     a = W_l b_{l-1},  b_l = d a + c sum_a t_a p_a / 2,     and down again
//     dt_a = c r p_a + d v_a,  dz = r (c a + e sum_a t_a p_a / 2) + d v + c sum_a v_a t_a
//
// with v, v_a what comes from the layer above, its dz and dt_a times W_{l+1}.

namespace {

template <typename T> struct Unbend {
    const Curve<T>& curve;
    const Net<T>& net;
    T *signal, *a, *p, *above, *below, *bent;

    static long room(const Net<T>& net, long count, long tile) {
        return std::max(net.inputs, net.width) * tile + (count + 1) * net.width +
               (1 + 2 * (count + 2) + net.depth) * tile * net.width;
    }
    Unbend(const Curve<T>& curve, long tile, Room<T>& room) : curve(curve), net(curve.net) {
        signal = room.take(tile * std::max(net.inputs, net.width)), p = room.take((curve.count + 1) * net.width);
        a = room.take(curve.size), bent = room.take(net.depth * curve.size);
        above = room.take((curve.count + 2) * curve.size), below = room.take((curve.count + 2) * curve.size);
    }

    // p of all tangents of sample i.
    void pulls(const Levels<T>& levels, long l, long i, const T* by_hessian, const T* by_along) const {
        const long n = net.width, count = curve.count;
        const T* given = curve.tangent(levels, l, 0, i);
        std::memset(p, 0, n * sizeof(T));
        for (long j = 0; j < count; ++j) {
            const T *t = curve.tangent(levels, l, 1 + j, i), weight = by_along[j];
            T* to = p + (1 + j) * n;
            for (long k = 0; k < n; ++k) p[k] += weight * t[k], to[k] = weight * given[k];
            for (long b = 0; b < count; ++b) {
                const T* other = curve.tangent(levels, l, 1 + b, i);
                const T pair = by_hessian[j * count + b] + by_hessian[b * count + j];
                for (long k = 0; k < n; ++k) to[k] += pair * other[k];
            }
        }
    }
    // b and what dz has of this layer, with the sums of t_a p_a / 2.
    static void turn(long n, const T* __restrict d, const T* __restrict c, const T* __restrict e,
                     const T* __restrict r, const T* __restrict a, const T* __restrict sum, T* __restrict b,
                     T* __restrict z) {
        for (long k = 0; k < n; ++k) b[k] = d[k] * a[k] + c[k] * sum[k], z[k] = r[k] * (c[k] * a[k] + e[k] * sum[k]);
    }
    // b from layer to layer, and the derivatives by z that do not come from above.
    void climb(const Levels<T>& levels, const T* by_hessian, const T* by_along, T* const* dw) const {
        const long m = levels.m, n = net.width, count = curve.count;
        for (long l = 1; l <= net.depth; ++l) {
            const T *d = curve.d(l), *r = levels.r(l);
            T* u = curve.u;
            for (long k = 0; k < m * n; ++k) u[k] = d[k] * r[k];
            product(net.gemm, 'T', 'N', n, net.in(l), m, u, signal, T(1), dw[2 * l - 2]);
            product(net.gemm, 'N', 'T', m, n, net.in(l), signal, net.weight(l), T(0), a);
            for (long i = 0; i < m; ++i) {
                pulls(levels, l, i, by_hessian + i * count * count, by_along + i * count);
                T* sum = u + i * n;
                std::memset(sum, 0, n * sizeof(T));
                for (long j = 0; j <= count; ++j) {
                    const T *t = curve.tangent(levels, l, j, i), *pull = p + j * n;
                    for (long k = 0; k < n; ++k) sum[k] += t[k] * pull[k] / 2;
                }
            }
            turn(m * n, d, curve.c(l), curve.e(l), r, a, u, signal, bent + (l - 1) * curve.size);
        }
        add_rows(m, n, signal, dw[2 * net.depth]);
    }
    // The derivatives by z and by the tangents of a layer, into above; below holds v, unless it is the last.
    void join(const Levels<T>& levels, long l, const T* by_hessian, const T* by_along) const {
        const long m = levels.m, n = net.width, count = curve.count;
        const bool last = l == net.depth;
        for (long i = 0; i < m; ++i) {
            const T *d = curve.d(l) + i * n, *c = curve.c(l) + i * n, *r = levels.r(l) + i * n;
            T *z = above + i * n, *v = below + i * n;
            std::memcpy(z, bent + (l - 1) * curve.size + i * n, n * sizeof(T));
            if (!last)
                for (long k = 0; k < n; ++k) z[k] += d[k] * v[k];
            pulls(levels, l, i, by_hessian + i * count * count, by_along + i * count);
            for (long j = 0; j <= count; ++j) {
                const T *t = curve.tangent(levels, l, j, i), *pull = p + j * n, *v = below + ((1 + j) * m + i) * n;
                T* to = above + ((1 + j) * m + i) * n;
                for (long k = 0; k < n; ++k) to[k] = c[k] * r[k] * pull[k];
                if (!last)
                    for (long k = 0; k < n; ++k) to[k] += d[k] * v[k], z[k] += c[k] * v[k] * t[k];
            }
        }
    }
    // Of a tile whose inputs have been set: derivatives by all weights, added to dw, and by y and tangents.
    void of(const Levels<T>& levels, const T* by_gradient, const T* by_hessian, const T* by_along, T* const* dw,
            T* dy, T* dtangent) const {
        const long m = levels.m, n = net.width, k = net.inputs, count = curve.count;
        for (long l = 1; l <= net.depth; ++l) {
            std::memcpy(curve.h(l), levels.z(l), m * n * sizeof(T));
            activate<true>(net.kind, m * n, curve.h(l), curve.d(l), curve.c(l), curve.e(l));
        }
        std::memcpy(signal, by_gradient, m * k * sizeof(T));
        climb(levels, by_hessian, by_along, dw);
        for (long l = net.depth; l >= 1; --l) {
            join(levels, l, by_hessian, by_along);
            add_rows(m, n, above, dw[2 * l - 1]);
            if (l > 1) curve.pass(levels, l - 1);
            product(net.gemm, 'T', 'N', n, net.in(l), (l > 1 ? count + 2 : 2) * m, above,
                    l > 1 ? curve.rows : curve.inputs, T(1), dw[2 * l - 2]);
            if (l > 1) product(net.gemm, 'N', 'N', (count + 2) * m, n, n, above, net.weight(l), T(0), below);
        }
        for (long j = 0; j < count; ++j) {
            std::memset(p, 0, n * sizeof(T));
            add_rows(m, n, above + (2 + j) * m * n, p);
            for (long q = 0; q < n; ++q) dw[0][q * k + curve.start + j] += p[q];
        }
        if (dy) product(net.gemm, 'N', 'N', m, k, n, above, net.weight(1), T(0), dy);
        if (dtangent) product(net.gemm, 'N', 'N', m, k, n, above + m * n, net.weight(1), T(0), dtangent);
    }
};

template <typename T>
void unbend(const Net<T>& net, long samples, const Second<T>& call, T* memory, T* const* dw, T* dy, T* dtangent) {
    const long k = net.inputs, count = call.count, tile = Curve<T>::fitting(count, samples);
    Room<T> room(Curve<T>::room(net, count, tile) + Unbend<T>::room(net, count, tile));
    const Curve<T> curve(net, call.start, count, tile, room);
    const Unbend<T> back(curve, tile, room);
    for (long l = 1; l <= net.depth; ++l) {
        std::memset(dw[2 * l - 2], 0, net.width * net.in(l) * sizeof(T));
        std::memset(dw[2 * l - 1], 0, net.width * sizeof(T));
    }
    std::memset(dw[2 * net.depth], 0, net.width * sizeof(T));
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s);
        curve.set(m, call.y + s * k, call.tangent + s * k);
        const Levels<T> levels{memory + Levels<T>::size(net, count, s), count, m, net.width};
        back.of(levels, call.gradient + s * k, call.hessian + s * count * count, call.along + s * count, dw,
                dy ? dy + s * k : nullptr, dtangent ? dtangent + s * k : nullptr);
    }
}

}  // namespace

#define EXPORT_UNBEND(T, NAME)                                                                    \
    extern "C" void NAME##_unbend(CURVATURE_OF(T), T* memory, T* const* dw, T* dy, T* dtangent) { \
        unbend(Net<T>{kind, inputs, width, depth, w, gemm}, samples,                               \
               Second<T>{y, tangent, start, count, gradient, hessian, along}, memory, dw, dy,      \
               dtangent);                                                                         \
    }

EXPORT_UNBEND(float, f32)
EXPORT_UNBEND(double, f64)
