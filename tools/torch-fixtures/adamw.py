"""Writes distill/training/fixtures/adamw-torch.json: parameter trajectories of torch.optim.AdamW in float64.

The gradients are given, not derived from a loss, so that another implementation is compared on the
update rule alone. Run from the repository root:

    python3 tools/torch-fixtures/adamw.py
"""

import json
import sys

import numpy as np
import torch

STEPS = 20
SHAPES = {"weight": (3, 2), "bias": (2,)}
SETTINGS = [
    {"learningRate": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1},
    {"learningRate": 0.003, "beta1": 0.8, "beta2": 0.98, "epsilon": 1e-6, "weightDecay": 0.0},
]


def trajectory(setting, initial, gradients):
    """The parameters after each step, one list of STEPS flat arrays per tensor."""
    parameters = {name: torch.nn.Parameter(torch.tensor(initial[name], dtype=torch.float64)) for name in SHAPES}
    optimizer = torch.optim.AdamW(
        list(parameters.values()),
        lr=setting["learningRate"],
        betas=(setting["beta1"], setting["beta2"]),
        eps=setting["epsilon"],
        weight_decay=setting["weightDecay"],
    )
    after = {name: [] for name in SHAPES}
    for step in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name][step], dtype=torch.float64)
        optimizer.step()
        for name, parameter in parameters.items():
            after[name].append(parameter.detach().numpy().ravel().tolist())
    return after


def main(path):
    random = np.random.default_rng(20)
    initial = {name: random.normal(size=shape).round(6) for name, shape in SHAPES.items()}
    gradients = {name: random.normal(size=(STEPS, *shape)).round(6) for name, shape in SHAPES.items()}
    # A gradient of exactly zero and one far larger than the rest are the edges of the rule.
    gradients["bias"][4] = 0.0
    gradients["weight"][9] *= 1000.0
    fixture = {
        "source": f"torch.optim.AdamW, torch {torch.__version__.split('+')[0]}, float64",
        "layout": "row-major; gradients[name][step] and cases[i].parameters[name][step] are flat",
        "steps": STEPS,
        "shapes": {name: list(shape) for name, shape in SHAPES.items()},
        "initial": {name: value.ravel().tolist() for name, value in initial.items()},
        "gradients": {name: value.reshape(STEPS, -1).tolist() for name, value in gradients.items()},
        "cases": [{"setting": s, "parameters": trajectory(s, initial, gradients)} for s in SETTINGS],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(fixture, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "distill/training/fixtures/adamw-torch.json")
