"""Expected numbers of embeddings, on 500 of scikit-learn's handwritten digits.

Writes test/golden/data/embedding.json: the digits themselves, principal components and trustworthiness from scikit-learn, the
probabilities and the gradient of t-SNE from scikit-learn, the curve and the neighbour graph of UMAP from umap-learn, and how well
the maps of both keep neighbourhoods. Neighbours are exact, from NumPy.

    python -m venv env && env/bin/pip install numpy scikit-learn umap-learn
    env/bin/python test/golden/make/embedding.py
"""

import base64
import json
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities_nn, _kl_divergence
from sklearn.neighbors import NearestNeighbors
from umap import UMAP
from umap.umap_ import find_ab_params, fuzzy_simplicial_set
from scipy.spatial.distance import squareform

warnings.filterwarnings("ignore")
COUNT = 500
K = 15
PERPLEXITY = 30


def purity(points, labels, metric):
    nearest = NearestNeighbors(n_neighbors=K + 1, metric=metric, algorithm="brute").fit(points).kneighbors(points)[1]
    own = np.arange(len(points))[:, None]
    rows = [row[row != i][:K] for i, row in enumerate(nearest)]
    return float(np.mean(labels[np.array(rows)] == labels[own]))


def quality(features, points, labels):
    return {
        "trustworthiness": float(trustworthiness(features, points, n_neighbors=K, metric="cosine")),
        "mapPurity": purity(points, labels, "euclidean"),
    }


def neighbours(unit, k):
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(cosines, order, axis=1)


def umap_graph(unit):
    order, cosines = neighbours(unit, K - 1)
    own = np.arange(len(unit))[:, None]
    indices = np.hstack([own, order]).astype(np.int32)
    distances = np.hstack([np.zeros((len(unit), 1)), np.maximum(0, 1 - cosines)]).astype(np.float32)
    graph = fuzzy_simplicial_set(
        unit, K, np.random.RandomState(0), "cosine", knn_indices=indices, knn_dists=distances
    )[0].tocsr()
    graph.sort_indices()
    return graph


def tsne_probabilities(unit):
    order, cosines = neighbours(unit, 3 * PERPLEXITY + 1)
    rows = np.repeat(np.arange(len(unit)), order.shape[1])
    squares = np.maximum(0, 2 - 2 * cosines).ravel()
    graph = csr_matrix((squares, (rows, order.ravel())), shape=(len(unit), len(unit)))
    probabilities = _joint_probabilities_nn(graph, PERPLEXITY, 0).tocsr()
    probabilities.sort_indices()
    return probabilities


def tsne_gradient(probabilities, points):
    """KL and gradient without approximation."""
    dense = squareform(probabilities.toarray(), checks=False)
    kl, gradient = _kl_divergence(points.ravel().copy(), np.maximum(dense, 1e-300), 1, len(points), 2)
    return float(kl), gradient.reshape(-1, 2)


def without_ties():
    """Whole digits have equal cosines, whose order is rounding; these have none."""
    random = np.random.default_rng(3)
    features = np.round(random.normal(size=(60, 5)), 4)
    points = np.round(features[:, :2] + random.normal(size=(60, 2)), 4)
    value = float(trustworthiness(features, points, n_neighbors=7, metric="cosine"))
    return {"features": features.tolist(), "points": points.tolist(), "k": 7, "value": value}


def main():
    digits = load_digits()
    features = digits.data[:COUNT]
    labels = digits.target[:COUNT]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    pca = PCA(n_components=2, svd_solver="full").fit(features)
    components = pca.transform(features)
    graph = umap_graph(unit)
    probabilities = tsne_probabilities(unit)
    points = components / components.std()
    kl, gradient = tsne_gradient(probabilities, points)
    tsne = TSNE(perplexity=PERPLEXITY, init="pca", random_state=0).fit_transform(unit)
    umap = UMAP(n_neighbors=K, metric="cosine", random_state=0).fit_transform(features)
    curves = [[d, s, *map(float, find_ab_params(s, d))] for d, s in [(0.1, 1.0), (0.0, 1.0), (0.5, 1.0), (0.25, 2.0)]]
    golden = {
        "pixels": base64.b64encode(features.astype(np.uint8).tobytes()).decode(),
        "labels": base64.b64encode(labels.astype(np.uint8).tobytes()).decode(),
        "k": K,
        "featurePurity": purity(features, labels, "cosine"),
        "trust": without_ties(),
        "pca": {
            "first": components[:8].tolist(),
            "shares": pca.explained_variance_ratio_.tolist(),
            **quality(features, components, labels),
        },
        "umap": {
            "curves": curves,
            "entries": int(graph.nnz),
            "sum": float(graph.data.astype(np.float64).sum()),
            "first": graph.data[:60].astype(float).tolist(),
            **quality(features, umap, labels),
        },
        "tsne": {
            "perplexity": PERPLEXITY,
            "first": probabilities.data[:60].astype(float).tolist(),
            "divergence": kl,
            "gradient": gradient[:12].tolist(),
            **quality(features, tsne, labels),
        },
    }
    path = Path(__file__).resolve().parent.parent / "data" / "embedding.json"
    path.write_text(json.dumps(golden) + "\n")
    print({name: {k: v for k, v in golden[name].items() if isinstance(v, float)} for name in ("pca", "umap", "tsne")})


if __name__ == "__main__":
    main()
