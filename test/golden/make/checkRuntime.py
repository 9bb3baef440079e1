"""Reference for src/worker/runtimes/checkRuntime.ts: loss and gradients of one training step of a tiny net, in float64.

Needs torch and numpy:  python test/golden/make/checkRuntime.py
Writes src/worker/runtimes/checkRuntimeReference.ts. Inputs are sines of the element's index, so both sides make the same.
"""
import pathlib

import torch
import torch.nn.functional as F


def wave(shape, phase, scale):
    size = 1
    for length in shape:
        size *= length
    index = torch.arange(size, dtype=torch.float64)
    # Rounded to float32 as the runtime does, so that both sides start from the same numbers.
    return (scale * torch.sin(index * 1.7 + phase)).float().double().reshape(shape)


def main():
    # Parameters in NHWC order (HWIO filters, [in, out] linear); name, shape, phase, scale, offset.
    specs = {
        "conv1": ((3, 3, 3, 4), 0.1, 0.5, 0.0),
        "gamma1": ((4,), 0.2, 0.3, 1.0),
        "beta1": ((4,), 0.3, 0.3, 0.0),
        "conv2": ((3, 3, 4, 8), 0.4, 0.5, 0.0),
        "gamma2": ((8,), 0.5, 0.3, 1.0),
        "beta2": ((8,), 0.6, 0.3, 0.0),
        "conv3": ((1, 1, 8, 6), 0.7, 0.5, 0.0),
        "weight": ((6, 5), 0.8, 0.5, 0.0),
        "bias": ((5,), 0.9, 0.5, 0.0),
    }
    p = {k: (wave(s, ph, sc) + off).float().double().requires_grad_() for k, (s, ph, sc, off) in specs.items()}
    x = wave((4, 9, 9, 3), 1.0, 1.0).permute(0, 3, 1, 2)
    labels = torch.tensor([0, 3, 1, 4])

    def conv(h, w, **options):
        return F.conv2d(h, w.permute(3, 2, 0, 1), **options)

    h = F.relu(F.batch_norm(conv(x, p["conv1"], padding=1), None, None, p["gamma1"], p["beta1"], True))
    h = F.max_pool2d(h, 3, 2, 1)
    h = F.relu(F.batch_norm(conv(h, p["conv2"], padding=1, stride=2), None, None, p["gamma2"], p["beta2"], True))
    h = conv(h, p["conv3"]).mean((2, 3))
    loss = F.cross_entropy(h @ p["weight"] + p["bias"], labels)
    loss.backward()

    lines = [
        "/** Made by test/golden/make/checkRuntime.py (PyTorch, float64); the net is in checkRuntime.ts. */",
        f"export const referenceLoss = {loss.item():.9g};",
        "",
        "/** Gradients by parameter, in memory order (HWIO filters, [in, out] linear). */",
        "export const referenceGradients: Readonly<Record<string, readonly number[]>> = {",
    ]
    for name, value in p.items():
        numbers = ", ".join(f"{v:.7g}" for v in value.grad.reshape(-1).tolist())
        lines.append("  // prettier-ignore")
        lines.append(f"  {name}: [{numbers}],")
    lines.append("};")
    target = pathlib.Path(__file__).parents[3] / "src/worker/runtimes/checkRuntimeReference.ts"
    target.write_text("\n".join(lines) + "\n")


main()
