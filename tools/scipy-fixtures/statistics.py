"""Writes stats/fixtures/statistics-scipy.json: what NumPy, SciPy and scikit-learn give for seeded inputs.

    apt-get install -y python3-scipy python3-sklearn
    /usr/bin/python3 tools/scipy-fixtures/statistics.py

The committed file was written with the versions that it names.
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from scipy import stats
from scipy.spatial.distance import jensenshannon, pdist
from sklearn import metrics
from sklearn.calibration import calibration_curve

random = numpy.random.default_rng(20240501)


def rounded(array, digits=6):
    return numpy.round(array, digits)


def predictions():
    target = rounded(random.beta(2, 3, 60))
    heaped = numpy.round(target * 20) / 20  # ties
    predicted = rounded(numpy.clip(target + random.normal(0, 0.12, 60), 0.001, 0.999))
    cases = []
    for name, t, p in [("continuous", target, predicted), ("heaped target", heaped, predicted), ("heaped both", heaped, numpy.clip(numpy.round(predicted * 20) / 20, 0.05, 0.95))]:
        bins = numpy.minimum(9, numpy.floor(p * 10).astype(int))
        ece = sum(abs(t[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any())
        pairs = lambda x: numpy.stack([1 - x, x], axis=1)
        cases.append({
            "name": name, "target": t.tolist(), "predicted": p.tolist(),
            "mse": metrics.mean_squared_error(t, p), "mae": metrics.mean_absolute_error(t, p), "r2": metrics.r2_score(t, p),
            "pearson": stats.pearsonr(t, p)[0], "spearman": stats.spearmanr(t, p)[0], "bias": float(numpy.mean(p - t)), "ece": float(ece),
            "kl": float(numpy.mean([stats.entropy(a, b) for a, b in zip(pairs(t), pairs(p))])),
            "bce": float(numpy.mean([stats.entropy(a) + stats.entropy(a, b) for a, b in zip(pairs(t), pairs(p))])),
            "ranks": stats.rankdata(t).tolist(), "std": float(numpy.std(t)), "std1": float(numpy.std(t, ddof=1)),
            "quantiles": numpy.quantile(t, [0, 0.025, 0.4, 0.975, 1]).tolist(),
        })
    return cases


def divergences():
    cases = []
    for k in (2, 3, 7):
        p, q = random.dirichlet(numpy.ones(k)), random.dirichlet(numpy.ones(k))
        cases.append({"p": p.tolist(), "q": q.tolist(), "kl": float(stats.entropy(p, q)), "js": float(jensenshannon(p, q) ** 2)})
    return cases


def samples():
    cases = []
    for n, m, shift, ties in [(3, 3, 2.0, False), (8, 5, 0.4, False), (40, 40, 0.2, False), (37, 53, 0.6, False), (30, 45, 0.3, True), (1, 4, 0.0, False)]:
        a, b = rounded(random.normal(0, 1, n)), rounded(random.normal(shift, 1.2, m))
        if ties:
            a, b = numpy.round(a, 1), numpy.round(b, 1)
        exact = stats.ks_2samp(a, b, method="exact")
        cases.append({"a": a.tolist(), "b": b.tolist(), "statistic": exact.statistic, "p": exact.pvalue, "wasserstein": stats.wasserstein_distance(a, b)})
    return cases


def f_distribution():
    return [
        {"p": p, "df1": a, "df2": b, "quantile": stats.f.ppf(p, a, b), "f": f, "survival": stats.f.sf(f, a, b)}
        for p, a, b, f in [(0.975, 5, 15, 11.027), (0.975, 5, 18, 1.795), (0.975, 15, 5, 0.3), (0.025, 3, 7, 0.01), (0.975, 1, 1, 600.0),
                           (0.975, 7, 3.37, 2.0), (0.95, 99, 1900, 5.0), (0.999, 499, 9500, 1.2), (0.975, 19999, 180000, 1.01), (0.5, 2, 2, 1.0)]
    ]


def icc(ratings):
    """Through variance components, with SciPy's F: an own derivation beside the formulas of the implementation."""
    n, k = ratings.shape
    subject, rater, grand = ratings.mean(1), ratings.mean(0), ratings.mean()
    bms = k * subject.var(ddof=1)
    jms = n * rater.var(ddof=1)
    wms = ratings.var(axis=1, ddof=1).mean()
    ems = ((ratings - subject[:, None] - rater[None, :] + grand) ** 2).sum() / ((n - 1) * (k - 1))
    s1, s2, r2 = (bms - wms) / k, (bms - ems) / k, (jms - ems) / n
    ppf = stats.f.ppf
    result = {}
    for form, f, error, df2, single, average in [
        ("1", bms / wms, wms, n * (k - 1), s1 / (s1 + wms), s1 / (s1 + wms / k)),
        ("3", bms / ems, ems, (n - 1) * (k - 1), s2 / (s2 + ems), s2 / (s2 + ems / k)),
    ]:
        low, high = f / ppf(0.975, n - 1, df2), f * ppf(0.975, df2, n - 1)
        tail = stats.f.sf(f, n - 1, df2)
        result[f"ICC({form},1)"] = [single, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1), f, tail]
        result[f"ICC({form},k)"] = [average, 1 - 1 / low, 1 - 1 / high, f, tail]
    value = s2 / (s2 + r2 + ems)
    # McGraw & Wong 1996, table 7: a and b in place of Shrout & Fleiss's v.
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    v = (a * jms + b * ems) ** 2 / ((a * jms) ** 2 / (k - 1) + (b * ems) ** 2 / ((n - 1) * (k - 1)))
    low, high = ppf(0.975, n - 1, v), ppf(0.975, v, n - 1)
    lower = n * (bms - low * ems) / (low * (k * jms + (k * n - k - n) * ems) + n * bms)
    upper = n * (high * bms - ems) / (k * jms + (k * n - k - n) * ems + n * high * bms)
    f, tail = bms / ems, stats.f.sf(bms / ems, n - 1, (n - 1) * (k - 1))
    result["ICC(2,1)"] = [value, lower, upper, f, tail]
    result["ICC(2,k)"] = [s2 / (s2 + (r2 + ems) / k), k * lower / (1 + (k - 1) * lower), k * upper / (1 + (k - 1) * upper), f, tail]
    return result


