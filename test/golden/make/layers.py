"""Goldens of src/worker/ops from PyTorch in float64: batch norm, pooling, cross-entropy, normalisation.

Needs torch:  python test/golden/make/layers.py
Writes test/golden/data/layers.json. Tensors are NHWC, flattened.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

GENERATOR = torch.Generator().manual_seed(7)


def normal(*shape):
    # Numbers with few digits are the same in float32, float64 and JSON.
    return (torch.randn(*shape, generator=GENERATOR, dtype=torch.float64) * 64).round() / 64


def flat(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().reshape(-1).tolist()]


def nhwc(tensor):
    return tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor


def batch_norm(shape, groups, relu, skip):
    """shape: NCHW or NC. Each group of images goes through BatchNorm on its own; running statistics are averaged."""
    x, dy = normal(*shape) + 3, normal(*shape)
    channels = shape[1]
    gamma, beta = normal(channels), normal(channels)
    shortcut = normal(*shape) if skip else None
    leaves = [x, gamma, beta] + ([shortcut] if skip else [])
    for leaf in leaves:
        leaf.requires_grad_()
    parts, means, variances = [], [], []
    for part in x.chunk(groups):
        mean, variance = torch.zeros(channels, dtype=torch.float64), torch.ones(channels, dtype=torch.float64)
        parts.append(F.batch_norm(part, mean, variance, gamma, beta, True, 1.0, 1e-5))  # momentum 1: the batch's own
        means.append(mean)
        variances.append(variance)
    y = torch.cat(parts)
    y = y + shortcut if skip else y
    y = F.relu(y) if relu else y
    grads = torch.autograd.grad(y, leaves, dy)
    shaped = [nhwc(g) if g.dim() > 1 else g for g in grads]
    return dict(
        shape=list(nhwc(x).shape), groups=groups, relu=relu,
        x=flat(nhwc(x)), dy=flat(nhwc(dy)), gamma=flat(gamma), beta=flat(beta),
        skip=flat(nhwc(shortcut)) if skip else None, y=flat(nhwc(y)),
        mean=flat(torch.stack(means).mean(0)), unbiasedVariance=flat(torch.stack(variances).mean(0)),
        gradients=[flat(g) for g in shaped],
    )


def max_pool(shape, size, stride, padding, ties=False):
    x = normal(*shape)
    x = x.round() if ties else x
    x.requires_grad_()
    y = F.max_pool2d(x, size, stride, padding)
    dy = normal(*y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    return dict(shape=list(nhwc(x).shape), size=size, stride=stride, padding=padding, x=flat(nhwc(x)), y=flat(nhwc(y)), dy=flat(nhwc(dy)), dx=flat(nhwc(dx)))


def adaptive(shape, grid):
    x = normal(*shape).requires_grad_()
    y = F.adaptive_avg_pool2d(x, grid)
    dy = normal(*y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    return dict(shape=list(nhwc(x).shape), grid=grid, x=flat(nhwc(x)), y=flat(nhwc(y)), dy=flat(nhwc(dy)), dx=flat(nhwc(dx)))


def cross_entropy(rows, classes, scale):
    logits = (normal(rows, classes) * scale).requires_grad_()
    labels = torch.randint(classes, (rows,), generator=GENERATOR)
    loss = F.cross_entropy(logits, labels)
    (gradient,) = torch.autograd.grad(loss, logits)
    return dict(shape=[rows, classes], logits=flat(logits), labels=labels.tolist(), loss=loss.item(), gradient=flat(gradient))


def normalize(rows, columns, epsilon):
    x = normal(rows, columns)
    x[1] *= 2.0**-12  # shorter than the larger epsilon
    x.requires_grad_()
    y = F.normalize(x, dim=1, eps=epsilon)
    dy = normal(rows, columns)
    (dx,) = torch.autograd.grad(y, x, dy)
    return dict(shape=[rows, columns], epsilon=epsilon, x=flat(x), y=flat(y), dy=flat(dy), dx=flat(dx))


def main():
    data = dict(
        batchNorm=[
            batch_norm((6, 3, 2, 4), 1, False, False),
            batch_norm((6, 3, 2, 4), 1, True, False),
            batch_norm((6, 18, 2, 1), 3, True, True),
            batch_norm((4, 16, 3, 3), 2, True, True),
            batch_norm((4, 5, 2, 2), 2, False, True),
            batch_norm((8, 21), 1, False, False),
            batch_norm((8, 8), 4, True, False),
        ],
        maxPool=[
            max_pool((2, 5, 7, 6), 3, 2, 1),
            max_pool((1, 8, 6, 6), 2, 2, 0),
            max_pool((2, 3, 5, 5), 3, 1, 1),
            max_pool((2, 5, 7, 6), 3, 2, 1, ties=True),
        ],
        adaptive=[adaptive((2, 3, 7, 5), 2), adaptive((2, 4, 7, 7), 3), adaptive((1, 3, 4, 4), 1), adaptive((1, 2, 2, 2), 3)],
        crossEntropy=[cross_entropy(5, 7, 1), cross_entropy(4, 3, 400), cross_entropy(1, 2, 1)],
        normalize=[normalize(4, 6, 1e-12), normalize(4, 6, 0.01)],
    )
    target = pathlib.Path(__file__).parents[1] / "data/layers.json"
    target.write_text(json.dumps(data) + "\n")


main()
