// What a learned Lagrangian says of motions: its derivatives, and the field that they determine.
//
// The formulas are those of models/energy_net.py (LagrangianNet), models/features.py and
// mechanics/lagrangian.py, for states x = (q, v) whose velocities are the last of all numbers.

namespace {

// What a net sees of a state.
template <typename T> struct Features {
    long numbers, angles;        // how many there are
    const long long *is_number, *is_angle;  // which ones
    const T *mean, *scale;

    long size() const { return numbers + angles; }
    long count() const { return numbers + 2 * angles; }

    // The features of a state, how they change as it moves on, and with angles the slopes of sines.
    void see(const T* x, T* y, T* moving, T* slope) const {
        const long dof = size() / 2;
        for (long j = 0; j < numbers; ++j) {
            const long i = is_number[j];
            y[j] = (x[i] - mean[i]) / scale[i], moving[j] = i < dof ? x[dof + i] / scale[i] : T(0);
        }
        for (long j = 0; j < angles; ++j) {
            const long i = is_angle[j], at = numbers + j;
            const T angle = x[i] - mean[i], rest = 1 - scale[i] * scale[i];
            const T middle = std::sqrt(rest < 0 ? T(0) : rest), sine = std::sin(angle) / scale[i];
            slope[j] = std::cos(angle) / scale[i];
            y[at] = (std::cos(angle) - middle) / scale[i], y[at + angles] = sine;
            moving[at] = -sine * x[dof + i], moving[at + angles] = slope[j] * x[dof + i];
        }
    }
    // The gradient by the state of a function of the features; of an angle by its sine and slope.
    void pull(const T* by_feature, const T* y, const T* slope, T* by_state) const {
        for (long j = 0; j < numbers; ++j) by_state[is_number[j]] = by_feature[j] / scale[is_number[j]];
        for (long j = 0, at = numbers; j < angles; ++j, ++at)
            by_state[is_angle[j]] = by_feature[at + angles] * slope[j] - by_feature[at] * y[at + angles];
    }
};

// The derivatives of L that equations of motion need, of some samples.
template <typename T> struct Blocks {
    T *l_q, *l_v, *l_vv, *l_vq_v;

    Blocks behind(long samples, long dof) const {
        const long s = samples * dof;
        return {l_q + s, l_v + s, l_vv + s * dof, l_vq_v + s};
    }
};

template <typename T> struct Lagrangian {
    const Features<T>& features;
    T unit;
    Curve<T> curve;
    T *gradient, *slopes, *by_state, *levels;

    static long tile(const Features<T>& features, long samples) {
        return Curve<T>::fitting(features.size() / 2, samples);
    }
    static long room(const Net<T>& net, const Features<T>& features, long tile) {
        const long dof = features.size() / 2;
        return Curve<T>::room(net, dof, tile) + Levels<T>::size(net, dof, tile) +
               tile * (net.inputs + features.angles) + 2 * dof;
    }
    Lagrangian(const Net<T>& net, const Features<T>& features, T unit, long tile, Room<T>& room)
        : features(features), unit(unit),
          curve(net, features.numbers - features.size() / 2, features.size() / 2, tile, room) {
        gradient = room.take(tile * net.inputs), slopes = room.take(tile * features.angles);
        by_state = room.take(features.size()), levels = room.take(Levels<T>::size(net, curve.count, tile));
    }

    void of(long m, const T* x, const Blocks<T>& to) const {
        const long k = features.count(), angles = features.angles, dof = features.size() / 2;
        const T* scale = features.scale + dof;
        T *y = curve.inputs, *moving = y + m * k;
        for (long i = 0; i < m; ++i) features.see(x + i * 2 * dof, y + i * k, moving + i * k, slopes + i * angles);
        curve.of(Levels<T>{levels, dof, m, curve.net.width}, gradient, to.l_vv, to.l_vq_v);
        for (long i = 0; i < m; ++i) {
            const Blocks<T> at = to.behind(i, dof);
            const T* v = x + (2 * i + 1) * dof;
            features.pull(gradient + i * k, y + i * k, slopes + i * angles, by_state);
            for (long a = 0; a < dof; ++a) {
                at.l_q[a] = unit * by_state[a];
                at.l_v[a] = unit * (by_state[dof + a] + v[a] / scale[a] / scale[a]);
                at.l_vq_v[a] *= unit / scale[a];
                for (long b = 0; b < dof; ++b) {
                    T& mass = at.l_vv[a * dof + b];
                    mass = unit * (mass + T(a == b)) / (scale[a] * scale[b]);
                }
            }
        }
    }
};

template <typename T>
void blocks(const Net<T>& net, long samples, const T* x, const Features<T>& features, T unit, const Blocks<T>& to) {
    const long dof = features.size() / 2, tile = Lagrangian<T>::tile(features, samples);
    Room<T> room(Lagrangian<T>::room(net, features, tile));
    const Lagrangian<T> lagrangian(net, features, unit, tile, room);
    for (long s = 0; s < samples; s += tile)
        lagrangian.of(std::min(tile, samples - s), x + s * 2 * dof, to.behind(s, dof));
}

// b = a^-1 b, by elimination with the largest pivots; a is lost. Not finite if a is singular.
template <typename T> void solve(long n, T* a, T* b) {
    for (long k = 0; k < n; ++k) {
        long pivot = k;
        for (long i = k + 1; i < n; ++i)
            if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
        if (pivot != k) std::swap_ranges(a + k * n, a + (k + 1) * n, a + pivot * n), std::swap(b[k], b[pivot]);
        for (long i = k + 1; i < n; ++i) {
            const T factor = a[i * n + k] / a[k * n + k];
            for (long j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
            b[i] -= factor * b[k];
        }
    }
    for (long k = n - 1; k >= 0; --k) {
        for (long j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
        b[k] /= a[k * n + k];
    }
}

// (v, a) with L_vv a = L_q - L_vq v.
template <typename T>
void field(const Net<T>& net, long samples, const T* x, const Features<T>& features, T unit, T* rate) {
    const long dof = features.size() / 2, tile = Lagrangian<T>::tile(features, samples), each = tile * dof;
    Room<T> room(Lagrangian<T>::room(net, features, tile) + each * (3 + dof));
    const Lagrangian<T> lagrangian(net, features, unit, tile, room);
    const Blocks<T> found{room.take(each), room.take(each), room.take(each * dof), room.take(each)};
    for (long s = 0; s < samples; s += tile) {
        const long m = std::min(tile, samples - s);
        lagrangian.of(m, x + s * 2 * dof, found);
        for (long i = 0; i < m; ++i) {
            const Blocks<T> at = found.behind(i, dof);
            T *v = rate + (s + i) * 2 * dof, *a = v + dof;
            std::memcpy(v, x + (s + i) * 2 * dof + dof, dof * sizeof(T));
            for (long j = 0; j < dof; ++j) a[j] = at.l_q[j] - at.l_vq_v[j];
            solve(dof, at.l_vv, a);
        }
    }
}

}  // namespace

#define LAGRANGIAN_OF(T)                                                                            \
    Gemm<T> gemm, int kind, long inputs, long width, long depth, const T *const *w, long samples,    \
        const T *x, long numbers, long angles, const long long *is_number, const long long *is_angle, \
        const T *mean, const T *scale, const T *unit
#define EXPORT_LAGRANGIAN(T, NAME)                                                                  \
    extern "C" void NAME##_blocks(LAGRANGIAN_OF(T), T* l_q, T* l_v, T* l_vv, T* l_vq_v) {           \
        blocks(Net<T>{kind, inputs, width, depth, w, gemm}, samples, x,                              \
               Features<T>{numbers, angles, is_number, is_angle, mean, scale}, *unit,                \
               Blocks<T>{l_q, l_v, l_vv, l_vq_v});                                                   \
    }                                                                                               \
    extern "C" void NAME##_field(LAGRANGIAN_OF(T), T* rate) {                                       \
        field(Net<T>{kind, inputs, width, depth, w, gemm}, samples, x,                               \
              Features<T>{numbers, angles, is_number, is_angle, mean, scale}, *unit, rate);          \
    }

EXPORT_LAGRANGIAN(float, f32)
EXPORT_LAGRANGIAN(double, f64)