def iccs():
    cases = []
    for n, k, noise, offsets in [(6, 4, 0.3, 0.5), (12, 3, 0.1, 0.0), (25, 5, 0.8, 0.2), (40, 2, 0.05, 0.3)]:
        ratings = rounded(random.normal(0, 0.5, (n, 1)) + random.normal(0, noise, (n, k)) + random.normal(0, offsets, (1, k)) if offsets else random.normal(0, 0.5, (n, 1)) + random.normal(0, noise, (n, k)))
        cases.append({"ratings": ratings.tolist(), "forms": {form: [float(x) for x in values] for form, values in icc(ratings).items()}})
    return cases


def vectors():
    v = rounded(random.normal(0.4, 1, (9, 5)))
    return {"vectors": v.tolist(), "cosine": float(numpy.mean(1 - pdist(v, "cosine")))}


# Drawn after everything above, so that what was there before stays as it was.


def soft_labels():
    """Soft labels k/20 as twenty 0/1 outcomes each: what scikit-learn's measures for hard labels then say of them."""
    cases = []
    for name, n, noise in [("many rows", 120, 0.15), ("few rows", 7, 0.3), ("one row", 1, 0.2), ("a constant prediction", 30, None)]:
        k = random.integers(0, 21, n)
        t = k / 20
        # Off the bins' edges, where conventions differ.
        p = rounded(numpy.full(n, 0.4321) if noise is None else numpy.clip(t + random.normal(0, noise, n), 0.003, 0.997)) + 1e-7
        outcomes, predicted = numpy.concatenate([numpy.repeat([1, 0], [i, 20 - i]) for i in k]), numpy.repeat(p, 20)
        true, pred = calibration_curve(outcomes, predicted, n_bins=10, strategy="uniform")
        counts = numpy.histogram(predicted, bins=numpy.linspace(0, 1, 11))[0]
        counts = counts[counts > 0]
        cases.append({
            "name": name, "target": t.tolist(), "predicted": p.tolist(),
            "bce": metrics.log_loss(outcomes, numpy.stack([1 - predicted, predicted], 1), labels=[0, 1]),
            "ece": float((numpy.abs(true - pred) * counts).sum() / counts.sum()),
            "meanTarget": true.tolist(), "meanPredicted": pred.tolist(), "counts": (counts / 20).astype(int).tolist(),
        })
    return cases


def sign_flips():
    cases = []
    for name, d in [("continuous differences", rounded(random.normal(0.3, 1, 11))), ("tied differences", numpy.round(random.normal(0.5, 1, 12))),
                    ("differences of which some are 0", numpy.array([0, 2, 0, -1, 3, 3, 0, 1.0])), ("two differences", numpy.array([0.5, 0.25]))]:
        test = stats.permutation_test((d, numpy.zeros_like(d)), lambda x, y: numpy.mean(x - y), permutation_type="samples", n_resamples=10**4)
        cases.append({"name": name, "differences": d.tolist(), "p": float(test.pvalue)})
    return cases


def bootstraps():
    """Percentile intervals of the statistics of pairs, rows resampled together, from many more resamples than are needed."""
    t = rounded(random.beta(2, 3, 80))
    p = rounded(numpy.clip(t + random.normal(0.02, 0.1, 80), 0.001, 0.999))
    statistics = {"mse": metrics.mean_squared_error, "mae": metrics.mean_absolute_error, "r2": metrics.r2_score,
                  "pearson": lambda a, b: stats.pearsonr(a, b)[0], "bias": lambda a, b: numpy.mean(b - a)}
    intervals = {}
    for name, statistic in statistics.items():
        found = stats.bootstrap((t, p), statistic, paired=True, vectorized=False, n_resamples=20000, method="percentile", random_state=1).confidence_interval
        intervals[name] = [float(found.low), float(found.high)]
    return {"target": t.tolist(), "predicted": p.tolist(), "intervals": intervals}


fixture = {
    "written_by": f"tools/scipy-fixtures/statistics.py, NumPy {numpy.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "predictions": predictions(), "divergences": divergences(), "samples": samples(), "f": f_distribution(), "icc": iccs(), "vectors": vectors(),
    "softLabels": soft_labels(), "signFlips": sign_flips(), "bootstrap": bootstraps(),
}
path = pathlib.Path(__file__).resolve().parents[2] / "stats/fixtures/statistics-scipy.json"
path.write_text(json.dumps(fixture) + "\n")
